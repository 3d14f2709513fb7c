package dev.toq.protocol.identity;

import dev.toq.protocol.Spec;
import dev.toq.protocol.crypto.Ed25519;
import java.util.random.RandomGenerator;

/** An agent's own key pair (specification section 13.2). Immutable; may be used by many threads at once. */
public final class Identity {
  private final byte[] seed;
  private final Ed25519.Signer signer;
  private final PublicKey publicKey;

  private Identity(byte[] seed, Ed25519 arithmetic) {
    this.seed = seed;
    this.signer = arithmetic.signer(seed);
    this.publicKey = PublicKey.ofBytes(signer.publicKey());
  }

  /** The pair of this 32-byte seed, which is copied; throws IllegalArgumentException for another number of bytes. */
  public static Identity ofSeed(byte[] seed) {
    return ofSeed(seed, Ed25519.best());
  }

  /** As {@link #ofSeed(byte[])}, with the arithmetic of this provider. */
  public static Identity ofSeed(byte[] seed, Ed25519 arithmetic) {
    if (seed.length != Spec.KEY_BYTES) {
      throw new IllegalArgumentException("an identity's seed has 32 bytes, not " + seed.length);
    }
    return new Identity(seed.clone(), arithmetic);
  }

  /** A new pair. The caller answers for the generator: a {@code SecureRandom} in a daemon. */
  public static Identity generate(RandomGenerator random) {
    byte[] seed = new byte[Spec.KEY_BYTES];
    random.nextBytes(seed); // R-13.2-02
    return new Identity(seed, Ed25519.best());
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  /** A copy of the 32-byte seed: the secret itself. */
  public byte[] seed() {
    return seed.clone();
  }

  /** The 64-byte signature of these bytes (RFC 8032 section 5.1.6, no context, no prehash). */
  public byte[] sign(byte[] message) {
    return signer.sign(message);
  }

  /** Names the public key, never the seed. */
  @Override
  public String toString() {
    return "Identity[" + publicKey + "]";
  }
}
