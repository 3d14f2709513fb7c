package dev.toq.store;

import dev.toq.store.TomlSource.Syntax;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Reads one TOML value and gives it back in a spelling that toml4j reads right, or says why it cannot. */
final class TomlValues {
  enum Kind {
    TEXT("a text"),
    WHOLE("a whole number"),
    DECIMAL("a decimal number"),
    FLAG("true or false"),
    ARRAY("an array"),
    TABLE("a table");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  record Rewritten(String text, Kind kind) {}

  private static final int DEPTH = 16;
  private static final Pattern WHOLE = Pattern.compile("[+-]?(?:0|[1-9](?:_?[0-9])*+)");
  private static final Pattern RADIX =
      Pattern.compile("0x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*+|0o[0-7](?:_?[0-7])*+|0b[01](?:_?[01])*+");
  private static final Pattern DECIMAL = Pattern.compile(
      "[+-]?(?:0|[1-9](?:_?[0-9])*+)(?:\\.[0-9](?:_?[0-9])*+)?(?:[eE][+-]?[0-9](?:_?[0-9])*+)?");
  private static final Pattern LEADING_ZERO = Pattern.compile("[+-]?0[0-9_].*");
  private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[0-9]{2}:[0-9]{2}.*");
  private static final int LONGEST_NUMBER = 400;

  private final TomlSource source;
  private final UnaryOperator<String> keySpelling;

  TomlValues(TomlSource source, UnaryOperator<String> keySpelling) {
    this.source = source;
    this.keySpelling = keySpelling;
  }

  Rewritten read() throws Syntax {
    return read(0);
  }

  private Rewritten read(int depth) throws Syntax {
    int start = source.at();
    if (depth > DEPTH) {
      throw new Syntax(start, "values may be nested " + DEPTH + " deep, not deeper");
    }
    return switch (source.peek()) {
      case '"', '\'' -> {
        String text = string();
        yield new Rewritten(
            TomlText.string(text)
                .orElseThrow(() -> new Syntax(
                    start, "a text with a backslash together with control characters or quotes cannot be read here")),
            Kind.TEXT);
      }
      case '[' -> array(depth);
      case '{' -> inlineTable(depth);
      default -> plain(start);
    };
  }

  private Rewritten array(int depth) throws Syntax {
    int start = source.at();
    source.next();
    StringBuilder out = new StringBuilder("[");
    Kind first = null;
    while (true) {
      source.skipLines();
      if (source.take("]")) {
        return new Rewritten(out.append(']').toString(), Kind.ARRAY);
      }
      if (source.atEnd()) {
        throw new Syntax(start, "this array has no end: ] is missing");
      }
      int itemStart = source.at();
      Rewritten item = read(depth + 1);
      if (first != null && first != item.kind) {
        throw new Syntax(
            itemStart, "an array may hold one kind of value only: " + item.kind.words + " stands beside "
                + first.words);
      }
      out.append(first == null ? "" : ", ").append(item.text);
      first = item.kind;
      source.skipLines();
      if (!source.take(",") && source.peek() != ']') {
        throw new Syntax(source.at(), "a comma or ] is missing in this array");
      }
    }
  }

  private Rewritten inlineTable(int depth) throws Syntax {
    int start = source.at();
    source.next();
    StringBuilder out = new StringBuilder("{");
    Set<String> names = new HashSet<>();
    source.skipBlanks();
    if (source.take("}")) {
      return new Rewritten("{}", Kind.TABLE);
    }
    while (true) {
      source.skipBlanks();
      int keyStart = source.at();
      String key = key();
      if (!names.add(key)) {
        throw new Syntax(keyStart, "the key " + ValueRule.shown(key) + " stands here twice");
      }
      equalsSign(key);
      out.append(names.size() == 1 ? "" : ", ").append(keySpelling.apply(key)).append(" = ");
      out.append(read(depth + 1).text);
      source.skipBlanks();
      if (source.take("}")) {
        return new Rewritten(out.append('}').toString(), Kind.TABLE);
      }
      if (!source.take(",")) {
        throw new Syntax(
            source.atLineEnd() ? start : source.at(),
            source.atLineEnd()
                ? "this table must end with } in the same line"
                : "a comma or } is missing in this table");
      }
    }
  }

  /** Steps over the sign after a key and the blanks around it, to a value. */
  void equalsSign(String key) throws Syntax {
    source.skipBlanks();
    if (source.peek() == '.') {
      throw new Syntax(source.at(), "keys with dots are not read here: use a table header, or put the key in quotes");
    }
    int sign = source.at();
    if (!source.take("=")) {
      throw new Syntax(sign, "a = is missing after the key " + ValueRule.shown(key));
    }
    source.skipBlanks();
    if (source.atLineEnd() || source.peek() == '#') {
      throw new Syntax(sign, "the key " + ValueRule.shown(key) + " has no value");
    }
  }

  /** One key, or one part of a table's name. */
  String key() throws Syntax {
    int start = source.at();
    if (source.peek() == '"' || source.peek() == '\'') {
      if (source.ahead("\"\"\"") || source.ahead("'''")) {
        throw new Syntax(start, "a key must stand in one line");
      }
      return string();
    }
    while (isBare(source.peek())) {
      source.next();
    }
    if (source.at() == start) {
      String what = source.atLineEnd() ? "a key is missing" : "a key cannot begin with " + shown(source.peek());
      throw new Syntax(start, what);
    }
    return source.since(start);
  }

  static boolean isBare(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-';
  }

  private static String shown(char c) {
    return TomlText.isControl(c) || c > 0x7e ? TomlSource.name(c) : "" + c;
  }

