package dev.toq.protocol.wire;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Optional;

/**
 * The spellings of a number. An integer between -2^63 and 2^64-1 that was written without fraction and exponent
 * keeps its digits. Every other number is a double, printed with the fewest digits that read back as the same double:
 * plain for decimal exponents -5 to 15, with {@code .0} where it is integral, else {@code d.ddde+XX}.
 */
final class CanonicalNumbers {
  private static final int MIN_PLAIN_EXPONENT = -5;
  private static final int MAX_PLAIN_EXPONENT = 15;

  /** Digits that an unsigned 64-bit integer always holds. */
  private static final int MAX_SIGNIFICAND_DIGITS = 19;

  /** How far around the exact value a spelling is searched for, in units of the last of 17 to 19 digits. */
  private static final int SEARCH_WIDTH = 64;

  private CanonicalNumbers() {}

  /** Whether the number is a plain integer that keeps its digits. */
  static boolean isInteger(String text) {
    int start = text.charAt(0) == '-' ? 1 : 0;
    int digits = text.length() - start;
    for (int i = start; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    if (digits < 19) {
      return !text.equals("-0"); // negative zero is a double
    }
    if (digits > 20) {
      return false;
    }
    BigInteger value = new BigInteger(text);
    return start == 1 ? value.bitLength() <= 63 : value.bitLength() <= 64;
  }

  static String canonical(String text) {
    return isInteger(text) ? text : print(Double.parseDouble(text));
  }

  static String asReferenceReads(String text) {
    return isInteger(text) ? text : print(ReferenceNumbers.read(text));
  }

  /** The text that is signed: what the reference computes, where no spelling makes it read the number rightly. */
  static String signed(String text) {
    if (isInteger(text)) {
      return text;
    }
    String canonical = print(Double.parseDouble(text));
    return stableSpelling(text, canonical).isPresent() ? canonical : print(ReferenceNumbers.read(canonical));
  }

  /** The text that is transmitted: a spelling of the same number that the reference reads rightly. */
  static String wire(String text) {
    if (isInteger(text)) {
      return text;
    }
    String canonical = print(Double.parseDouble(text));
    return stableSpelling(text, canonical).orElse(canonical);
  }

  /**
   * A spelling that a correct reader and the reference both read as the same double. What denotes exactly the caller's
   * decimal number comes first, because a reader with more precision than a double would see a difference.
   */
  private static Optional<String> stableSpelling(String text, String canonical) {
    double wanted = Double.parseDouble(text);
    if (text.equals(canonical)) {
      if (isStable(canonical, wanted)) {
        return Optional.of(canonical);
      }
      return exactSpelling(text, wanted).or(() -> nearSpelling(wanted));
    }
    BigDecimal exact = new BigDecimal(text);
    if (exact.compareTo(new BigDecimal(canonical)) == 0 && isStable(canonical, wanted)) {
      return Optional.of(canonical);
    }
    if (isStable(text, wanted)) {
      return Optional.of(text);
    }
    return exactSpelling(text, wanted)
        .or(() -> isStable(canonical, wanted) ? Optional.of(canonical) : Optional.empty())
        .or(() -> nearSpelling(wanted));
  }

  private static boolean isStable(String spelling, double wanted) {
    return sameDouble(ReferenceNumbers.read(spelling), wanted);
  }

  /** The same decimal number with zeros moved between its digits and its exponent. */
  private static Optional<String> exactSpelling(String text, double wanted) {
    BigDecimal exact = new BigDecimal(text).stripTrailingZeros();
    BigInteger digits = exact.unscaledValue();
    int room = MAX_SIGNIFICAND_DIGITS - digits.abs().toString().length();
    for (int zeros = 0; zeros <= room; zeros++) {
      String spelling = withExponent(digits.multiply(BigInteger.TEN.pow(zeros)), -exact.scale() - zeros);
      if (isStable(spelling, wanted)) {
        return Optional.of(spelling);
      }
    }
    return Optional.empty();
  }

  /** Another decimal number that rounds to the same double, for both readers. */
  private static Optional<String> nearSpelling(double wanted) {
    BigDecimal value = new BigDecimal(wanted);
    for (int precision = MAX_SIGNIFICAND_DIGITS; precision >= 17; precision--) {
      BigDecimal near = value.round(new MathContext(precision, RoundingMode.HALF_EVEN));
      int missing = precision - near.precision();
      BigInteger digits = near.unscaledValue().multiply(BigInteger.TEN.pow(missing));
      int exponent = -near.scale() - missing;
      for (int step = 0; step <= SEARCH_WIDTH; step++) {
        for (int sign : step == 0 ? new int[] {1} : new int[] {1, -1}) {
          String spelling = withExponent(digits.add(BigInteger.valueOf((long) sign * step)), exponent);
          if (sameDouble(Double.parseDouble(spelling), wanted) && isStable(spelling, wanted)) {
            return Optional.of(spelling);
          }
        }
      }
    }
    return Optional.empty();
  }

  private static String withExponent(BigInteger digits, int exponent) {
    return exponent == 0 ? digits + ".0" : digits + "e" + exponent;
  }

  private static boolean sameDouble(double left, double right) {
    return Double.doubleToLongBits(left) == Double.doubleToLongBits(right);
  }

  /** The canonical text of a finite double. */
  static String print(double value) {
    if (value == 0) {
      return Double.doubleToLongBits(value) == 0 ? "0.0" : "-0.0";
    }
    // Double.toString gives the shortest digits, but never fewer than two: see oneDigit.
    String text = Double.toString(Math.abs(value));
    int exponentAt = text.indexOf('E');
    String mantissa = exponentAt < 0 ? text : text.substring(0, exponentAt);
    int point = mantissa.indexOf('.');
    String digits = mantissa.substring(0, point) + mantissa.substring(point + 1);
    int exponent = point - 1 + (exponentAt < 0 ? 0 : Integer.parseInt(text.substring(exponentAt + 1)));
    int leading = 0;
    while (digits.charAt(leading) == '0') {
      leading++;
    }
    int end = digits.length();
    while (digits.charAt(end - 1) == '0') {
      end--;
    }
    digits = digits.substring(leading, end);
    exponent -= leading;
    if (digits.length() == 2) {
      Optional<String> shorter = oneDigit(digits, exponent, Math.abs(value));
      if (shorter.isPresent()) {
        exponent += shorter.get().length() - 1;
        digits = shorter.get().substring(0, 1);
      }
    }
    return (value < 0 ? "-" : "") + layOut(digits, exponent);
  }

  /** The one digit (or {@code 10}) that reads back as the same double, the nearer one first; empty where none does. */
  private static Optional<String> oneDigit(String digits, int exponent, double value) {
    int lower = digits.charAt(0) - '0';
    int nearer = digits.charAt(1) >= '5' ? lower + 1 : lower;
    int other = nearer == lower ? lower + 1 : lower;
    for (int candidate : new int[] {nearer, other}) {
      if (Double.parseDouble(candidate + "e" + exponent) == value) {
        return Optional.of(Integer.toString(candidate));
      }
    }
    return Optional.empty();
  }

  private static String layOut(String digits, int exponent) {
    if (exponent < MIN_PLAIN_EXPONENT || exponent > MAX_PLAIN_EXPONENT) {
      String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
      return mantissa + (exponent < 0 ? "e-" : "e+") + Math.abs(exponent);
    }
    if (exponent < 0) {
      return "0." + "0".repeat(-exponent - 1) + digits;
    }
    if (digits.length() <= exponent + 1) {
      return digits + "0".repeat(exponent + 1 - digits.length()) + ".0";
    }
    return digits.substring(0, exponent + 1) + "." + digits.substring(exponent + 1);
  }
}
