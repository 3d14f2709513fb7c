package dev.toq.store;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Up to where a file beside a log tells what is in the log, and how to see later that it still is the same log.
 *
 * @param end everything before it was told
 * @param before the bytes of the log before that place, at most {@value #MAX_BYTES}
 */
record LogPlace(LogPosition end, byte[] before) {
  /** Before everything. */
  static final LogPlace START = new LogPlace(LogPosition.START, new byte[0]);

  private static final int MAX_BYTES = 64;

  /** Reads bytes of a log, as {@link LogWriter#read} does. */
  interface LogBytes {
    Optional<byte[]> read(LogPosition at, int bytes) throws IOException;
  }

  static LogPlace of(LogPosition end, LogBytes log) throws IOException {
    int length = (int) Math.min(MAX_BYTES, end.offset());
    LogPosition at = new LogPosition(end.segment(), end.offset() - length);
    return new LogPlace(end, log.read(at, length).orElseGet(() -> new byte[0]));
  }

  /** Whether the place still is what it was. */
  boolean fits(LogBytes log) throws IOException {
    if (before.length == 0) {
      return end.offset() == 0 && end.segment() == 1;
    }
    return log.read(new LogPosition(end.segment(), end.offset() - before.length), before.length)
        .filter(found -> Arrays.equals(found, before))
        .isPresent();
  }

  /** 4 bytes segment, 8 bytes offset, 4 bytes length of what stands before it, and that; highest byte first. */
  void writeTo(DataOutputStream data) throws IOException {
    data.writeInt(end.segment());
    data.writeLong(end.offset());
    data.writeInt(before.length);
    data.write(before);
  }

  static LogPlace readFrom(ByteBuffer in) {
    LogPosition end = new LogPosition(in.getInt(), in.getLong());
    return new LogPlace(end, SummedFile.take(in, in.getInt()));
  }
}
