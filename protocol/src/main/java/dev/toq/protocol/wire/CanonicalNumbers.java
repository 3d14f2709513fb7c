package dev.toq.protocol.wire;

/**
 * The spellings of a number. An integer between -2^63 and 2^64-1 that was written without fraction and exponent
 * keeps its digits. Every other number is a double, printed with the fewest digits that read back as the same double:
 * plain for decimal exponents -5 to 15, with {@code .0} where it is integral, else {@code d.ddde+XX}.
 *
 * <p>Texts match the number grammar of RFC 8259 and denote finite doubles, as {@link StrictJson} ensures.
 */
final class CanonicalNumbers {
  private static final int MIN_PLAIN_EXPONENT = -5;
  private static final int MAX_PLAIN_EXPONENT = 15;

  /** With so many digits, no two decimals are the same double, so each is its own shortest text. */
  private static final int EXACT_DIGITS = 15;

  /** Digits of 2^63 and of 2^64, between which integers stop keeping their digits. */
  private static final String BELOW_MIN_LONG = "9223372036854775809";
  private static final String ABOVE_MAX_UNSIGNED = "18446744073709551616";

  private CanonicalNumbers() {}

  /** Whether the number is a plain integer that keeps its digits. */
  static boolean isInteger(String text) {
    int start = text.charAt(0) == '-' ? 1 : 0;
    for (int i = start; i < text.length(); i++) {
      if (!isDigit(text.charAt(i))) {
        return false;
      }
    }
    String bound = start == 1 ? BELOW_MIN_LONG : ABOVE_MAX_UNSIGNED;
    int digits = text.length() - start;
    if (digits != bound.length()) {
      return digits < bound.length() && !text.equals("-0"); // negative zero is a double
    }
    return text.substring(start).compareTo(bound) < 0;
  }

  static String canonical(String text) {
    return isOwnCanonical(text) ? text : print(Double.parseDouble(text));
  }

  /** The canonical text of what the reference reads; of the number itself, where the reference refuses the text. */
  static String asReferenceReads(String text) {
    if (isOwnCanonical(text)) {
      return text;
    }
    double read = ReferenceNumbers.read(text);
    return print(Double.isNaN(read) ? Double.parseDouble(text) : read);
  }

  /** The text that is signed: canonical, or what the reference will compute where no spelling makes it read rightly. */
  static String signed(String text) {
    if (isOwnCanonical(text)) {
      return text;
    }
    String canonical = print(Double.parseDouble(text));
    return StableSpelling.of(text, canonical).isPresent() ? canonical : asReferenceReads(canonical);
  }

  /** The text that is transmitted: a spelling of the same number that the reference reads rightly. */
  static String wire(String text) {
    if (isOwnCanonical(text)) {
      return text;
    }
    String canonical = print(Double.parseDouble(text));
    return StableSpelling.of(text, canonical).orElse(canonical);
  }

  /**
   * Whether it can be seen without computing that the text is canonical and that the reference reads it rightly:
   * integers that keep their digits, and plain decimals of at most 15 digits, whose digits are below 2^53 and whose
   * power of ten is above 10^-22, where even the reference's reader is exact.
   */
  private static boolean isOwnCanonical(String text) {
    if (isInteger(text)) {
      return true;
    }
    int point = text.indexOf('.');
    int start = text.charAt(0) == '-' ? 1 : 0;
    if (point < 0 || text.length() - start - 1 > EXACT_DIGITS - MIN_PLAIN_EXPONENT) {
      return false;
    }
    int significant = 0;
    int zerosFirst = 0;
    for (int i = start; i < text.length(); i++) {
      char character = text.charAt(i);
      if (i != point && !isDigit(character)) {
        return false;
      }
      if (significant > 0 || character >= '1') {
        significant += i == point ? 0 : 1;
      } else if (i > point) {
        zerosFirst++;
      }
    }
    boolean isShortest = text.charAt(text.length() - 1) != '0' || text.length() == point + 2;
    return significant > 0 && significant <= EXACT_DIGITS && zerosFirst < -MIN_PLAIN_EXPONENT && isShortest;
  }

  private static boolean isDigit(char character) {
    return character >= '0' && character <= '9';
  }

  /** The canonical text of a finite double. */
  static String print(double value) {
    String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
    if (value == 0) {
      return sign + "0.0";
    }
    double magnitude = Math.abs(value);
    Decimal decimal = Decimal.of(Double.toString(magnitude));
    return sign + (decimal.digits().length() == 2 ? layOut(shorter(decimal, magnitude)) : layOut(decimal));
  }

  /**
   * {@code Double.toString} gives the fewest digits, but never fewer than two: where one digit reads back as the same
   * double, as for 5e-324, that one is taken, the nearer first.
   */
  private static Decimal shorter(Decimal two, double magnitude) {
    int lower = two.digits().charAt(0) - '0';
    boolean up = two.digits().charAt(1) >= '5';
    for (int candidate : up ? new int[] {lower + 1, lower} : new int[] {lower, lower + 1}) {
      String text = candidate + "e" + two.exponent();
      if (Double.parseDouble(text) == magnitude) {
        return Decimal.of(text);
      }
    }
    return two;
  }

  private static String layOut(Decimal decimal) {
    String digits = decimal.digits();
    int exponent = (int) decimal.exponent();
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
