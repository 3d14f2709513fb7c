package dev.toq.store;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * Writes TOML values in spellings that every TOML 1.0 reader understands and that toml4j 0.7.2 reads right. Of the four
 * kinds of TOML strings three are used:
 *
 * <pre>
 * 'literal'        no quote, no control character
 * "basic"          no backslash in the text; quotes and control characters as \ uXXXX
 * '''literal'''    the rest, where it holds no ''' and no control character but line feed and tab
 * </pre>
 *
 * toml4j scans escapes twice, so a basic string must never hold a backslash of the text itself.
 */
final class TomlText {
  private TomlText() {}

  /** The text as a TOML string; empty where no spelling is safe, or the text holds half of a surrogate pair. */
  static Optional<String> string(String text) {
    boolean backslash = text.indexOf('\\') >= 0;
    boolean control = text.chars().anyMatch(TomlText::isControl);
    if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
      return Optional.empty();
    }
    if (!control && text.indexOf('\'') < 0 && (backslash || text.indexOf('"') >= 0)) {
      return Optional.of('\'' + text + '\'');
    }
    if (!backslash) {
      return Optional.of(basic(text));
    }
    boolean onlyLines = text.chars().allMatch(c -> !isControl(c) || c == '\n' || c == '\t');
    if (onlyLines && !text.contains("'''") && !text.endsWith("'")) {
      return Optional.of("'''\n" + text + "'''"); // a line feed right after the quotes is not part of the text
    }
    return Optional.empty();
  }

  /** A value as it stands after {@code key = }: a text, whole number, truth value or list of texts. */
  static String value(Object value) {
    return switch (value) {
      case Long number -> number.toString();
      case Boolean flag -> flag.toString();
      case String text -> string(text).orElseThrow(() -> new IllegalArgumentException("this text cannot be stored"));
      case Double number when Double.isFinite(number) -> decimal(number);
      case List<?> items -> '[' + String.join(", ", items.stream().map(TomlText::value).toList()) + ']';
      case Object other -> throw new IllegalArgumentException("not a value of a file: " + other.getClass());
    };
  }

  /** Whether {@link #value} can write it, as far as its type goes. */
  static boolean isPlain(Object value) {
    return value instanceof String || value instanceof Long || value instanceof Boolean || value instanceof Double;
  }

  /** Without an exponent, and with the sign of zero. */
  static String decimal(double value) {
    String plain = new BigDecimal(Double.toString(Math.abs(value))).toPlainString();
    return (Math.copySign(1, value) < 0 ? "-" : "") + plain + (plain.contains(".") ? "" : ".0");
  }

  /** A key, in quotes where it needs them. */
  static String key(String key) {
    boolean bare = !key.isEmpty() && key.chars().allMatch(TomlValues::isBare);
    return bare ? key : string(key).filter(text -> !text.startsWith("'''"))
        .orElseThrow(() -> new IllegalArgumentException("this key cannot be stored"));
  }

  private static String basic(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || isControl(c)) {
        out.append(String.format("\\u%04X", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  static boolean isControl(int c) {
    return c < 0x20 || c == 0x7f;
  }
}
