package dev.toq.app.cli;

import dev.toq.app.dns.DnsNames;
import dev.toq.app.dns.NameSystem;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.DnsRecord;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.Config;
import java.io.IOException;
import java.util.Locale;
import java.util.OptionalInt;

/** The name system as commands ask it: by themselves, so that no daemon has to run. */
final class Names {
  private Names() {}

  static NameSystem of(Config config) throws IOException {
    if (System.getProperty("tinylog.level") == null) {
      System.setProperty("tinylog.level", "off"); // what the library logs is in our answer, or is of no use to the user
    }
    return DnsNames.of(config);
  }

  /** A domain that a person typed; in lower case. */
  static String domain(String text) throws Failure {
    try {
      Address there = new Address(text.toLowerCase(Locale.ROOT), OptionalInt.empty(), "any");
      if (DnsRecord.mayBeAt(there)) {
        return there.host();
      }
    } catch (IllegalArgumentException e) {
      throw Failure.usage(
          "bad domain \"" + PeerText.shown(text) + "\": " + PeerText.shown(String.valueOf(e.getMessage())),
          "a domain reads example.com");
    }
    throw Failure.usage("\"" + PeerText.shown(text) + "\" is no domain of the public name system",
        "a domain has two parts or more, as in example.com");
  }
}
