package dev.toq.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A small file that is replaced as a whole.
 *
 * <ul>
 *   <li>Promise: whoever reads the file finds what it was before or what it is after, never a mixture, whatever is
 *       killed or loses power meanwhile. When {@link #write} returns, the new content is on the disk itself.
 *   <li>Limit: the content is held in memory; of several writers at the same time the last one wins.
 *   <li>Format: the caller's. Beside {@code config.toml} there is {@code config.toml.tmp-4711-1} while it is written
 *       (the writer's process id and a number).
 *   <li>Commit point: the rename, durable with the force of the directory.
 *   <li>Recovery: none is needed; {@link #sweep} removes what a writer left that died before its rename.
 * </ul>
 */
public final class AtomicFile {
  private static final AtomicLong NUMBER = new AtomicLong();

  private AtomicFile() {}

  /**
   * Replaces the content of a file, or makes the file, with mode 0600.
   *
   * @throws IOException where it could not; the file then holds the old content, or, where only the force of the
   *     directory failed, perhaps already the new one
   */
  public static void write(FileLayer files, Path target, byte[] content) throws IOException {
    Path absolute = target.toAbsolutePath();
    String writer = ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    Path temporary = absolute.resolveSibling(prefix(absolute) + writer);
    try {
      try (FileLayer.Output out = files.createNew(temporary)) {
        out.write(ByteBuffer.wrap(content));
        out.force();
      }
      files.rename(temporary, absolute);
    } catch (IOException failed) {
      try {
        files.delete(temporary);
      } catch (IOException alsoFailed) {
        failed.addSuppressed(alsoFailed);
      }
      throw failed;
    }
    files.forceDirectory(parent(absolute));
  }

  /** Removes temporary files beside {@code target} whose writers are gone. */
  public static void sweep(FileLayer files, Path target) throws IOException {
    Path absolute = target.toAbsolutePath();
    try (DirectoryStream<Path> beside = Files.newDirectoryStream(parent(absolute))) {
      for (Path path : beside) {
        if (isLeftOver(path.getFileName().toString(), prefix(absolute))) {
          files.delete(path);
        }
      }
    }
  }

  private static boolean isLeftOver(String name, String prefix) {
    int dash = name.indexOf('-', prefix.length());
    if (!name.startsWith(prefix) || dash < 0) {
      return false;
    }
    try {
      long writer = Long.parseLong(name.substring(prefix.length(), dash));
      return writer != ProcessHandle.current().pid() && ProcessHandle.of(writer).isEmpty();
    } catch (NumberFormatException notOurs) {
      return false;
    }
  }

  private static String prefix(Path target) {
    return target.getFileName() + ".tmp-";
  }

  static Path parent(Path absolute) {
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new IllegalArgumentException("not a file in a directory: " + absolute);
    }
    return parent;
  }
}
