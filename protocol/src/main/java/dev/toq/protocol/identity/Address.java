package dev.toq.protocol.identity;

import java.util.OptionalInt;

/** A toq address (stub). */
public record Address(String host, OptionalInt port, String agent) {
  /** Throws IllegalArgumentException with a sentence. */
  public static Address parse(String text) {
    throw new IllegalArgumentException("stub");
  }

  /** The port to dial: the explicit one or 9009. */
  public int dialPort() {
    return port.orElse(9009);
  }

  /** Equality by A-53. */
  public boolean names(Address other) {
    throw new IllegalStateException("stub");
  }
  // toString(): normalised wire spelling (toq-wire 11.2); full(): with explicit port kept
}
