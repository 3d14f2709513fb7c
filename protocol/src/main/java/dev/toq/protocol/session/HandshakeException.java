package dev.toq.protocol.session;

/** The handshake failed: the connection is dropped without a byte (R-5.1-01). The message is a sentence for our log. */
public final class HandshakeException extends Exception {
  private static final long serialVersionUID = 1;

  /** What was wrong, for logs and for telling one's own caller. */
  public enum Fault {
    /** The first four bytes are not toq's. */
    NOT_TOQ,
    /** The credentials are not the JSON that they should be. */
    MALFORMED,
    /** The key is none that anybody can prove to own. */
    BAD_KEY,
    /** The signature over the challenge does not verify, or the challenge could have been made by another. */
    BAD_PROOF,
    /** What it says about the keys that it replaced is malformed or does not verify. */
    BAD_ROTATION,
    /** The key is our own. */
    OWN_KEY,
    /** The initiator wants another agent. */
    WRONG_AGENT
  }

  private final Fault fault;

  HandshakeException(Fault fault, String sentence) {
    // Without a trace: strangers cause these, as many as they like.
    super(sentence, null, false, false);
    this.fault = fault;
  }

  public Fault fault() {
    return fault;
  }
}
