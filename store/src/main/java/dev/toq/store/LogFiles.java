package dev.toq.store;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of a log's files and what is in them, for reading. For {@code messages.jsonl}: segments
 * {@code messages-000001.jsonl} and on, {@code messages.meta}, {@code messages.damaged-1} and on.
 */
final class LogFiles {
  private static final String SUFFIX = ".jsonl";

  final Path live;
  final Path directory;
  private final String base;

  /** {@code live} ends in {@code .jsonl}. */
  LogFiles(Path live) {
    this.live = live.toAbsolutePath();
    this.directory = AtomicFile.parent(this.live);
    String name = this.live.getFileName().toString();
    if (!name.endsWith(SUFFIX)) {
      throw new IllegalArgumentException("a log is called something" + SUFFIX + ", not " + name);
    }
    this.base = name.substring(0, name.length() - SUFFIX.length());
  }

  /** A file of the log that is not a segment: {@code messages.meta} for {@code meta}. */
  Path beside(String extension) {
    return directory.resolve(base + "." + extension);
  }

  Path rolled(int number) {
    return directory.resolve("%s-%06d%s".formatted(base, number, SUFFIX));
  }

  /** The segment of this number. */
  Path segment(int number) throws IOException {
    return number == liveNumber() ? live : rolled(number);
  }

  /** Numbers of the rolled segments, lowest first. */
  List<Integer> rolledNumbers() throws IOException {
    return List.copyOf(numbers(Pattern.compile(Pattern.quote(base) + "-(\\d{6,9})" + Pattern.quote(SUFFIX))));
  }

  /** The first name of the form {@code messages.damaged-N} that is free. */
  Path nextDamaged() throws IOException {
    TreeSet<Integer> taken = numbers(Pattern.compile(Pattern.quote(base) + "\\.damaged-(\\d{1,9})"));
    return beside("damaged-" + (taken.isEmpty() ? 1 : taken.last() + 1));
  }

  private TreeSet<Integer> numbers(Pattern name) throws IOException {
    TreeSet<Integer> found = new TreeSet<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      for (Path path : all) {
        Matcher matcher = name.matcher(path.getFileName().toString());
        if (matcher.matches()) {
          found.add(Integer.parseInt(matcher.group(1)));
        }
      }
    } catch (DirectoryIteratorException unreadable) {
      throw unreadable.getCause();
    }
    return found;
  }

  /** The number that the live segment has now: one more than the last rolled one. */
  int liveNumber() throws IOException {
    List<Integer> rolled = rolledNumbers();
    return rolled.isEmpty() ? 1 : Collections.max(rolled) + 1;
  }

  /** Bytes of the log; empty where they are not there. For a log that nobody writes to yet. */
  Optional<byte[]> read(LogPosition at, int length) throws IOException {
    return read(segment(at.segment()), at.offset(), length);
  }

  /** These bytes of a segment; empty where they are not there. */
  static Optional<byte[]> read(Path segment, long offset, int length) throws IOException {
    if (!Files.exists(segment)) {
      return Optional.empty();
    }
    byte[] bytes = new byte[length];
    try (RandomAccessFile in = new RandomAccessFile(segment.toFile(), "r")) {
      in.seek(offset);
      in.readFully(bytes);
      return Optional.of(bytes);
    } catch (EOFException shorter) {
      return Optional.empty();
    }
  }

  /** Where the newest {@code lines} lines begin; the start of the oldest segment where there are fewer. */
  LogPosition startOfNewest(int lines) throws IOException {
    int liveNumber = liveNumber();
    List<Integer> rolled = rolledNumbers();
    long wanted = (long) lines + 1; // the newline before the first of them
    for (int i = rolled.size(); i >= 0; i--) {
      int number = i == rolled.size() ? liveNumber : rolled.get(i);
      Path path = i == rolled.size() ? live : rolled(number);
      if (!Files.exists(path)) {
        continue;
      }
      long newlines = 0;
      try (RandomAccessFile in = new RandomAccessFile(path.toFile(), "r")) {
        byte[] block = new byte[1 << 16];
        for (long end = in.length(); end > 0; ) {
          int length = (int) Math.min(block.length, end);
          in.seek(end - length);
          in.readFully(block, 0, length);
          for (int at = length - 1; at >= 0; at--) {
            if (block[at] == SealedLine.NEWLINE && ++newlines == wanted) {
              return new LogPosition(number, end - length + at + 1);
            }
          }
          end -= length;
        }
      }
      wanted -= newlines;
      if (wanted <= 1) {
        return new LogPosition(number, 0);
      }
    }
    return new LogPosition(rolled.isEmpty() ? liveNumber : rolled.getFirst(), 0);
  }
}
