package dev.toq.store;

import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.StrictJson;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a log when it is opened, and leaves only whole records in it.
 *
 * <p>A last line without newline was never acknowledged, because a line and its newline are written and forced
 * together: it is cut off. Everything else that is no record was perhaps acknowledged once: it is copied to a file of
 * its own, that copy is forced, and only then is the segment replaced by one without it, with a warning. Where a
 * newline itself was damaged, the records on both sides of it are found and kept.
 */
final class LogScan {
  /** Told of every record, oldest first. */
  interface Visitor {
    /**
     * Takes one line.
     *
     * @param line without its newline
     * @param sealed whether it carries a checksum, which then fits; a line without one may come from another program
     * @return false where the line is no record, so that it counts as damage
     */
    boolean accept(LogPosition at, byte[] line, boolean sealed);
  }

  /** Bytes of a segment from {@code from} to before {@code to}. */
  private record Range(long from, long to) {}

  private final FileLayer files;
  private final LogFiles names;
  private final List<String> warnings;

  LogScan(FileLayer files, LogFiles names, List<String> warnings) {
    this.files = files;
    this.names = names;
    this.warnings = warnings;
  }

  /** Reads from a position, which is the start of a line, to the end of the log. */
  void scan(LogPosition from, Visitor visitor) throws IOException {
    int live = names.liveNumber();
    for (int number : names.rolledNumbers()) {
      if (number >= from.segment()) {
        long offset = number == from.segment() ? from.offset() : 0;
        new Segment(number, names.rolled(number), offset, visitor).read(false);
      }
    }
    if (Files.exists(names.live)) {
      new Segment(live, names.live, live == from.segment() ? from.offset() : 0, visitor).read(true);
    }
  }

  /** One segment while it is read. */
  private final class Segment {
    private final int number;
    private final Path path;
    private final Visitor visitor;
    private final List<Range> kept = new ArrayList<>();
    private final List<Range> damaged = new ArrayList<>();
    private final List<Long> missingNewlines = new ArrayList<>();
    private long length;

    Segment(int number, Path path, long from, Visitor visitor) {
      this.number = number;
      this.path = path;
      this.visitor = visitor;
      this.length = from;
      kept.add(new Range(0, from));
    }

    /** {@code mayBeTorn}: whether this is the segment that was written to last. */
    void read(boolean mayBeTorn) throws IOException {
      boolean torn = false;
      try (LineReader lines = new LineReader(path, kept.getFirst().to())) {
        while (true) {
          long at = lines.offset();
          byte[] line = lines.next();
          if (line.length == 0 && !lines.terminated()) {
            break;
          }
          int before = damaged.size();
          examine(at, line, lines.terminated());
          if (mayBeTorn && !lines.terminated() && damaged.size() > before) {
            torn = true;
            damaged.removeLast();
          }
        }
      }
      if (!damaged.isEmpty() || !missingNewlines.isEmpty()) {
        setAside();
        rewrite();
      } else if (torn) {
        try (FileLayer.Output out = files.openAppend(path)) {
          out.truncate(length);
          out.force();
        }
      }
    }

    private void examine(long at, byte[] line, boolean terminated) {
      if (line.length == 0 || isRecord(line)) {
        keep(at, line.length, terminated);
        return;
      }
      int from = 0;
      while (from < line.length) {
        int end = SealedLine.endOfIntactPrefix(line, from, line.length);
        byte[] record = end < 0 ? new byte[0] : Arrays.copyOfRange(line, from, end);
        if (end < 0 || !isJson(record) || !isRecord(record)) {
          damaged.add(new Range(at + from, at + line.length + (terminated ? 1 : 0)));
          return;
        }
        boolean atLineEnd = end == line.length && terminated;
        keep(at + from, record.length, atLineEnd);
        if (end < line.length) {
          damaged.add(new Range(at + end, at + end + 1));
        }
        from = end + 1;
      }
    }

    private boolean isRecord(byte[] line) {
      return visitor.accept(new LogPosition(number, length), line, SealedLine.isIntact(line, 0, line.length));
    }

    /** A checksum that fits may stand inside a body, where its sender put it; what it ends is then no whole object. */
    private static boolean isJson(byte[] record) {
      try {
        StrictJson.parse(record, StoredMessageJson.DEPTH);
        return true;
      } catch (JsonException notWhole) {
        return false;
      }
    }

    private void keep(long from, int bytes, boolean withNewline) {
      long to = from + bytes + (withNewline ? 1 : 0);
      Range last = kept.getLast();
      if (last.to() == from) {
        kept.set(kept.size() - 1, new Range(last.from(), to));
      } else {
        kept.add(new Range(from, to));
      }
      if (!withNewline) {
        missingNewlines.add(to);
      }
      length += bytes + 1;
    }

    private void setAside() throws IOException {
      if (damaged.isEmpty()) {
        return;
      }
      Path aside = names.nextDamaged();
      long bytes = 0;
      try (FileLayer.Output out = files.createNew(aside)) {
        for (Range range : damaged) {
          copy(range, out);
          bytes += range.to() - range.from();
        }
        out.force();
      }
      files.forceDirectory(names.directory);
      warnings.add("%s: %d damaged %s (%d bytes), set aside in %s".formatted(path.getFileName(), damaged.size(),
          damaged.size() == 1 ? "place" : "places", bytes, aside.getFileName()));
    }

    private void rewrite() throws IOException {
      Path repaired = names.beside("repair");
      files.delete(repaired);
      try (FileLayer.Output out = files.createNew(repaired)) {
        for (Range range : kept) {
          copy(range, out);
          if (missingNewlines.contains(range.to())) {
            out.write(ByteBuffer.wrap(new byte[] {SealedLine.NEWLINE}));
          }
        }
        out.force();
      }
      files.rename(repaired, path);
      files.forceDirectory(names.directory);
    }

    private void copy(Range range, FileLayer.Output out) throws IOException {
      byte[] block = new byte[1 << 16];
      try (InputStream in = Files.newInputStream(path)) {
        in.skipNBytes(range.from());
        for (long left = range.to() - range.from(); left > 0; ) {
          int read = in.read(block, 0, (int) Math.min(block.length, left));
          if (read < 0) {
            throw new EOFException(path + " became shorter while it was read");
          }
          out.write(ByteBuffer.wrap(block, 0, read));
          left -= read;
        }
      }
    }
  }
}
