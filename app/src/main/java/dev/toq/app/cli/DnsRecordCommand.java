package dev.toq.app.cli;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.DnsRecord;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Config;
import java.io.IOException;
import java.util.OptionalInt;

/** {@code toq dns-record}: the TXT record by which this agent's domain names it, as a zone file has it. */
final class DnsRecordCommand {
  private DnsRecordCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    Home home = Home.of(call);
    home.requireSetUp();
    Config config = home.config(call.terminal());
    Address own = Address.of(config.host(), 1, config.agentName());
    if (!DnsRecord.mayBeAt(own)) {
      throw Failure.of(
          "host is \"" + config.host() + "\", which can have no record in DNS",
          "set host in config.toml to this machine's name in a domain of yours, as in agents.example.com");
    }
    if (config.port() == 0) {
      throw Failure.of("port is 0, so that each start chooses another", "set port in config.toml");
    }
    DnsRecord record = record(config, home.keys().identity().publicKey());
    if (call.has("--json")) {
      call.terminal().json(JsonObject.builder()
          .put("name", name(own))
          .put("ttl", DnsRecord.TTL_SECONDS) // R-19.5-01
          .put("type", "TXT")
          .put("value", record.text())
          .build());
      return Toq.SUCCESS;
    }
    call.terminal().line(name(own) + " " + DnsRecord.TTL_SECONDS + " IN TXT \"" + record.text() + "\"");
    return Toq.SUCCESS;
  }

  static DnsRecord record(Config config, PublicKey key) {
    return new DnsRecord(key, OptionalInt.of(config.port()), config.agentName());
  }

  private static String name(Address own) {
    return DnsRecord.LABELS + "." + own.host() + ".";
  }
}
