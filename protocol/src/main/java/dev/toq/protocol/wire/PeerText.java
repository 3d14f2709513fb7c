package dev.toq.protocol.wire;

/** Text that a peer chose, made safe for a terminal and for one line of a log. */
public final class PeerText {
  private PeerText() {}

  /**
   * The text with every control, format (bidirectional overrides among them), line-breaking, private and unassigned
   * character written as {@code \}{@code u} and four or more hex digits, cut after {@code limit} characters.
   */
  public static String shown(String text, int limit) {
    StringBuilder shown = new StringBuilder(Math.min(text.length(), limit) + 8);
    int index = 0;
    while (index < text.length() && shown.length() < limit) {
      int character = text.codePointAt(index);
      if (isPrintable(character)) {
        shown.appendCodePoint(character);
      } else {
        shown.append(String.format("\\u%04x", character));
      }
      index += Character.charCount(character);
    }
    return index < text.length() ? shown.append('…').toString() : shown.toString();
  }

  /** As {@link #shown(String, int)} with room for a sentence: 500 characters. */
  public static String shown(String text) {
    return shown(text, 500);
  }

  private static boolean isPrintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
          Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
      default -> true;
    };
  }
}
