package dev.toq.app.cli;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * Reads one HTTP/1.1 answer (RFC 9112): the status line, the header fields that frame the body, and the body as a
 * stream that ends where the body ends.
 */
final class HttpAnswer extends InputStream {
  /** No answer of our own daemon has a longer line. */
  private static final int MAX_LINE = 16 * 1024;

  private static final int MAX_FIELDS = 100;

  private final InputStream in;
  private final int status;
  private boolean chunked;

  /** Bytes left of the body or of the current chunk; -1 where the body ends with the connection. */
  private long left = -1;

  private boolean firstChunk = true;
  private boolean ended;

  /** Reads up to the end of the header. {@code in} is buffered and has its own deadline. */
  HttpAnswer(InputStream in) throws IOException {
    this.in = in;
    this.status = statusOf(line());
    for (int fields = 0; ; fields++) {
      String field = line();
      if (field.isEmpty()) {
        break;
      }
      if (fields == MAX_FIELDS) {
        throw new IOException("more than " + MAX_FIELDS + " header fields");
      }
      field(field);
    }
    if (chunked) {
      left = 0;
    }
  }

  int status() {
    return status;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (ended || length == 0) {
      return ended ? -1 : 0;
    }
    if (left == 0 && !(chunked && nextChunk())) {
      ended = true;
      return -1;
    }
    int wanted = left < 0 ? length : (int) Math.min(length, left);
    int count = in.read(buffer, offset, wanted);
    if (count < 0) {
      ended = true;
      if (left > 0) {
        throw new EOFException("the answer ended early");
      }
      return -1;
    }
    if (left > 0) {
      left -= count;
    }
    return count;
  }

  private boolean nextChunk() throws IOException {
    if (!firstChunk && !line().isEmpty()) {
      throw new IOException("a chunk is longer than it says");
    }
    firstChunk = false;
    String size = line();
    int end = size.indexOf(';');
    try {
      left = Long.parseLong(end < 0 ? size : size.substring(0, end), 16);
    } catch (NumberFormatException e) {
      throw new IOException("not a chunk size", e);
    }
    return left > 0;
  }

  private void field(String field) throws IOException {
    int colon = field.indexOf(':');
    if (colon < 0) {
      throw new IOException("not a header field");
    }
    String value = field.substring(colon + 1).strip();
    switch (field.substring(0, colon).toLowerCase(Locale.ROOT)) {
      case "content-length" -> left = length(value);
      case "transfer-encoding" -> chunked = value.equalsIgnoreCase("chunked");
      default -> {} // no other field says where the body ends
    }
  }

  private static long length(String value) throws IOException {
    try {
      return Long.parseUnsignedLong(value);
    } catch (NumberFormatException e) {
      throw new IOException("not a content length", e);
    }
  }

  private static int statusOf(String line) throws IOException {
    if (!line.startsWith("HTTP/1.") || line.length() < 12) {
      throw new IOException("not an HTTP answer");
    }
    try {
      return Integer.parseInt(line.substring(9, 12));
    } catch (NumberFormatException e) {
      throw new IOException("not an HTTP status", e);
    }
  }

  private String line() throws IOException {
    byte[] bytes = new byte[128];
    int length = 0;
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the connection closed without an answer");
      }
      if (length == MAX_LINE) {
        throw new IOException("a line is longer than " + MAX_LINE + " bytes");
      }
      if (length == bytes.length) {
        bytes = Arrays.copyOf(bytes, length * 2);
      }
      bytes[length++] = (byte) next;
    }
    if (length > 0 && bytes[length - 1] == '\r') {
      length--;
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }
}
