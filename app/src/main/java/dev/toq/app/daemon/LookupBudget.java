package dev.toq.app.daemon;

import dev.toq.app.admission.BySource;
import dev.toq.app.admission.Source;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many names each source may make us look up: {@link #AT_ONCE} at first, and one more in every
 * {@link #PAUSE}.
 */
final class LookupBudget {
  static final int AT_ONCE = 10;
  static final Duration PAUSE = Duration.ofSeconds(6);

  private final Ticker ticker;
  private final boolean countsLoopback;
  private final ReentrantLock lock = new ReentrantLock();
  /** When each source will have all of its budget back. */
  private final Map<Source, Long> whole = new BySource<>();

  LookupBudget(Ticker ticker, boolean countsLoopback) {
    this.ticker = ticker;
    this.countsLoopback = countsLoopback;
  }

  /** Takes one lookup; false where this source has none left. */
  boolean allows(InetAddress source) {
    if (source.isLoopbackAddress() && !countsLoopback) {
      return true;
    }
    Source from = Source.of(source);
    lock.lock();
    try {
      long now = ticker.getAsLong();
      long ahead = Math.max(0, whole.getOrDefault(from, now) - now);
      if (ahead > PAUSE.toNanos() * (AT_ONCE - 1)) {
        return false;
      }
      whole.put(from, now + ahead + PAUSE.toNanos());
      return true;
    } finally {
      lock.unlock();
    }
  }
}
