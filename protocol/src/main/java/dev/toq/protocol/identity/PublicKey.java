package dev.toq.protocol.identity;

/** An Ed25519 public key (stub). */
public final class PublicKey {
  private PublicKey() {}

  /** Reads {@code ed25519:} and standard padded base64 of 32 bytes; throws IllegalArgumentException with a sentence. */
  public static PublicKey parse(String text) {
    throw new IllegalArgumentException("stub");
  }

  public static PublicKey ofBytes(byte[] raw) {
    throw new IllegalArgumentException("stub");
  }

  public byte[] bytes() {
    throw new IllegalStateException("stub");
  }

  /** {@code SHA256:} and base64 of the hash of the 32 key bytes. */
  public String fingerprint() {
    throw new IllegalStateException("stub");
  }
  // toString(): the ed25519: text; equals/hashCode by bytes; Comparable by unsigned bytes
}
