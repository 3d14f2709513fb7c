package dev.toq.app.cli;

import dev.toq.app.dns.DnsAnswer;
import dev.toq.protocol.identity.DnsRecord;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.Config;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code toq discover}: the agents that a domain publishes in DNS. Nothing is trusted or remembered. */
final class DiscoverCommand {
  private DiscoverCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    if (call.has("--local") == call.argument(0).isPresent()) {
      throw Failure.usage("discover takes a domain or --local", "as in: toq discover example.com");
    }
    return call.has("--local") ? LocalAgents.print(call) : ofDomain(call, call.required(0));
  }

  private static int ofDomain(Invocation call, String text) throws Failure, IOException {
    String domain = Names.domain(text);
    Home home = Home.of(call);
    Config config = home.hasConfig() ? home.config() : Config.standard();
    switch (Names.of(config).agents(domain).join()) {
      case DnsAnswer.Found<DnsRecord> found -> print(domain, found, call);
      case DnsAnswer.Nothing<DnsRecord> nothing -> throw Failure.of(
          "there is no agent at " + domain,
          "its owner publishes one with a TXT record at " + DnsRecord.LABELS + "." + domain);
      case DnsAnswer.Bogus<DnsRecord>(String reason) -> throw Failure.of( // R-15.4-03
          "the records of " + domain + " are not to be trusted: " + PeerText.shown(reason),
          "its name servers fail, or its DNSSEC signatures do not hold; ask its owner");
      case DnsAnswer.Unanswered<DnsRecord>(String reason) -> throw Failure.of(
          "asking for " + domain + " failed: " + PeerText.shown(reason),
          "check the network, and dns_servers in config.toml where it is set");
    }
    return Toq.SUCCESS;
  }

  private static void print(String domain, DnsAnswer.Found<DnsRecord> found, Invocation call) {
    if (call.has("--json")) {
      List<JsonValue> agents = new ArrayList<>();
      for (DnsRecord record : found.all()) {
        agents.add(JsonObject.builder()
            .put("address", record.address(domain).full())
            .put("public_key", record.key().toString())
            .put("fingerprint", record.key().fingerprint())
            .build());
      }
      call.terminal().json(
          JsonObject.builder().put("agents", new JsonArray(agents)).put("signed", found.isSecure()).build());
      return;
    }
    for (DnsRecord record : found.all()) { // R-26.3-05
      call.terminal().fact("Agent", record.agent());
      call.terminal().fact("Address", record.address(domain).full());
      call.terminal().fact("Key", record.key().toString());
      call.terminal().fact("Fingerprint", record.key().fingerprint());
    }
    call.terminal().line(found.isSecure() ? "The domain signs its records, and the signatures hold."
        : "Nobody vouches for these records: compare the fingerprint with the agent's owner.");
  }
}
