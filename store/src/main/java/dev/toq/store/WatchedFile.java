package dev.toq.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * A file of rules that its owner may edit while we run. Edits are taken up at the next look; a file that became
 * unreadable or vanished leaves the last good rules in force and a warning. Used under its owner's lock.
 */
final class WatchedFile<T> {
  /** Reads what a file holds. */
  interface Reader<T> {
    T read(byte[] bytes) throws StoreException;
  }

  /** By what a change is seen without reading the file. */
  private record Stamp(FileTime modified, long size, Optional<Object> inode) {}

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);

  private final Path path;
  private final int mostBytes;
  private final Reader<T> reader;
  private T good;
  private Optional<byte[]> goodBytes = Optional.empty();
  private boolean wasThere;
  private Optional<Stamp> seen = Optional.empty();
  private Optional<String> warning = Optional.empty();
  private Instant looked = Instant.MIN;

  /**
   * Reads the file for the first time.
   *
   * @param missing what a file that is not there stands for
   * @throws StoreException where it is there and cannot be read: nothing is guessed about rules
   */
  WatchedFile(Path path, int mostBytes, T missing, Reader<T> reader) throws IOException {
    this.path = path;
    this.mostBytes = mostBytes;
    this.reader = reader;
    this.good = missing;
    readNow();
  }

  /** The rules in force; looks for a change where the last look is 250 ms ago. */
  T get(Instant now) {
    if (looked.equals(Instant.MIN) || Duration.between(looked, now).abs().compareTo(BETWEEN_LOOKS) >= 0) {
      looked = now;
      look(); // R-16.3-01, R-16.7-01
    }
    return good;
  }

  private void look() {
    try {
      Optional<Stamp> found = stamp();
      if (found.isEmpty() && wasThere) {
        seen = Optional.empty();
        warning = Optional.of(path.getFileName() + " is gone: the rules it held stay in force");
      } else if (found.isPresent() && (!found.equals(seen) || warning.isPresent()) && !isFresh(found.get())) {
        readNow();
      }
    } catch (IOException e) {
      warning = Optional.of(path.getFileName() + " is not used, the rules it held before stay in force: "
          + e.getMessage());
    }
  }

  /** An editor that is just writing may have written half; the next look finds the file at rest. */
  private boolean isFresh(Stamp found) {
    Duration age = Duration.between(found.modified.toInstant(), looked);
    return !age.isNegative() && age.compareTo(BETWEEN_LOOKS) < 0;
  }

  /**
   * What the file holds at this moment, whatever its stamp says; for use before it is replaced.
   *
   * @throws StoreException where it is unreadable; the last good rules stay in force
   */
  T readNow() throws IOException {
    Optional<Stamp> before = stamp();
    Optional<byte[]> bytes = WholeFile.read(path, mostBytes);
    if (bytes.isPresent()) {
      if (goodBytes.isEmpty() || !Arrays.equals(bytes.get(), goodBytes.get())) {
        good = reader.read(bytes.get());
        goodBytes = bytes;
      }
      wasThere = true;
      seen = before;
      warning = Optional.empty();
    }
    return good;
  }

  /** Replaces the file; the value is in force when it is on the disk. */
  void write(FileLayer files, T value, byte[] bytes) throws IOException {
    if (bytes.length > mostBytes) {
      throw new StoreException(path + " would become larger than " + mostBytes + " bytes",
          "remove rules that you do not need");
    }
    WholeFile.write(files, path, bytes);
    good = value;
    goodBytes = Optional.of(bytes);
    wasThere = true;
    seen = Optional.empty(); // asked for now, it could be that of an edit by hand that came right after
    warning = Optional.empty();
  }

  /** Why the file as it stands is not in force. */
  Optional<String> warning() {
    return warning;
  }

  private Optional<Stamp> stamp() throws IOException {
    try {
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class, new LinkOption[0]);
      return Optional.of(new Stamp(found.lastModifiedTime(), found.size(), Optional.ofNullable(found.fileKey())));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
