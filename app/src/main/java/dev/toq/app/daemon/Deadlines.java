package dev.toq.app.daemon;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Deadlines for everything that waits for a peer. One platform thread sweeps all of them; setting and clearing one is a
 * volatile write, so a deadline may stand around every frame, every write and every wait for a message. A timed wait
 * of a virtual thread would wake the runtime's timer thread twice, each time, however seldom its time runs out.
 *
 * <p>Contract: the action runs at most {@link #SWEEP} after its deadline, on the sweeping thread, and must not block;
 * closing a TCP socket is what it is for.
 */
public final class Deadlines implements AutoCloseable {
  static final Duration SWEEP = Duration.ofMillis(200);
  private static final long NEVER = Long.MAX_VALUE;

  private final Set<Deadline> all = ConcurrentHashMap.newKeySet();
  private final LongSupplier nanoTime;
  private final long origin;
  private final ScheduledExecutorService sweeper =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().name("toq-deadlines").daemon().factory());

  /** Starts sweeping. {@code nanoTime} counts as {@link System#nanoTime}. */
  public Deadlines(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.origin = nanoTime.getAsLong();
    sweeper.scheduleWithFixedDelay(this::sweep, SWEEP.toNanos(), SWEEP.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** A deadline that is not set yet. Closing it forgets it. */
  public Deadline create(Runnable onExpiry) {
    Deadline deadline = new Deadline(onExpiry);
    all.add(deadline);
    return deadline;
  }

  /**
   * What this future comes to, waited for at most so long (and {@link #SWEEP}); the future itself is left alone.
   *
   * @throws TimeoutException where it has come to nothing by then
   */
  <T> T await(CompletableFuture<T> future, Duration limit)
      throws InterruptedException, ExecutionException, TimeoutException {
    if (future.isDone()) {
      return future.get();
    }
    CompletableFuture<T> waited = future.copy();
    try (Deadline deadline = create(() -> waited.completeExceptionally(new TimeoutException()))) {
      deadline.in(limit);
      return waited.get();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof TimeoutException late) {
        throw late;
      }
      throw failed;
    }
  }

  /** Runs every action whose deadline has passed; each once. */
  void sweep() {
    long now = elapsed();
    for (Deadline deadline : all) {
      if (deadline.at <= now) {
        deadline.at = NEVER;
        try {
          deadline.onExpiry.run(); // R-5.7-02
        } catch (RuntimeException fault) { // costs this deadline, and no other
          Journal.bug("a deadline", fault);
        }
      }
    }
  }

  private long elapsed() {
    return nanoTime.getAsLong() - origin;
  }

  @Override
  public void close() {
    sweeper.shutdownNow();
  }

  /** One deadline, set by the thread that waits and read by the sweeper. */
  public final class Deadline implements AutoCloseable {
    private final Runnable onExpiry;
    private volatile long at = NEVER;

    private Deadline(Runnable onExpiry) {
      this.onExpiry = onExpiry;
    }

    public void in(Duration time) {
      at = elapsed() + time.toNanos();
    }

    /** Sets it to a time of the clock, in its nanoseconds. */
    void at(long nanoTime) {
      at = nanoTime - origin;
    }

    public void clear() {
      at = NEVER;
    }

    public boolean isSet() {
      return at != NEVER;
    }

    @Override
    public void close() {
      clear();
      all.remove(this);
    }
  }
}
