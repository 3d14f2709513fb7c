package dev.toq.protocol.crypto;

import dev.toq.protocol.Spec;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * X25519 (RFC 7748) between Ed25519 identities: both halves of the pair follow from the Ed25519 key by the standard
 * conversion, and no other pair is ever made (R-13.2-03, R-13.2-04). The arithmetic is Bouncy Castle's own, without its
 * JCA provider.
 */
public final class X25519 {
  private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

  private X25519() {}

  /**
   * What two identities share: both sides compute the same 32 bytes. Empty where these are all zero, which is the case
   * for a public key of small order: then they are no secret.
   *
   * @param seed our 32-byte Ed25519 seed
   * @param peerKey the peer's 32-byte Ed25519 public key
   */
  public static Optional<byte[]> shared(byte[] seed, byte[] peerKey) {
    return agreement(scalar(seed), point(peerKey)); // R-13.2-03, R-13.2-04
  }

  /** The X25519 public key that belongs to an Ed25519 public key: u = (1 + y) / (1 - y) mod p, RFC 7748 section 4.1. */
  static byte[] point(byte[] ed25519Key) {
    requireLength(ed25519Key);
    BigInteger y = fromLittleEndian(ed25519Key).clearBit(255).mod(P);
    BigInteger denominator = BigInteger.ONE.subtract(y).mod(P);
    // The neutral element has no u: its counterpart is the point at infinity, which X25519 writes as 0.
    BigInteger u = denominator.signum() == 0
        ? BigInteger.ZERO : BigInteger.ONE.add(y).multiply(denominator.modInverse(P)).mod(P);
    return toLittleEndian(u);
  }

  /** The X25519 private key that belongs to an Ed25519 seed: half of its SHA-512, RFC 8032 section 5.1.5. */
  static byte[] scalar(byte[] seed) {
    requireLength(seed);
    try {
      return Arrays.copyOf(MessageDigest.getInstance("SHA-512").digest(seed), Spec.KEY_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-512", e);
    }
  }

  /** The function X25519 of RFC 7748 section 5, R-13.1-02; empty for an all-zero result. */
  static Optional<byte[]> agreement(byte[] scalar, byte[] point) {
    byte[] shared = new byte[Spec.KEY_BYTES];
    return org.bouncycastle.math.ec.rfc7748.X25519.calculateAgreement(scalar, 0, point, 0, shared, 0)
        ? Optional.of(shared) : Optional.empty();
  }

  private static void requireLength(byte[] key) {
    if (key.length != Spec.KEY_BYTES) {
      throw new IllegalArgumentException("a key has " + Spec.KEY_BYTES + " bytes, not " + key.length);
    }
  }

  private static BigInteger fromLittleEndian(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return new BigInteger(1, reversed);
  }

  private static byte[] toLittleEndian(BigInteger number) {
    byte[] bytes = new byte[Spec.KEY_BYTES];
    BigInteger rest = number;
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = rest.byteValue();
      rest = rest.shiftRight(Byte.SIZE);
    }
    return bytes;
  }
}
