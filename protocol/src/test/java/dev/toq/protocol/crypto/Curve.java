package dev.toq.protocol.crypto;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Ed25519's curve in plain big integers (RFC 8032 section 5.1), to make signatures that no honest signer makes. */
final class Curve {
  static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
  static final BigInteger L =
      BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
  private static final BigInteger D =
      BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);
  private static final BigInteger ROOT_OF_MINUS_ONE =
      BigInteger.TWO.modPow(P.subtract(BigInteger.ONE).shiftRight(2), P);

  record Point(BigInteger x, BigInteger y) {
    static final Point NEUTRAL = new Point(BigInteger.ZERO, BigInteger.ONE);

    Point plus(Point other) {
      BigInteger product = D.multiply(x).multiply(other.x).multiply(y).multiply(other.y).mod(P);
      BigInteger newX = x.multiply(other.y).add(y.multiply(other.x))
          .multiply(BigInteger.ONE.add(product).modInverse(P)).mod(P);
      BigInteger newY = y.multiply(other.y).add(x.multiply(other.x))
          .multiply(BigInteger.ONE.subtract(product).modInverse(P)).mod(P);
      return new Point(newX, newY);
    }

    Point times(BigInteger scalar) {
      Point result = NEUTRAL;
      for (int bit = scalar.bitLength() - 1; bit >= 0; bit--) {
        result = result.plus(result);
        result = scalar.testBit(bit) ? result.plus(this) : result;
      }
      return result;
    }

    byte[] encoded() {
      byte[] bytes = littleEndian(y);
      bytes[31] |= (byte) (x.testBit(0) ? 0x80 : 0);
      return bytes;
    }
  }

  /** The base point: y = 4/5, x even. */
  static final Point BASE =
      decoded(littleEndian(BigInteger.valueOf(4).multiply(BigInteger.valueOf(5).modInverse(P)).mod(P)));

  /** The eight points whose order divides 8. */
  static final List<Point> SMALL_ORDER = smallOrder();

  private Curve() {}

  private static List<Point> smallOrder() {
    Point generator =
        decoded(HexFormat.of().parseHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"));
    return java.util.stream.Stream.iterate(Point.NEUTRAL, generator::plus).limit(8).toList();
  }

  static Point decoded(byte[] bytes) {
    byte[] plain = bytes.clone();
    plain[31] &= 0x7f;
    BigInteger y = number(plain);
    BigInteger square = y.multiply(y).mod(P);
    BigInteger xSquare = square.subtract(BigInteger.ONE)
        .multiply(D.multiply(square).add(BigInteger.ONE).modInverse(P)).mod(P);
    BigInteger x = xSquare.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
    if (!x.multiply(x).mod(P).equals(xSquare)) {
      x = x.multiply(ROOT_OF_MINUS_ONE).mod(P);
    }
    boolean odd = (bytes[31] & 0x80) != 0;
    return new Point(x.testBit(0) == odd ? x : P.subtract(x).mod(P), y);
  }

  /** The hash that binds R, key and message, as a number below L. */
  static BigInteger challenge(byte[] r, byte[] key, byte[] message) {
    try {
      MessageDigest sha512 = MessageDigest.getInstance("SHA-512");
      sha512.update(r);
      sha512.update(key);
      sha512.update(message);
      return number(sha512.digest()).mod(L);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static BigInteger number(byte[] littleEndian) {
    byte[] bigEndian = new byte[littleEndian.length];
    for (int i = 0; i < bigEndian.length; i++) {
      bigEndian[i] = littleEndian[bigEndian.length - 1 - i];
    }
    return new BigInteger(1, bigEndian);
  }

  static byte[] littleEndian(BigInteger number) {
    byte[] bytes = new byte[32];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = number.shiftRight(8 * i).byteValue();
    }
    return bytes;
  }

  static byte[] joined(byte[] r, byte[] s) {
    byte[] signature = new byte[64];
    System.arraycopy(r, 0, signature, 0, 32);
    System.arraycopy(s, 0, signature, 32, 32);
    return signature;
  }
}
