package dev.toq.app.daemon;

import dev.toq.app.admission.Rate;
import java.time.Duration;
import java.util.Optional;

/**
 * How much one peer may send, and what it is told of that (specification 21, A-67, A-89): a pause while the queue of
 * all messages {@linkplain MessageQueue#presses presses}, and its end; and a pause where it comes near the number that
 * the owner set. Only a peer that sends is told. For the answering thread, save for {@link #allowsMessage}.
 */
final class Pressure {
  /** So long a peer pauses that does not hear from us again; {@code backpressure.clear} comes as soon as may be. */
  private static final Duration FOR_THE_QUEUE = Duration.ofSeconds(5);

  private static final Duration FOR_THE_RATE = Duration.ofSeconds(1);

  private final Ticker ticker;
  private final MessageQueue queue;
  private final Rate messages;
  private volatile long nearRateUntil;
  private long toldUntil;
  private boolean isPaused;

  /** @param perSecond messages that the peer may send a second; 0 is no limit */
  Pressure(Ticker ticker, MessageQueue queue, int perSecond) {
    this.ticker = ticker;
    this.queue = queue;
    this.messages = new Rate(ticker, perSecond);
    this.toldUntil = ticker.getAsLong();
    this.nearRateUntil = toldUntil;
  }

  /** Counts a message; false where the peer has sent as many in this second as it may (R-21.1-01). For the reader. */
  boolean allowsMessage() {
    boolean allowed = messages.allowsOne();
    if (messages.isNearlyUsed()) {
      nearRateUntil = ticker.getAsLong() + FOR_THE_RATE.toNanos(); // R-21.1-04: before anything is refused
    }
    return allowed;
  }

  /** The peer has sent a message: the pause to ask it for now, if any. */
  Optional<Duration> wanted() {
    long now = ticker.getAsLong();
    boolean presses = queue.presses();
    boolean isNearRate = now - nearRateUntil < 0;
    if (!presses && !isNearRate || now - toldUntil < 0) {
      return Optional.empty();
    }
    isPaused = presses;
    Duration pause = presses ? FOR_THE_QUEUE : FOR_THE_RATE;
    toldUntil = now + pause.toNanos();
    return Optional.of(pause);
  }

  /** True once when the queue has room again for a peer that was asked for a pause. */
  boolean isOver() {
    boolean over = isPaused && !queue.presses();
    if (over) {
      isPaused = false;
      toldUntil = ticker.getAsLong();
    }
    return over;
  }
}
