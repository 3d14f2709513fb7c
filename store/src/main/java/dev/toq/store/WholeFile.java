package dev.toq.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;

/** Small files that are read and replaced as a whole; what the system refuses is said in words for the owner. */
final class WholeFile {
  private WholeFile() {}

  /**
   * All bytes of a file; empty where there is none.
   *
   * @throws StoreException where it is larger than {@code most} bytes, no ordinary file, or cannot be read
   */
  static Optional<byte[]> read(Path file, int most) throws IOException {
    try {
      if (Files.isDirectory(file)) {
        throw new StoreException(file + " is a directory, not a file", "move it away");
      }
      if (Files.size(file) > most) {
        throw new StoreException(file + " is larger than " + most + " bytes", "look at what is in it, and make it smaller");
      }
      try (var in = Files.newInputStream(file)) {
        return Optional.of(in.readNBytes(most));
      }
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw new StoreException(
          "cannot read " + file + ": " + DataDirectory.reason(e), "check its permissions: it should be yours, with mode 600", e);
    }
  }

  static void write(Path file, String text) throws IOException {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Replaces the file: after a crash it holds all of the old bytes or all of the new ones. Mode 0600. */
  static void write(Path file, byte[] bytes) throws IOException {
    Path target = Files.isSymbolicLink(file) ? file.toRealPath() : file;
    Path temporary = target.resolveSibling(target.getFileName() + ".tmp" + ProcessHandle.current().pid());
    try {
      Files.deleteIfExists(temporary);
      try (FileChannel channel = FileChannel.open(
          temporary, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), FileModes.newFile())) {
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        channel.force(true);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel directory = FileChannel.open(target.resolveSibling("."), StandardOpenOption.READ)) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw new StoreException(
          "cannot write " + file + ": " + DataDirectory.reason(e), "check the disk and who may write there", e);
    }
  }
}
