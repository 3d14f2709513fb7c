package dev.toq.protocol.wire;

/** Bytes that are not one strict JSON value. The message says what was wrong and where. */
public final class JsonException extends Exception {
  private static final long serialVersionUID = 1;

  public JsonException(String message) {
    super(message);
  }
}
