package dev.toq.store;

import dev.toq.protocol.wire.JsonException;
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
      try {
        FormatVersion.check(path, StrictJson.parse(Files.readAllBytes(path)), "format", VERSION);
        return;
      } catch (JsonException damaged) {
        warnings.add(path.getFileName() + " was damaged (" + damaged.getMessage() + ") and is written anew");
      }
    }
    AtomicFile.write(files, path, ("{\"format\":" + VERSION + "}\n").getBytes(StandardCharsets.UTF_8));
  }
}
