package dev.toq.app;

import dev.toq.app.daemon.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;

/** A clock that stands still until the test moves it. Whoever waits looks at it again and again. */
public final class ManualTicker implements Ticker {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final AtomicLong now = new AtomicLong(1);

  @Override
  public long getAsLong() {
    return now.get();
  }

  @Override
  public void await(Condition condition, long nanos) throws InterruptedException {
    condition.awaitNanos(Math.min(nanos, LOOK_NANOS));
  }

  /** Lets so much time pass. */
  public void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }
}
