package dev.toq.app.daemon;

import dev.toq.app.dns.AgentDirectory;
import dev.toq.app.dns.DnsAnswer;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.DnsRecord;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.PeerText;
import java.net.InetAddress;

/** Asks the domain of an address for its records (specification 16.5). */
final class DnsVerification implements DnsVerifier {
  private final AgentDirectory directory;
  private final LookupBudget budget;

  DnsVerification(AgentDirectory directory, LookupBudget budget) {
    this.directory = directory;
    this.budget = budget;
  }

  /** Takes at most the two seconds of one question. */
  @Override
  public boolean verifies(Address claimed, PublicKey key, InetAddress source) {
    if (!DnsRecord.mayBeAt(claimed)) { // R-16.5-01: nobody is asked for such a name
      return false;
    }
    DnsAnswer<DnsRecord> answer = directory.agents(claimed.host(), () -> budget.allows(source)).join();
    return switch (answer) {
      case DnsAnswer.Found<DnsRecord> found -> found.all().stream()
          .anyMatch(record -> record.isAbout(claimed) && record.key().equals(key)); // R-16.5-02
      case DnsAnswer.Nothing<DnsRecord> nothing -> false;
      case DnsAnswer.Bogus<DnsRecord>(String reason) -> {
        Journal.debug("the records of " + claimed.host() + " are not to be trusted: " + PeerText.shown(reason));
        yield false;
      }
      case DnsAnswer.Unanswered<DnsRecord>(String reason) -> {
        Journal.debug("the records of " + claimed.host() + " are not known: " + PeerText.shown(reason));
        yield false;
      }
    };
  }
}
