package dev.toq.protocol.identity;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An old key's signature over the 32 raw bytes of the new key, and over nothing else: no old key, no date, no address
 * (specification section 14.4, A-42). By itself it says nothing; {@link #proves} holds it against both keys. Immutable.
 */
public final class RotationProof {
  private final byte[] signature;

  private RotationProof(byte[] signature) {
    this.signature = signature;
  }

  /** The proof that the owner of {@code old} goes on under {@code next}. */
  public static RotationProof create(Identity old, PublicKey next) {
    return new RotationProof(old.sign(next.bytes()));
  }

  /** Reads {@code ed25519:} and base64 of 64 bytes; empty for any other text. */
  public static Optional<RotationProof> parse(String text) {
    return Signatures.parse(text).map(RotationProof::new);
  }

  /** Whether the owner of {@code old} signed {@code next}, another key. Costs one verification. */
  public boolean proves(PublicKey old, PublicKey next) {
    return !old.equals(next) && old.verify(next.bytes(), signature);
  }

  /** The text of the wire. */
  @Override
  public String toString() {
    return Signatures.text(signature);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RotationProof proof && MessageDigest.isEqual(signature, proof.signature); // R-13.6-01
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(signature);
  }
}
