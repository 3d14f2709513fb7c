package dev.toq.protocol.wire;

/**
 * Reads a number as the deployed reference does: digits into an unsigned 64-bit integer until it would overflow, one
 * rounding to a double, one multiplication or division by a power of ten, and no correction. About one in nine doubles
 * with 16 or 17 digits comes out one step off, and with it the bytes whose signature the reference checks.
 */
final class ReferenceNumbers {
  private static final long MAX_TENTH = Long.divideUnsigned(-1L, 10);
  private static final int MAX_LAST_DIGIT = (int) Long.remainderUnsigned(-1L, 10);
  private static final int MAX_POWER = 308;
  private static final double[] POWERS = powers();

  private ReferenceNumbers() {}

  /** The double that the reference reads, or NaN where it refuses the number. {@code text} is a JSON number. */
  static double read(String text) {
    boolean negative = text.charAt(0) == '-';
    int at = negative ? 1 : 0;
    long significand = 0;
    long exponent = 0;
    boolean full = false;
    for (; at < text.length() && isDigit(text.charAt(at)); at++) {
      int digit = text.charAt(at) - '0';
      if (full || overflows(significand, digit)) {
        full = true;
        exponent++; // a further integer digit only moves the exponent
      } else {
        significand = significand * 10 + digit;
      }
    }
    if (at < text.length() && text.charAt(at) == '.') {
      at++;
      boolean ended = false;
      for (; at < text.length() && isDigit(text.charAt(at)); at++) {
        int digit = text.charAt(at) - '0';
        ended |= overflows(significand, digit); // the first digit that does not fit ends the fraction
        if (!ended) {
          significand = significand * 10 + digit;
          exponent--;
        }
      }
    }
    if (at < text.length()) {
      exponent += exponentOf(text, at + 1);
    }
    double magnitude = scale(toDouble(significand), exponent);
    return negative ? -magnitude : magnitude;
  }

  /** A significand times a power of ten, as the reference computes it; NaN where it refuses the number. */
  static double scale(double start, long power) {
    double value = start;
    long exponent = power;
    while (Math.abs(exponent) > MAX_POWER) {
      if (value == 0) {
        return 0;
      }
      if (exponent > 0) {
        return Double.NaN;
      }
      value /= POWERS[MAX_POWER];
      exponent += MAX_POWER;
    }
    double scaled = exponent >= 0 ? value * POWERS[(int) exponent] : value / POWERS[(int) -exponent];
    return Double.isInfinite(scaled) ? Double.NaN : scaled;
  }

  private static long exponentOf(String text, int start) {
    int at = start;
    boolean negative = text.charAt(at) == '-';
    if (negative || text.charAt(at) == '+') {
      at++;
    }
    long exponent = 0;
    for (; at < text.length(); at++) {
      exponent = Math.min(exponent * 10 + (text.charAt(at) - '0'), Integer.MAX_VALUE);
    }
    return negative ? -exponent : exponent;
  }

  private static boolean overflows(long significand, int digit) {
    int compared = Long.compareUnsigned(significand, MAX_TENTH);
    return compared > 0 || compared == 0 && digit > MAX_LAST_DIGIT;
  }

  /** An unsigned 64-bit integer, rounded once to the nearest double. */
  static double toDouble(long unsigned) {
    return unsigned >= 0 ? (double) unsigned : (double) (unsigned >>> 1 | unsigned & 1) * 2.0;
  }

  private static boolean isDigit(char character) {
    return character >= '0' && character <= '9';
  }

  private static double[] powers() {
    double[] powers = new double[MAX_POWER + 1];
    for (int i = 0; i <= MAX_POWER; i++) {
      powers[i] = Double.parseDouble("1e" + i);
    }
    return powers;
  }
}
