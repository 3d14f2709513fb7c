package dev.toq.app.daemon;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The messages of all peers that were taken and are not stored yet, as {@code max_message_queue} bounds them
 * (R-21.3-01, A-10), and whether peers have to be asked for a pause. Any number of threads may use it.
 *
 * <p>The queue presses when it is filled to four fifths, or when nothing has left it for {@link #SLOW}, as with a disk
 * that does not answer; and no more when it is half empty and something has left.
 */
final class MessageQueue {
  /** A quarter of the specification's {@code ack_timeout}: peers hear of it before they send again. */
  static final Duration SLOW = Duration.ofMillis(2_500);

  private final Ticker ticker;
  private final int limit;
  private final AtomicInteger waiting = new AtomicInteger();
  /** When one left, or came into the empty queue. */
  private volatile long lastMove;
  private volatile boolean presses;

  MessageQueue(Ticker ticker, int limit) {
    this.ticker = ticker;
    this.limit = limit;
  }

  /** Takes one in; false where there is no room. */
  boolean enter() {
    int before = waiting.getAndUpdate(count -> Math.min(count + 1, limit));
    if (before == 0) {
      lastMove = ticker.getAsLong();
    }
    return before < limit;
  }

  /** One that was taken in is stored, or could not be. */
  void leave() {
    waiting.decrementAndGet();
    lastMove = ticker.getAsLong();
  }

  /** Whether peers should send no more for now. */
  boolean presses() {
    int count = waiting.get();
    boolean isStuck = count > 0 && ticker.getAsLong() - lastMove > SLOW.toNanos();
    if (isStuck || count * 5L >= limit * 4L) {
      presses = true;
    } else if (count * 2L <= limit) {
      presses = false;
    }
    return presses;
  }
}
