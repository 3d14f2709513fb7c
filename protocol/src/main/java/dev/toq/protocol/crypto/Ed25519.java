package dev.toq.protocol.crypto;

/**
 * Ed25519 (RFC 8032) by one of several providers of arithmetic. Which keys and signatures are acceptable is decided by
 * {@link Ed25519Rules} before any of them computes, so that all give the same verdicts. Implementations may be
 * used by many threads at once, virtual ones too, and hold no lock while they compute.
 */
public interface Ed25519 {
  /** The system property that forces a provider: {@code bc} or {@code accp}. */
  String PROPERTY = "toq.ed25519";

  /** A seed made ready to sign with. */
  interface Signer {
    /** A copy of the 32 bytes of the public key. */
    byte[] publicKey();

    /** The 64-byte signature. */
    byte[] sign(byte[] message);
  }

  /** The provider's name for status and logs. */
  String name();

  /** Makes a seed of 32 bytes ready; throws IllegalArgumentException for another number of bytes. */
  Signer signer(byte[] seed);

  /**
   * Whether this is a signature of the message by the key, both acceptable. False for any malformed input: this never
   * throws.
   */
  boolean verify(byte[] publicKey, byte[] message, byte[] signature);

  /**
   * The fastest provider that is here and passes its self-test: the one of Amazon Corretto where its library is on the
   * class path, else Bouncy Castle.
   *
   * @throws IllegalStateException with a sentence, where {@link #PROPERTY} forces one that is not here
   */
  static Ed25519 best() {
    return Ed25519Choice.best();
  }
}
