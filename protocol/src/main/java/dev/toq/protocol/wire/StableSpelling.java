package dev.toq.protocol.wire;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Optional;

/**
 * Finds a spelling of a number that a correct reader and the deployed reference both read as the same double, because
 * a number that the reference misreads costs the message its signature. In order of preference:
 *
 * <ol>
 *   <li>the canonical text, where it denotes exactly the caller's decimal number: then what is sent is what is signed;
 *   <li>the caller's own text;
 *   <li>the caller's decimal number with other digits before its exponent;
 *   <li>the canonical text in any case;
 *   <li>a decimal number of up to 20 digits as near as can be to the double.
 * </ol>
 */
final class StableSpelling {
  /** Digits of 2^64-1, beyond which the reference drops digits. */
  private static final int MAX_DIGITS = 20;

  private static final BigInteger MAX_UNSIGNED = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  private StableSpelling() {}

  /**
   * @param text the caller's number
   * @param canonical its canonical text
   * @return empty for the few numbers that have no such spelling
   */
  static Optional<String> of(String text, String canonical) {
    double wanted = Double.parseDouble(text);
    boolean canonicalIsStable = isStable(canonical, wanted);
    Decimal decimal = Decimal.of(text);
    if (canonicalIsStable && decimal.equals(Decimal.of(canonical))) {
      return Optional.of(canonical);
    }
    if (isStable(text, wanted)) {
      return Optional.of(text);
    }
    Optional<String> exact = exact(decimal, wanted);
    if (exact.isPresent()) {
      return exact;
    }
    return canonicalIsStable ? Optional.of(canonical) : near(wanted, (int) Decimal.of(canonical).exponent());
  }

  private static boolean isStable(String spelling, double wanted) {
    return sameDouble(ReferenceNumbers.read(spelling), wanted) && sameDouble(Double.parseDouble(spelling), wanted);
  }

  private static boolean sameDouble(double left, double right) {
    return Double.doubleToLongBits(left) == Double.doubleToLongBits(right);
  }

  /** The same decimal number with zeros moved from its exponent to its digits. */
  private static Optional<String> exact(Decimal decimal, double wanted) {
    String sign = decimal.negative() ? "-" : "";
    int length = decimal.digits().length();
    for (int zeros = 0; length > 0 && length + zeros <= MAX_DIGITS; zeros++) {
      long exponent = decimal.exponent() - length - zeros + 1;
      String spelling = sign + decimal.digits() + "0".repeat(zeros) + "e" + exponent;
      if (isStable(spelling, wanted)) {
        return Optional.of(spelling);
      }
    }
    return Optional.empty();
  }

  /** @param exponent the power of ten of the first digit */
  private static Optional<String> near(double wanted, int exponent) {
    double magnitude = Math.abs(wanted);
    String sign = wanted < 0 ? "-" : "";
    for (int digits = MAX_DIGITS; digits > 0; digits--) {
      Optional<String> found = digitsFor(magnitude, exponent - digits + 1).map(spelling -> sign + spelling);
      if (found.isPresent() && isStable(found.get(), wanted)) {
        return found;
      }
    }
    return Optional.empty();
  }

  /**
   * The integer nearest to {@code magnitude / 10^power} that, before {@code e} and the power, both readers take for the
   * magnitude. A correct reader takes all integers of one interval; the reference's reading never falls as the integer
   * rises, so halving the interval finds the nearest one or shows that there is none.
   */
  private static Optional<String> digitsFor(double magnitude, int power) {
    BigDecimal exact = new BigDecimal(magnitude);
    BigDecimal below = exact.add(new BigDecimal(Math.nextDown(magnitude))).divide(BigDecimal.TWO);
    BigDecimal above = exact.add(new BigDecimal(Math.ulp(magnitude)).divide(BigDecimal.TWO));
    BigInteger least = integer(below, power, RoundingMode.CEILING);
    BigInteger most = integer(above, power, RoundingMode.FLOOR).min(MAX_UNSIGNED);
    if (least.compareTo(most) > 0) {
      return Optional.empty();
    }
    BigInteger nearest = integer(exact, power, RoundingMode.HALF_EVEN).max(least).min(most);
    int reading = compare(nearest, power, magnitude);
    BigInteger inside = nearest;
    BigInteger outside = reading < 0 ? most : least;
    if (reading != 0 && compare(outside, power, magnitude) == reading) {
      return Optional.empty();
    }
    while (reading != 0 && inside.subtract(outside).abs().bitLength() > 1) {
      BigInteger middle = inside.add(outside).shiftRight(1);
      if (compare(middle, power, magnitude) == reading) {
        inside = middle;
      } else {
        outside = middle;
      }
    }
    BigInteger found = reading == 0 ? nearest : outside;
    return compare(found, power, magnitude) == 0 ? Optional.of(found + "e" + power) : Optional.empty();
  }

  private static BigInteger integer(BigDecimal value, int power, RoundingMode rounding) {
    return value.scaleByPowerOfTen(-power).setScale(0, rounding).toBigInteger();
  }

  /** How what the reference reads compares with the magnitude; a number that it refuses is too large for it. */
  private static int compare(BigInteger digits, int power, double magnitude) {
    double read = ReferenceNumbers.scale(ReferenceNumbers.toDouble(digits.longValue()), power);
    return Double.isNaN(read) ? 1 : Integer.signum(Double.compare(read, magnitude));
  }
}
