package dev.toq.app.daemon;

import java.util.concurrent.locks.Condition;
import java.util.function.LongSupplier;

/**
 * The clock of everything that waits: nanoseconds from any origin, which never jump as the time of day may. A test puts
 * another in its place and lets hours pass in no time.
 */
@FunctionalInterface
public interface Ticker extends LongSupplier {
  /** The machine's. */
  Ticker SYSTEM = System::nanoTime;

  /** Waits for a signal, or until so much of this clock's time has passed; it may return earlier. */
  default void await(Condition condition, long nanos) throws InterruptedException {
    condition.awaitNanos(nanos);
  }
}
