package dev.toq.app.torture;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waiting for what the daemon does in its own time. */
final class Waiting {
  private static final long LOOK_MILLIS = 10;

  private Waiting() {}

  /** Returns true as soon as the condition holds, false where it does not within this time. */
  static boolean until(Duration limit, Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    return true;
  }
}
