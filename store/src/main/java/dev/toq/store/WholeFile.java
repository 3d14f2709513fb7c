package dev.toq.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Small files that are read and replaced as a whole; what the system refuses is said in words for the owner. */
final class WholeFile {
  private static final String DAMAGED = "damaged";

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
        throw new StoreException(file + " is larger than " + most + " bytes",
            "look at what is in it, and make it smaller");
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
          "cannot read " + file + ": " + DataDirectory.reason(e),
          "check its permissions: it should be yours, with mode 600", e);
    }
  }

  static void write(Path file, String text) throws IOException {
    write(RealFiles.INSTANCE, file, text.getBytes(StandardCharsets.UTF_8));
  }

  static void write(Path file, byte[] bytes) throws IOException {
    write(RealFiles.INSTANCE, file, bytes);
  }

  /**
   * Replaces the file by {@link AtomicFile}; where a link stands there, what it points to. Removes what a crash left.
   */
  static void write(FileLayer files, Path file, byte[] bytes) throws IOException {
    try {
      Path target = Files.isSymbolicLink(file) ? file.toRealPath() : file;
      AtomicFile.sweep(files, target);
      AtomicFile.write(files, target, bytes);
    } catch (IOException e) {
      throw new StoreException(
          "cannot write " + file + ": " + DataDirectory.reason(e), "check the disk and who may write there", e);
    }
  }

  /**
   * Renames a damaged file to the first free {@code NAME.damaged-N}, so that nothing of it is lost.
   *
   * @return its new name
   */
  static Path setAside(FileLayer files, Path file) throws IOException {
    return setAside(files, file, DAMAGED);
  }

  /** Renames a file to the first free {@code NAME.WHY-N}. */
  static Path setAside(FileLayer files, Path file, String why) throws IOException {
    Path aside = freeName(file, why);
    files.rename(file, aside);
    return aside;
  }

  /**
   * Copies a damaged file to the first free {@code NAME.damaged-N} and forces the copy. The file stays for as long as
   * what could be read of it is not written anew.
   *
   * @param bytes what the file holds
   * @return the name of the copy
   */
  static Path copyAside(FileLayer files, Path file, byte[] bytes) throws IOException {
    Path aside = freeName(file, DAMAGED);
    AtomicFile.write(files, aside, bytes);
    return aside;
  }

  private static Path freeName(Path file, String why) {
    int number = 1;
    Path aside = file.resolveSibling(file.getFileName() + "." + why + "-" + number);
    while (Files.exists(aside)) {
      number++;
      aside = file.resolveSibling(file.getFileName() + "." + why + "-" + number);
    }
    return aside;
  }
}
