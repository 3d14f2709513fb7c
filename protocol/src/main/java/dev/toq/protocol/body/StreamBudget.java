package dev.toq.protocol.body;

import java.util.concurrent.atomic.AtomicLong;

/** The memory that all open streams of all connections may take together. Any number of threads may use it. */
public final class StreamBudget {
  private final AtomicLong free;

  /** @param bytes in total, estimated */
  public StreamBudget(long bytes) {
    this.free = new AtomicLong(bytes);
  }

  /** What is not taken, in bytes. */
  public long free() {
    return free.get();
  }

  /** Takes so many bytes if they are there. */
  boolean take(long bytes) {
    if (free.addAndGet(-bytes) >= 0) {
      return true;
    }
    free.addAndGet(bytes);
    return false;
  }

  void giveBack(long bytes) {
    free.addAndGet(bytes);
  }
}
