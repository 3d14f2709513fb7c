package dev.toq.protocol.body;

/** Two keys have encrypted as many messages as they may: one of the two agents has to rotate its key. */
public final class WornKeyException extends Exception {
  private static final long serialVersionUID = 1;

  WornKeyException(long messages) {
    super("The keys of both agents have encrypted " + messages + " messages; one of them has to rotate its key.");
  }
}
