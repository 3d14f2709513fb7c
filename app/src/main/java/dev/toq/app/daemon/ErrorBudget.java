package dev.toq.app.daemon;

import java.time.Instant;
import java.time.InstantSource;

/** At most ten errors a second per connection, so that two faulty peers cannot keep each other busy. */
final class ErrorBudget {
  private static final int PER_SECOND = 10;

  private final InstantSource clock;
  private Instant windowEnds;
  private int left;

  ErrorBudget(InstantSource clock) {
    this.clock = clock;
    this.windowEnds = Instant.MIN;
  }

  /** Asked by the reader only. */
  boolean allowsOne() {
    Instant now = clock.instant();
    if (!now.isBefore(windowEnds)) {
      windowEnds = now.plusSeconds(1);
      left = PER_SECOND;
    }
    return left-- > 0;
  }
}
