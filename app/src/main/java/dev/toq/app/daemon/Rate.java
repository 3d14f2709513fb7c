package dev.toq.app.daemon;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * At most so many of something a second. What the second before had counts for the part of it that a second back from
 * now would still see, so no second has many more than its number, wherever it begins. Any number of threads may use it.
 */
final class Rate {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Ticker ticker;
  private final int perSecond;
  private final ReentrantLock lock = new ReentrantLock();
  private long second;
  private int before;
  private int taken;

  /** @param perSecond 0 is no limit */
  Rate(Ticker ticker, int perSecond) {
    this.ticker = ticker;
    this.perSecond = perSecond;
    this.second = ticker.getAsLong();
  }

  /** Takes one; false where none is left. */
  boolean allowsOne() {
    if (perSecond == 0) {
      return true;
    }
    lock.lock();
    try {
      if (used(ticker.getAsLong()) >= perSecond) {
        return false;
      }
      taken++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Whether four fifths are taken. */
  boolean isNearlyUsed() {
    if (perSecond == 0) {
      return false;
    }
    lock.lock();
    try {
      return used(ticker.getAsLong()) >= perSecond * 0.8;
    } finally {
      lock.unlock();
    }
  }

  private double used(long now) {
    long passed = now - second;
    if (passed >= SECOND) {
      before = passed < 2 * SECOND ? taken : 0;
      taken = 0;
      second = passed < 2 * SECOND ? second + SECOND : now;
      passed = now - second;
    }
    return taken + before * (1 - (double) passed / SECOND);
  }
}
