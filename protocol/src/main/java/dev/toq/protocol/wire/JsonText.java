package dev.toq.protocol.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A JSON value as its compact text, for what is kept or waits: the same value as a {@link JsonValue} may take thirty
 * times the memory of its text, and a peer chooses which values it sends.
 */
public final class JsonText {
  private final byte[] utf8;

  private JsonText(byte[] utf8) {
    this.utf8 = utf8;
  }

  public static JsonText of(JsonValue value) {
    return new JsonText(StrictJson.write(value));
  }

  public JsonValue value() {
    try {
      return StrictJson.parse(utf8);
    } catch (JsonException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The size of the text in bytes. */
  public int size() {
    return utf8.length;
  }

  /** Puts the text into a buffer that has room for it, in UTF-8. */
  public void putInto(ByteBuffer buffer) {
    buffer.put(utf8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof JsonText that && Arrays.equals(utf8, that.utf8);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(utf8);
  }

  /** The text itself. */
  @Override
  public String toString() {
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