  /** The text of a string of any of the four kinds. */
  private String string() throws Syntax {
    int start = source.at();
    boolean basic = source.peek() == '"';
    String triple = basic ? "\"\"\"" : "'''";
    if (!source.take(triple)) {
      source.next();
      return line(start, basic);
    }
    if (!source.take("\n")) {
      source.take("\r\n");
    }
    StringBuilder out = new StringBuilder();
    while (true) {
      if (source.atEnd()) {
        throw new Syntax(start, "this text has no end: " + triple + " is missing");
      }
      if (source.take(triple)) {
        for (int i = 0; i < 2 && source.peek() == triple.charAt(0); i++) {
          out.append(source.next()); // up to two quotes may stand right before the closing ones
        }
        return out.toString();
      }
      if (source.take("\r\n")) {
        out.append('\n');
      } else if (basic && source.peek() == '\\') {
        escape(out, true);
      } else {
        character(out, true);
      }
    }
  }

  private String line(int start, boolean basic) throws Syntax {
    char quote = basic ? '"' : '\'';
    StringBuilder out = new StringBuilder();
    while (source.peek() != quote) {
      if (source.atLineEnd()) {
        throw new Syntax(start, "this text has no end: " + quote + " is missing in its line");
      }
      if (basic && source.peek() == '\\') {
        escape(out, false);
      } else {
        character(out, false);
      }
    }
    source.next();
    return out.toString();
  }

  private void character(StringBuilder out, boolean lines) throws Syntax {
    int start = source.at();
    char c = source.next();
    if (TomlText.isControl(c) && c != '\t' && !(lines && c == '\n')) {
      throw new Syntax(start, "a control character (" + TomlSource.name(c) + ") in a text: write it as an escape");
    }
    out.append(c);
  }

  private void escape(StringBuilder out, boolean lines) throws Syntax {
    int start = source.at();
    source.next();
    char c = source.next();
    switch (c) {
      case 'b' -> out.append('\b');
      case 't' -> out.append('\t');
      case 'n' -> out.append('\n');
      case 'f' -> out.append('\f');
      case 'r' -> out.append('\r');
      case '"', '\\' -> out.append(c);
      case 'u' -> out.appendCodePoint(codePoint(start, 4));
      case 'U' -> out.appendCodePoint(codePoint(start, 8));
      default -> {
        if (!lines || !lineEndingBackslash(c)) {
          throw new Syntax(start, "the escape \\" + shown(c) + " does not exist: a backslash is written \\\\");
        }
      }
    }
  }

  /** A backslash at the end of a line joins it with the next text, whatever blank space lies between. */
  private boolean lineEndingBackslash(char first) {
    boolean ended = first == '\n';
    boolean blank = ended || first == ' ' || first == '\t' || first == '\r' && source.peek() == '\n';
    while (blank) {
      boolean end = source.take("\n") || source.take("\r\n");
      ended |= end;
      blank = end || source.take(" ") || source.take("\t");
    }
    return ended;
  }

  private int codePoint(int start, int digits) throws Syntax {
    int begin = source.at();
    while (source.at() - begin < digits && Character.digit(source.peek(), 16) >= 0 && source.peek() < 0x80) {
      source.next();
    }
    String hex = source.since(begin);
    long value = hex.length() == digits ? Long.parseLong(hex, 16) : -1;
    if (value < 0 || value > Character.MAX_CODE_POINT || value >= 0xd800 && value <= 0xdfff) {
      throw new Syntax(start, "an escape \\u needs 4 hexadecimal digits, \\U needs 8, and they must name a character");
    }
    return (int) value;
  }

  /** A number or truth value. */
  private Rewritten plain(int start) throws Syntax {
    while (isBare(source.peek()) || source.peek() == '+' || source.peek() == '.' || source.peek() == ':') {
      source.next();
    }
    String word = source.since(start);
    if (word.equals("true") || word.equals("false")) {
      return new Rewritten(word, Kind.FLAG);
    }
    if (word.length() > LONGEST_NUMBER) {
      throw new Syntax(start, "this number is too long");
    }
    if (WHOLE.matcher(word).matches() || RADIX.matcher(word).matches()) {
      return new Rewritten(whole(start, word), Kind.WHOLE);
    }
    if (DECIMAL.matcher(word).matches()) {
      return new Rewritten(decimal(start, word), Kind.DECIMAL);
    }
    throw new Syntax(start, whyNoValue(word));
  }

  private String whyNoValue(String word) {
    if (word.isEmpty()) {
      return "a value cannot begin with " + shown(source.peek());
    }
    if (DATE.matcher(word).matches()) {
      return "dates and times are not read here: put them in quotes";
    }
    if (LEADING_ZERO.matcher(word).matches()) {
      return "a number must not begin with 0: " + ValueRule.shown(word);
    }
    return ValueRule.shown(word) + " is no value: a text must stand in quotes";
  }

  private static String whole(int start, String word) throws Syntax {
    String digits = word.replace("_", "");
    BigInteger value = digits.length() > 2 && Character.isLetter(digits.charAt(1))
        ? new BigInteger(digits.substring(2), switch (digits.charAt(1)) {
          case 'x' -> 16;
          case 'o' -> 8;
          default -> 2;
        })
        : new BigInteger(digits);
    if (value.bitLength() > 63) {
      throw new Syntax(start, "this number is too large: 64 bits at most");
    }
    return value.toString();
  }

  private static String decimal(int start, String word) throws Syntax {
    double value = Double.parseDouble(word.replace("_", ""));
    if (Double.isInfinite(value)) {
      throw new Syntax(start, "this number is too large");
    }
    return TomlText.decimal(value);
  }
}
