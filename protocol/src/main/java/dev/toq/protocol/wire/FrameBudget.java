package dev.toq.protocol.wire;

import java.util.concurrent.Semaphore;

/**
 * The memory that the frames of all connections may take together: their bytes while they are read, and the values that
 * become of them until they are handled. A value may take {@value #HEAP_PER_BYTE} times the memory of its text, as in
 * {@code [0,0,0…]}, so frames count with what they may become. Who finds nothing left waits.
 *
 * <p>Frames up to {@value #LONG_BYTES} bytes are not counted while they are read, nor values up to {@value #FEW_BYTES}
 * bytes of text: the number of connections bounds those. A frame for which all would not be enough takes all, and is
 * alone. It takes either thing at once and not bit by bit, the values after the bytes, so that no two frames wait for
 * each other. Any number of threads may use it.
 */
public final class FrameBudget {
  static final int LONG_BYTES = 64 * 1024;
  static final int FEW_BYTES = 4 * 1024;
  static final int HEAP_PER_BYTE = 36;

  /** Counts nothing. */
  static final FrameBudget NONE = new FrameBudget(0, 0);

  private static final int UNIT_BYTES = 4 * 1024;

  private final Part bytes;
  private final Part values;

  /**
   * @param bytes of frames, in total; 0 is no limit
   * @param values bytes of heap that values may take, in total; 0 is no limit
   */
  public FrameBudget(int bytes, int values) {
    this.bytes = new Part(bytes);
    this.values = new Part(values);
  }

  /** What there is of one thing. */
  static final class Part {
    private final int all;
    private final Semaphore free;

    private Part(int bytes) {
      this.all = bytes / UNIT_BYTES;
      this.free = new Semaphore(all, true);
    }

    /** What so many bytes take: at most all, which is nothing where there is no limit. */
    int units(long size) {
      return (int) Math.min((size + UNIT_BYTES - 1) / UNIT_BYTES, all);
    }

    void take(int units) {
      free.acquireUninterruptibly(units);
    }

    void giveBack(int units) {
      free.release(units);
    }
  }

  /** For the bytes of frames. */
  Part bytes() {
    return bytes;
  }

  /** For their values. */
  Part values() {
    return values;
  }
}
