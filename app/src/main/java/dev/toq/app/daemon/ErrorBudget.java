package dev.toq.app.daemon;

import java.util.concurrent.TimeUnit;

/** At most ten errors a second per connection, so that two faulty peers cannot keep each other busy. */
final class ErrorBudget {
  private static final int PER_SECOND = 10;

  private final Ticker ticker;
  private long windowEnds;
  private int left;

  ErrorBudget(Ticker ticker) {
    this.ticker = ticker;
    this.windowEnds = ticker.getAsLong();
  }

  /** Asked by the reader only. */
  boolean allowsOne() {
    long now = ticker.getAsLong();
    if (now - windowEnds >= 0) {
      windowEnds = now + TimeUnit.SECONDS.toNanos(1);
      left = PER_SECOND;
    }
    return left-- > 0;
  }
}
