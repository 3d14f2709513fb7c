package dev.toq.store;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Reads a file line by line with the place of each; knows no text, only bytes. */
final class LineReader implements Closeable {
  private static final int FIRST_BUFFER = 1 << 16;

  private final InputStream in;
  private byte[] buffer = new byte[FIRST_BUFFER];
  private int start;
  private int end;
  private long offset;
  private boolean terminated;

  /** Opens the file at {@code from}, which must be the first byte of a line. */
  LineReader(Path path, long from) throws IOException {
    in = Files.newInputStream(path);
    try {
      in.skipNBytes(from);
    } catch (IOException failed) {
      in.close();
      throw failed;
    }
    offset = from;
  }

  /** The next line without its newline, or an empty array where the file ends (or the line is empty). */
  byte[] next() throws IOException {
    int scanned = start;
    while (true) {
      for (int i = scanned; i < end; i++) {
        if (buffer[i] == SealedLine.NEWLINE) {
          return take(i, true);
        }
      }
      scanned = end - start; // what is left moves to the front
      if (!fill()) {
        return take(end, false);
      }
    }
  }

  /** Whether the line that {@link #next} gave last ended with a newline. False only at the end of the file. */
  boolean terminated() {
    return terminated;
  }

  /** Place in the file of the line that {@link #next} gives next. */
  long offset() {
    return offset;
  }

  private byte[] take(int to, boolean withNewline) {
    byte[] line = Arrays.copyOfRange(buffer, start, to);
    terminated = withNewline;
    int taken = to - start + (withNewline ? 1 : 0);
    start += taken;
    offset += taken;
    return line;
  }

  /** Moves what is left to the front and reads on; false at the end of the file. */
  private boolean fill() throws IOException {
    System.arraycopy(buffer, start, buffer, 0, end - start);
    end -= start;
    start = 0;
    if (end == buffer.length) {
      buffer = Arrays.copyOf(buffer, buffer.length * 2);
    }
    int read = in.read(buffer, end, buffer.length - end);
    end += Math.max(read, 0);
    return read > 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
