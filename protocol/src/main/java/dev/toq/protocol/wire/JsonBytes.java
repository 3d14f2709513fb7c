package dev.toq.protocol.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing buffer of JSON text in UTF-8. Strings are escaped as canonical JSON asks: as little as possible. */
final class JsonBytes {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** An envelope with a short message fits. */
  private byte[] bytes = new byte[1024];
  private int length;

  void ascii(char character) {
    room(1);
    bytes[length++] = (byte) character;
  }

  void ascii(String text) {
    room(text.length());
    for (int i = 0; i < text.length(); i++) {
      bytes[length++] = (byte) text.charAt(i);
    }
  }

  /** A string with its quotes; throws IllegalArgumentException where it holds a lone surrogate. */
  void string(String text) {
    int count = text.length();
    room(count + 2);
    bytes[length++] = '"';
    for (int i = 0; i < count; i++) {
      char character = text.charAt(i);
      if (character >= 0x20 && character < 0x7f && character != '"' && character != '\\') {
        bytes[length++] = (byte) character; // There is room: each character that takes more has made it below.
        continue;
      }
      room(6 + count - i); // the longest escape, one byte for each character to come, and the quote
      if (character < 0x80) {
        oneByte(character);
      } else if (character < 0x800) {
        bytes[length++] = (byte) (0xC0 | character >> 6);
        bytes[length++] = (byte) (0x80 | character & 0x3F);
      } else if (!Character.isSurrogate(character)) {
        bytes[length++] = (byte) (0xE0 | character >> 12);
        bytes[length++] = (byte) (0x80 | character >> 6 & 0x3F);
        bytes[length++] = (byte) (0x80 | character & 0x3F);
      } else if (i + 1 < count && Character.isSurrogatePair(character, text.charAt(i + 1))) {
        fourBytes(Character.toCodePoint(character, text.charAt(++i)));
      } else {
        throw new IllegalArgumentException("a lone surrogate has no UTF-8 form");
      }
    }
    bytes[length++] = '"';
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  private void oneByte(char character) {
    switch (character) {
      case '"' -> escape('"');
      case '\\' -> escape('\\');
      case '\b' -> escape('b');
      case '\t' -> escape('t');
      case '\n' -> escape('n');
      case '\f' -> escape('f');
      case '\r' -> escape('r');
      default -> {
        if (character >= 0x20) {
          bytes[length++] = (byte) character;
        } else {
          escape('u');
          bytes[length++] = '0';
          bytes[length++] = '0';
          bytes[length++] = HEX[character >> 4];
          bytes[length++] = HEX[character & 0xF];
        }
      }
    }
  }

  private void escape(char second) {
    bytes[length++] = '\\';
    bytes[length++] = (byte) second;
  }

  private void fourBytes(int point) {
    bytes[length++] = (byte) (0xF0 | point >> 18);
    bytes[length++] = (byte) (0x80 | point >> 12 & 0x3F);
    bytes[length++] = (byte) (0x80 | point >> 6 & 0x3F);
    bytes[length++] = (byte) (0x80 | point & 0x3F);
  }

  private void room(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
