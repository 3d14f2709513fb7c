package dev.toq.app.cli;

/** Text that somebody else chose, made safe for a terminal. */
final class SafeText {
  private SafeText() {}

  /**
   * Control, format and bidirectional characters, line separators and lone surrogates written as {@code \}{@code uXXXX};
   * all else as it is.
   */
  static String of(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 8);
    int index = 0;
    while (index < text.length()) {
      int point = text.codePointAt(index);
      index += Character.charCount(point);
      if (isShown(point)) {
        safe.appendCodePoint(point);
      } else {
        escape(safe, point);
      }
    }
    return safe.toString();
  }

  /** As {@link #of}, but a text of several lines keeps its line breaks, and each further line is set off by the indent. */
  static String lines(String text, String indent) {
    StringBuilder safe = new StringBuilder(text.length() + 8);
    int start = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      safe.append(of(text.substring(start, end))).append('\n').append(indent);
      start = end + 1;
    }
    return safe.append(of(text.substring(start))).toString();
  }

  private static boolean isShown(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.PRIVATE_USE ->
          false;
      default -> true;
    };
  }

  private static void escape(StringBuilder safe, int point) {
    for (char unit : Character.toChars(point)) {
      safe.append("\\u");
      String hex = Integer.toHexString(unit);
      for (int i = hex.length(); i < 4; i++) {
        safe.append('0');
      }
      safe.append(hex);
    }
  }
}
