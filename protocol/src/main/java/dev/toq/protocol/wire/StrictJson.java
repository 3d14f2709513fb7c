package dev.toq.protocol.wire;

/** Reads strict JSON (stub). */
public final class StrictJson {
  private StrictJson() {}

  public static JsonValue parse(byte[] utf8) throws JsonException {
    throw new JsonException("stub");
  }

  /** Compact UTF-8 JSON; members in their order, number texts as held. */
  public static byte[] write(JsonValue value) {
    throw new IllegalStateException("stub");
  }
}
