package dev.toq.app.cli;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.AddressPattern;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.PeerText;

/** Reads addresses, keys and address patterns from the command line; what is none of them is wrong usage. */
final class Words {
  static final String ADDRESS_HINT = "an address reads toq://host/agent or toq://host:port/agent";

  private Words() {}

  static Address address(String text) throws Failure {
    try {
      return Address.parse(text);
    } catch (IllegalArgumentException e) {
      throw Failure.usage("bad address \"" + PeerText.shown(text) + "\": " + reason(e), ADDRESS_HINT);
    }
  }

  static PublicKey key(String text) throws Failure {
    try {
      return PublicKey.parse(text);
    } catch (IllegalArgumentException e) {
      throw Failure.usage(
          "bad key \"" + PeerText.shown(text) + "\": " + reason(e),
          "a key reads ed25519: and 44 characters, as \"toq whoami\" prints it");
    }
  }

  /** An address in which the host, the agent or all may be {@code *}. */
  static String pattern(String text) throws Failure {
    try {
      AddressPattern.check(text);
      if (!text.equals("*") && !text.startsWith("toq://")) {
        throw new IllegalArgumentException("a rule by address begins with toq://");
      }
    } catch (IllegalArgumentException e) {
      throw Failure.usage(
          "bad address \"" + PeerText.shown(text) + "\": " + reason(e),
          "a rule reads toq://host/agent or, with a wildcard, toq://host/*, toq://*/agent, *");
    }
    return text;
  }

  private static String reason(IllegalArgumentException e) {
    String message = e.getMessage();
    return message == null ? "not understood" : PeerText.shown(message);
  }
}
