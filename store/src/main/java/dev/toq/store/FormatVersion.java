package dev.toq.store;

import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.nio.file.Path;

/** Files of our own say which format they have; one of a newer toq is refused, never guessed at. */
final class FormatVersion {
  private FormatVersion() {}

  /** The object, where its member {@code name} is a format that this version reads. */
  static JsonObject check(Path file, JsonValue value, String name, long ours) throws JsonException, StoreException {
    if (!(value instanceof JsonObject object)) {
      throw new JsonException("it holds no JSON object");
    }
    if (!(object.members().get(name) instanceof JsonNumber(String text)) || !text.matches("[0-9]{1,9}")) {
      throw new JsonException("its member " + name + " is missing");
    }
    refuseNewer(file, Long.parseLong(text), ours);
    return object;
  }

  static void refuseNewer(Path file, long found, long ours) throws StoreException {
    if (found > ours) {
      throw new StoreException(
          file + " was written by a newer version of toq (format " + found + ", this one reads " + ours + ")",
          "use the newer version, or move the file away");
    }
  }
}
