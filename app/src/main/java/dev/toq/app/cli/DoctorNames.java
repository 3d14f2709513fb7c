package dev.toq.app.cli;

import dev.toq.app.cli.DoctorCommand.Finding;
import dev.toq.app.dns.DnsAnswer;
import dev.toq.app.dns.NameSystem;
import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.DnsRecord;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Config;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What DNS says about this agent, as others see it. */
final class DoctorNames {
  private final NameSystem names;
  private final Config config;
  private final PublicKey key;
  private final Address own;

  DoctorNames(NameSystem names, Config config, PublicKey key) {
    this.names = names;
    this.config = config;
    this.key = key;
    this.own = config.port() == 0 ? Address.of(config.host(), Spec.DEFAULT_PORT, config.agentName())
        : Address.of(config.host(), config.port(), config.agentName());
  }

  /** Two findings for a domain, none for what is none. */
  List<Finding> look() {
    if (!DnsRecord.mayBeAt(own)) {
      return List.of();
    }
    CompletableFuture<DnsAnswer<InetAddress>> addresses = names.addresses(own.host());
    CompletableFuture<DnsAnswer<DnsRecord>> agents = names.agents(own.host());
    return List.of(address(addresses.join()), record(agents.join()));
  }

  private Finding address(DnsAnswer<InetAddress> answer) {
    return switch (answer) {
      case DnsAnswer.Found<InetAddress> found -> Finding.ok("address",
          own.host() + " is " + String.join(", ", found.all().stream().map(InetAddress::getHostAddress).toList()));
      case DnsAnswer.Nothing<InetAddress> nothing -> Finding.fail("address", own.host() + " has no address");
      case DnsAnswer.Bogus<InetAddress>(String reason) -> Finding.fail("address", own.host() + ": " + reason);
      case DnsAnswer.Unanswered<InetAddress>(String reason) -> Finding.fail("address", own.host() + ": " + reason);
    };
  }

  private Finding record(DnsAnswer<DnsRecord> answer) {
    return switch (answer) {
      case DnsAnswer.Found<DnsRecord> found -> record(found);
      case DnsAnswer.Nothing<DnsRecord> nothing when config.connectionMode() == Config.ConnectionMode.DNS_VERIFIED
          || config.port() != Spec.DEFAULT_PORT ->
          Finding.fail("record", "there is none; publish the one of \"toq dns-record\"");
      case DnsAnswer.Nothing<DnsRecord> nothing ->
          Finding.warn("record", "there is none; \"toq dns-record\" prints the one to publish");
      case DnsAnswer.Bogus<DnsRecord>(String reason) -> Finding.fail("record", "not to be trusted: " + reason);
      case DnsAnswer.Unanswered<DnsRecord>(String reason) -> Finding.fail("record", reason);
    };
  }

  private Finding record(DnsAnswer.Found<DnsRecord> found) {
    List<DnsRecord> ours = found.all().stream().filter(record -> record.agent().equals(own.agent())).toList();
    if (ours.isEmpty()) {
      return Finding.fail("record", "there are records, but none for \"" + own.agent() + "\"");
    }
    if (ours.stream().noneMatch(record -> record.key().equals(key))) {
      return Finding.fail("record", "it names another key, " + ours.getFirst().key().fingerprint()
          + "; publish the one of \"toq dns-record\"");
    }
    for (DnsRecord record : ours) {
      int port = record.port().orElse(Spec.DEFAULT_PORT);
      if (record.key().equals(key) && port != own.dialPort()) {
        return Finding.fail("record", "it names port " + port + ", but this agent has " + own.dialPort());
      }
    }
    return Finding.ok("record", "it names our key and port" + (found.isSecure() ? ", and is signed" : ""));
  }
}
