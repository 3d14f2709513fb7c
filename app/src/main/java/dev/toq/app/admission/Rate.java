package dev.toq.app.admission;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * At most so many of something a second. What the second before had counts for the part of it that a second back from
 * now would still see, so no second has many more than its number, wherever it begins. Any number of threads may use
 * it.
 */
public final class Rate {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final LongSupplier nanoTime;
  private final int perSecond;
  private final ReentrantLock lock = new ReentrantLock();
  private long second;
  private int before;
  private int taken;

  /**
   * Begins with none taken.
   *
   * @param nanoTime counts as {@link System#nanoTime}
   * @param perSecond 0 is no limit
   */
  public Rate(LongSupplier nanoTime, int perSecond) {
    this.nanoTime = nanoTime;
    this.perSecond = perSecond;
    this.second = nanoTime.getAsLong();
  }

  /** Takes one; false where none is left. */
  public boolean allowsOne() {
    if (perSecond == 0) {
      return true;
    }
    lock.lock();
    try {
      if (used(nanoTime.getAsLong()) >= perSecond) {
        return false;
      }
      taken++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Whether four fifths are taken. */
  public boolean isNearlyUsed() {
    if (perSecond == 0) {
      return false;
    }
    lock.lock();
    try {
      return used(nanoTime.getAsLong()) >= perSecond * 0.8;
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
