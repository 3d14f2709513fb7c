package dev.toq.app.daemon;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Gathers what is written, so that many small envelopes leave in one TLS record and one system call. It is as large as
 * what was gathered lately, because most of a daemon's connections rest most of the time: with ten thousand of them, 16
 * KiB each would be more than its whole memory. One thread at a time uses it.
 */
final class OutputBuffer extends OutputStream {
  /** One TLS record: room for some dozens of acknowledgements. */
  static final int MOST_BYTES = 16 * 1024;

  private static final int LEAST_BYTES = 512;

  private final OutputStream out;
  private byte[] bytes = new byte[LEAST_BYTES];
  private int length;

  OutputBuffer(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int single) throws IOException {
    write(new byte[] {(byte) single}, 0, 1);
  }

  @Override
  public void write(byte[] from, int offset, int count) throws IOException {
    if (length + count > MOST_BYTES) {
      drain();
    }
    if (count > MOST_BYTES) {
      out.write(from, offset, count);
      return;
    }
    if (length + count > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.clamp(2L * bytes.length, length + count, MOST_BYTES));
    }
    System.arraycopy(from, offset, bytes, length, count);
    length += count;
  }

  /** Writes what was gathered, and shrinks where that was little. */
  @Override
  public void flush() throws IOException {
    int gathered = length;
    drain();
    out.flush();
    if (gathered < bytes.length / 4 && bytes.length > LEAST_BYTES) {
      bytes = new byte[bytes.length / 2];
    }
  }

  private void drain() throws IOException {
    out.write(bytes, 0, length);
    length = 0;
  }

  /** How much it takes now, in bytes. */
  int capacity() {
    return bytes.length;
  }
}
