package dev.toq.store;

import java.util.Arrays;

/** The text of a TOML file with a place in it that moves forward, and where its lines begin. */
final class TomlSource {
  /** Something that is no TOML, or TOML that cannot be read here. */
  static final class Syntax extends Exception {
    private static final long serialVersionUID = 1;
    final int offset;

    Syntax(int offset, String what) {
      super(what);
      this.offset = offset;
    }
  }

  private static final char END = '\0';

  private final String text;
  private final int[] lineStarts;
  private int at;

  TomlSource(String text) {
    this.text = text;
    int[] starts = new int[16];
    int lines = 1;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\n') {
        starts = lines == starts.length ? Arrays.copyOf(starts, lines * 2) : starts;
        starts[lines++] = i + 1;
      }
    }
    this.lineStarts = Arrays.copyOf(starts, lines);
  }

  int at() {
    return at;
  }

  boolean atEnd() {
    return at == text.length();
  }

  /** The character at the place; NUL, which TOML never allows, at the end. */
  char peek() {
    return atEnd() ? END : text.charAt(at);
  }

  char next() {
    char c = peek();
    at = Math.min(at + 1, text.length());
    return c;
  }

  /** Steps over {@code expected} where it stands here. */
  boolean take(String expected) {
    if (!text.startsWith(expected, at)) {
      return false;
    }
    at += expected.length();
    return true;
  }

  boolean ahead(String expected) {
    return text.startsWith(expected, at);
  }

  boolean atLineEnd() {
    return atEnd() || ahead("\n") || ahead("\r\n");
  }

  void skipBlanks() {
    while (peek() == ' ' || peek() == '\t') {
      at++;
    }
  }

  /** Blanks, line ends and comments, as they may stand inside an array. */
  void skipLines() throws Syntax {
    while (true) {
      skipBlanks();
      skipComment();
      if (!take("\n") && !take("\r\n")) {
        return;
      }
    }
  }

  void skipComment() throws Syntax {
    if (peek() != '#') {
      return;
    }
    while (!atLineEnd()) {
      int start = at;
      char c = next();
      if (TomlText.isControl(c) && c != '\t') {
        throw new Syntax(start, "a control character (" + name(c) + ") in a comment");
      }
    }
  }

  /** To the beginning of the next line, after an error. */
  void skipToNextLine() {
    int end = text.indexOf('\n', at);
    at = end < 0 ? text.length() : end + 1;
  }

  String since(int start) {
    return text.substring(start, at);
  }

  int line(int offset) {
    int found = Arrays.binarySearch(lineStarts, offset);
    return found >= 0 ? found + 1 : -found - 1;
  }

  /** Characters, not bytes, from 1. */
  int column(int offset) {
    return text.codePointCount(lineStarts[line(offset) - 1], offset) + 1;
  }

  int lineStart(int offset) {
    return lineStarts[line(offset) - 1];
  }

  static String name(int c) {
    return String.format("U+%04X", c);
  }
}
