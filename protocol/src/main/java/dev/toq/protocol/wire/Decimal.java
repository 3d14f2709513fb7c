package dev.toq.protocol.wire;

/**
 * The decimal number that a JSON number's text denotes, whatever its spelling: {@code 1.50} and {@code 15e-1} are
 * equal.
 *
 * @param digits the significant digits, without zeros at either end; empty for zero
 * @param exponent the power of ten of the first digit; 0 for zero
 */
record Decimal(boolean negative, String digits, long exponent) {
  /** Beyond what any double or any text of ours comes near. */
  private static final long EXPONENT_BOUND = 1_000_000_000_000L;

  /** Reads a text that matches the number grammar of RFC 8259. Takes time in proportion to the text. */
  static Decimal of(String text) {
    boolean negative = text.charAt(0) == '-';
    StringBuilder digits = new StringBuilder(text.length());
    long exponent = -1; // of the digit before the first
    boolean fraction = false;
    int at = negative ? 1 : 0;
    for (; at < text.length() && (text.charAt(at) | 0x20) != 'e'; at++) {
      char character = text.charAt(at);
      if (character == '.') {
        fraction = true;
        continue;
      }
      boolean leadingZero = digits.isEmpty() && character == '0';
      if (!leadingZero) {
        digits.append(character);
      }
      if (fraction && leadingZero) {
        exponent--;
      } else if (!fraction && !leadingZero) {
        exponent++;
      }
    }
    int end = digits.length();
    while (end > 0 && digits.charAt(end - 1) == '0') {
      end--;
    }
    if (end == 0) {
      return new Decimal(negative, "", 0);
    }
    long shift = at < text.length() ? exponentPart(text, at + 1) : 0;
    return new Decimal(negative, digits.substring(0, end), exponent + shift);
  }

  private static long exponentPart(String text, int start) {
    int at = start;
    boolean negative = text.charAt(at) == '-';
    if (negative || text.charAt(at) == '+') {
      at++;
    }
    long exponent = 0;
    for (; at < text.length(); at++) {
      exponent = Math.min(exponent * 10 + (text.charAt(at) - '0'), EXPONENT_BOUND);
    }
    return negative ? -exponent : exponent;
  }
}
