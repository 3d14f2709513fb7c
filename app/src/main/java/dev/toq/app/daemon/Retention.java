package dev.toq.app.daemon;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps the outbox from growing for ever: once a day, while something is sent, what has long come to its end is
 * dropped. Any number of threads may use it.
 */
final class Retention {
  private static final Duration BETWEEN = Duration.ofDays(1);

  /** What is kept, and can be dropped. */
  interface Store {
    /** Drops what came to its end before; may take a while. */
    void dropBefore(Instant cutoff) throws IOException;
  }

  private final Store store;
  private final InstantSource clock;
  private final Ticker ticker;
  private final Duration kept;
  private final AtomicLong due;

  /** @param kept how long what has ended is kept; a day at least */
  Retention(Store store, InstantSource clock, Ticker ticker, Duration kept) {
    this.store = store;
    this.clock = clock;
    this.ticker = ticker;
    this.kept = kept.compareTo(BETWEEN) < 0 ? BETWEEN : kept;
    this.due = new AtomicLong(ticker.getAsLong());
  }

  /** Something was added: looks whether it is time to drop something. Does not wait for that. */
  void added() {
    long now = ticker.getAsLong();
    long then = due.get();
    if (now - then >= 0 && due.compareAndSet(then, now + BETWEEN.toNanos())) {
      Thread.ofVirtual().name("toq-retention").start(this::drop);
    }
  }

  private void drop() {
    try {
      store.dropBefore(clock.instant().minus(kept));
    } catch (IOException failed) {
      Journal.warn("old messages could not be dropped from the outbox: " + failed);
    }
  }
}
