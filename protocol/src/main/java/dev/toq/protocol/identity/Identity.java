package dev.toq.protocol.identity;

/** An agent's own key pair (stub). */
public final class Identity {
  private Identity() {}

  public static Identity ofSeed(byte[] seed) {
    throw new IllegalArgumentException("stub");
  }

  public PublicKey publicKey() {
    throw new IllegalStateException("stub");
  }

  /** A copy of the 32-byte seed. */
  public byte[] seed() {
    throw new IllegalStateException("stub");
  }

  public byte[] sign(byte[] message) {
    throw new IllegalStateException("stub");
  }
}
