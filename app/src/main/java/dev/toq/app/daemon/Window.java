package dev.toq.app.daemon;

import java.time.Duration;

/**
 * How much may be in flight on one connection: as much as is answered soon. It grows by one with each answer that comes
 * within a quarter of {@code ack_timeout}, and halves where one comes later, so that a message waits no longer than
 * that behind others, and one that goes unanswered stands out. Not safe for use by several threads.
 */
final class Window {
  private static final int FIRST = 32;
  private static final int MOST = 4096;
  private static final long MOST_BYTES = 16L << 20;

  private final long soonNanos;
  private int limit = FIRST;
  private int messages;
  private long bytes;
  private long lastHalved;

  Window(Duration ackTimeout) {
    this.soonNanos = ackTimeout.toNanos() / 4;
  }

  /** Whether one more message may go. One always may. */
  boolean hasRoom() {
    return messages == 0 || messages < limit && bytes < MOST_BYTES;
  }

  void sent() {
    messages++;
  }

  /** The message that was sent last has this size. */
  void weighs(int size) {
    bytes += size;
  }

  /** A message left without an answer of its own. */
  void left(int size) {
    messages--;
    bytes -= size;
  }

  /**
   * A message was answered.
   *
   * @param waitedNanos since it was written
   * @param now on the same clock
   */
  void answered(int size, long waitedNanos, long now) {
    left(size);
    if (waitedNanos <= soonNanos) {
      limit = Math.min(limit + 1, MOST);
    } else if (now - lastHalved > soonNanos) {
      limit = Math.max(limit / 2, 1);
      lastHalved = now;
    }
  }

  int limit() {
    return limit;
  }
}
