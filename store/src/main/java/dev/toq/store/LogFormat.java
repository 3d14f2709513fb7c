package dev.toq.store;

import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The version of a log's format, in a file beside it.
 *
 * <ul>
 *   <li>Promise: a log that a newer version wrote is refused with a sentence, and left alone.
 *   <li>Limit: one number, {@value #VERSION} today.
 *   <li>Format: {@code {"format":1}} and a newline.
 *   <li>Commit point: that of {@link AtomicFile}, before the first record is written.
 *   <li>Recovery: a file that cannot be read is written anew with a warning, as each record has its own checksum.
 * </ul>
 */
final class LogFormat {
  static final int VERSION = 1;

  private LogFormat() {}

  static void check(FileLayer files, Path path, List<String> warnings) throws IOException {
    if (Files.exists(path)) {
      long found = version(Files.readAllBytes(path));
      if (found > VERSION) {
        throw new StoreException(
            path + " says that a newer toq wrote these files (format " + found + ", this one knows " + VERSION + ")",
            "start the newer toq again, or use another directory with --config-dir");
      }
      if (found == VERSION) {
        return;
      }
      warnings.add(path.getFileName() + " was damaged and has been written anew");
    }
    AtomicFile.write(files, path, ("{\"format\":" + VERSION + "}\n").getBytes(StandardCharsets.UTF_8));
  }

  /** 0 where the bytes name no version. */
  private static long version(byte[] bytes) {
    try {
      if (StrictJson.parse(bytes) instanceof JsonObject object
          && object.members().get("format") instanceof JsonNumber(String text)) {
        return Long.parseLong(text);
      }
      return 0;
    } catch (JsonException | NumberFormatException unreadable) {
      return 0;
    }
  }
}
