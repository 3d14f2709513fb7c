package dev.toq.protocol.crypto;

import dev.toq.protocol.Spec;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * Which keys and signatures are acceptable, decided before any provider computes. Honest signers never make
 * anything that is refused here:
 *
 * <ul>
 *   <li>an encoding of a point whose y is not below p, or that is no point of the curve, or has the sign bit at x = 0;
 *   <li>a key or an R of small order, for which signatures verify that nobody had to make;
 *   <li>a key with a part of small order, on which providers disagree;
 *   <li>an S that is not below the group's order L, which would give a second signature for the same message.
 * </ul>
 */
public final class Ed25519Rules {
  /** p = 2^255 - 19, little-endian. */
  private static final byte[] P = littleEndian(BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19)));

  /** L = 2^252 + 27742317777372353535851937790883648493, little-endian. */
  private static final byte[] L =
      littleEndian(BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493")));

  /** The y of the eight points of small order: 1, -1, 0 (twice) and two more for the four of order 8. */
  private static final List<byte[]> SMALL_ORDER_Y = List.of(
      littleEndian(BigInteger.ZERO),
      littleEndian(BigInteger.ONE),
      littleEndian(BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(20))),
      HexFormat.of().parseHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
      HexFormat.of().parseHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"));

  private Ed25519Rules() {}

  /** Whether these bytes are a key that a peer may prove its identity with. Takes about as long as a verification. */
  public static boolean isAcceptableKey(byte[] key) {
    return key.length == Spec.KEY_BYTES && isGoodEncoding(key) && Ed25519.validatePublicKeyFull(key, 0);
  }

  /** Whether R and S have forms that an honest signer gives them. Cheap. */
  public static boolean isAcceptableSignature(byte[] signature) {
    return signature.length == Spec.SIGNATURE_BYTES
        && isGoodEncoding(Arrays.copyOf(signature, Spec.KEY_BYTES))
        && isBelow(Arrays.copyOfRange(signature, Spec.KEY_BYTES, Spec.SIGNATURE_BYTES), L);
  }

  /** Whether an encoded point has its y below p, and is none of small order. */
  private static boolean isGoodEncoding(byte[] point) {
    byte[] y = point.clone();
    y[y.length - 1] &= 0x7f;
    return isBelow(y, P) && SMALL_ORDER_Y.stream().noneMatch(small -> Arrays.equals(small, y));
  }

  private static boolean isBelow(byte[] number, byte[] bound) {
    for (int i = number.length - 1; i >= 0; i--) {
      int difference = Byte.toUnsignedInt(number[i]) - Byte.toUnsignedInt(bound[i]);
      if (difference != 0) {
        return difference < 0;
      }
    }
    return false;
  }

  private static byte[] littleEndian(BigInteger number) {
    byte[] bytes = new byte[Spec.KEY_BYTES];
    BigInteger rest = number;
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = rest.byteValue();
      rest = rest.shiftRight(Byte.SIZE);
    }
    return bytes;
  }
}
