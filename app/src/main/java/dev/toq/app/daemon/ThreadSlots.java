package dev.toq.app.daemon;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The threads of one connection that have unfinished work: a message that is not stored yet, or an open stream. Only
 * these hold a slot, so nothing is left of a thread that is idle or closed, there is nothing to clean up, and
 * its next message begins it anew.
 */
final class ThreadSlots {
  /**
   * So long the reader waits for a slot that the disk will free, before a thread is refused. A small machine's disk may
   * pause for seconds; the peer is asked for a pause before this is over.
   */
  private static final Duration PATIENCE = MessageQueue.SLOW.multipliedBy(2);

  private final Ticker ticker;
  private final int limit;
  private final Supplier<Set<String>> streaming;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition freed = lock.newCondition();
  /** How many messages of a thread are not stored yet. */
  private final Map<String, Integer> storing = new HashMap<>();

  /** @param streaming the threads of the streams that are open now */
  ThreadSlots(Ticker ticker, int limit, Supplier<Set<String>> streaming) {
    this.ticker = ticker;
    this.limit = limit;
    this.streaming = streaming;
  }

  /**
   * Whether a new stream in this thread finds a slot, which it then holds while it is open.
   *
   * @param thread empty for what belongs to no thread: it needs no slot
   */
  boolean hasRoom(Optional<String> thread) {
    Set<String> streams = streaming.get();
    lock.lock();
    try {
      return thread.isEmpty() || isFree(thread.get(), streams);
    } finally {
      lock.unlock();
    }
  }

  /** Takes in a message of this thread, until {@link #stored}; false where all slots are held by other threads. */
  boolean enter(Optional<String> thread) {
    if (thread.isEmpty()) {
      return true;
    }
    Set<String> streams = streaming.get();
    lock.lock();
    try {
      long deadline = ticker.getAsLong() + PATIENCE.toNanos();
      while (!isFree(thread.get(), streams)) {
        long left = deadline - ticker.getAsLong();
        if (storing.isEmpty() || left <= 0) {
          return false;
        }
        ticker.await(freed, left);
      }
      storing.merge(thread.get(), 1, Integer::sum);
      return true;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  private boolean isFree(String thread, Set<String> streams) {
    if (storing.containsKey(thread) || streams.contains(thread)) {
      return true;
    }
    long streamingOnly = streams.stream().filter(other -> !storing.containsKey(other)).count();
    return storing.size() + streamingOnly < limit;
  }

  /** A message that was taken in is stored, or could not be. */
  void stored(Optional<String> thread) {
    if (thread.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      // R-10.5-01, R-10.5-02, R-10.6-02: an idle thread holds nothing
      storing.computeIfPresent(thread.get(), (unused, count) -> count == 1 ? null : count - 1);
      freed.signal();
    } finally {
      lock.unlock();
    }
  }
}
