package dev.toq.protocol.wire;

import dev.toq.protocol.Spec;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Reads frames (specification section 5.3, for every envelope too: A-25). It knows framing only.
 *
 * <pre>
 *   0                   4                    4 + length
 *   +---------+---------+--------------------+
 *   | length, uint32 BE | payload, UTF-8 JSON|
 *   +---------+---------+--------------------+
 * </pre>
 */
public final class FrameReader {
  /**
   * Memory is taken for what has arrived, never for what a length field claims: this much at first, which most frames
   * fit in, then as much again as has arrived.
   */
  private static final int FIRST_STEP_BYTES = 4 * 1024;

  /** Bytes that are thrown away at a time. */
  private static final int DRAIN_BYTES = 8 * 1024;

  /** Told when a frame begins and when it is complete, so that a deadline can guard it. */
  public interface Progress {
    /** The first byte of a frame has arrived, or a long one had to wait for memory and goes on now. */
    void started();

    /** The frame is complete, or was skipped. */
    void finished();
  }

  private static final Progress UNOBSERVED = new Progress() {
    @Override
    public void started() {}

    @Override
    public void finished() {}
  };

  private final InputStream in;
  private final Progress progress;
  private final FrameBudget budget;
  private final byte[] header = new byte[Integer.BYTES];
  /** What the last frame took of the budget. */
  private int heldBytes;
  private int heldValues;
  private volatile boolean waits;

  public FrameReader(InputStream in) {
    this(in, UNOBSERVED, FrameBudget.NONE);
  }

  public FrameReader(InputStream in, Progress progress, FrameBudget budget) {
    this.in = in;
    this.progress = progress;
    this.budget = budget;
  }

  /**
   * Reads the next frame. Waits where the frames of all connections take as much memory as they may: of this one's
   * until {@link #done}.
   *
   * @param limit largest payload in bytes, inclusive
   * @return the payload, never empty
   * @throws EndOfFramesException where the stream ends before a frame begins
   * @throws EOFException where it ends inside a frame
   * @throws FrameException where the length is 0 or above the limit; {@link FrameException#closes()} says whether
   *     another frame can be read
   */
  public byte[] read(int limit) throws IOException {
    byte[] payload = read(limit, (long) limit * Spec.DRAIN_FACTOR, true);
    mayBecome(payload.length);
    return payload;
  }

  /** The frame that was read last may become as much JSON in clear; waits where there is no memory for that now. */
  public void mayBecome(long textBytes) {
    int units = textBytes <= FrameBudget.FEW_BYTES ? 0 : budget.values().units(textBytes * FrameBudget.HEAP_PER_BYTE);
    if (units > heldValues) {
      budget.values().giveBack(heldValues); // so that nobody waits while he has some
      heldValues = 0;
      take(budget.values(), units);
      heldValues = units;
    }
  }

  private void take(FrameBudget.Part part, int units) {
    waits = true;
    try {
      part.take(units);
    } finally {
      waits = false;
    }
  }

  /** Whether a frame that has come waits for memory. For any thread. */
  public boolean isWaiting() {
    return waits;
  }

  /** The frame that was read last is handled, and takes no memory any more. */
  public void done() {
    if (heldBytes + heldValues > 0) {
      budget.bytes().giveBack(heldBytes);
      budget.values().giveBack(heldValues);
      heldBytes = 0;
      heldValues = 0;
    }
  }

  /**
   * As {@link #read}, but nothing of a longer frame is read, and memory is not counted: for the small frames that come
   * before an envelope may be answered.
   */
  public byte[] readUnskipping(int limit) throws IOException {
    return read(limit, limit, false);
  }

  private byte[] read(int limit, long mostSkipped, boolean counted) throws IOException {
    long length = length();
    if (length == 0) {
      progress.finished();
      throw new FrameException(FrameException.Kind.EMPTY, "a frame of length 0");
    }
    if (length > mostSkipped) {
      throw new FrameException(
          FrameException.Kind.TOO_LARGE, "a frame of " + length + " bytes; the limit is " + limit); // R-4.6-04, A-26
    }
    if (length > limit) {
      drain(length);
      progress.finished();
      throw new FrameException(
          FrameException.Kind.TOO_LARGE_SKIPPED, "a frame of " + length + " bytes; the limit is " + limit);
    }
    byte[] payload = payload((int) length, counted);
    progress.finished();
    return payload;
  }

  /** Reads exactly {@code count} bytes that are no frame: the magic bytes. */
  public byte[] readRaw(int count) throws IOException {
    return payload(count, false);
  }

  private byte[] payload(int length, boolean counted) throws IOException {
    byte[] payload = new byte[Math.min(length, FIRST_STEP_BYTES)];
    int have = 0;
    while (have < length) {
      if (have == payload.length) {
        if (counted && heldBytes == 0 && have >= FrameBudget.LONG_BYTES) { // not for a claim that nobody pays for
          int units = budget.bytes().units(length);
          progress.finished(); // what the wait for others takes is not the peer's
          take(budget.bytes(), units);
          heldBytes = units;
          progress.started();
        }
        payload = Arrays.copyOf(payload, (int) Math.min(length, 2L * payload.length));
      }
      int read = in.read(payload, have, payload.length - have);
      if (read < 0) {
        throw new EOFException("the stream ended " + (length - have) + " bytes before the end of a frame");
      }
      have += read;
    }
    return payload;
  }

  private void drain(long length) throws IOException {
    byte[] scratch = new byte[DRAIN_BYTES];
    long left = length;
    while (left > 0) {
      int read = in.read(scratch, 0, (int) Math.min(left, scratch.length));
      if (read < 0) {
        throw new EOFException("the stream ended " + left + " bytes before the end of a frame");
      }
      left -= read;
    }
  }

  private long length() throws IOException {
    int first = in.read();
    if (first < 0) {
      throw new EndOfFramesException();
    }
    progress.started();
    header[0] = (byte) first;
    for (int have = 1; have < header.length; ) {
      int read = in.read(header, have, header.length - have);
      if (read < 0) {
        throw new EOFException("the stream ended inside the length of a frame");
      }
      have += read;
    }
    return Integer.toUnsignedLong(ByteBuffer.wrap(header).getInt());
  }
}
