package dev.toq.app.daemon;

import java.time.Duration;

/**
 * When a heartbeat is due on one connection, and when the peer counts as gone (specification section 8.4, A-68).
 *
 * <p>A reference peer that delivers takes whatever comes first for its acknowledgement, so no beat goes out on its
 * connection before the first acknowledgement. It never answers beats there either: a peer that never answered one is
 * alive while its own frames arrive.
 */
final class Heartbeat {
  private static final Duration SILENCE = Duration.ofSeconds(2);

  private final Ticker ticker;
  private final long interval;
  private final long timeout;
  private volatile boolean mayBeat;
  private volatile boolean everAnswered;
  private volatile long lastAnswer;
  private volatile long lastFrame;
  private long next;

  Heartbeat(Node node, boolean mayBeat) {
    this.ticker = node.ticker();
    this.interval = node.config().heartbeatInterval().toNanos();
    this.timeout = node.config().heartbeatTimeout().toNanos();
    this.mayBeat = mayBeat;
    long now = ticker.getAsLong();
    this.lastAnswer = now;
    this.lastFrame = now;
    this.next = now + interval;
  }

  /** An acknowledgement goes out: from now on a beat cannot be taken for one. */
  void mayBeat() {
    mayBeat = true;
  }

  /** Whether something that the peer has not asked for may go out: not before the first acknowledgement. */
  boolean maySpeak() {
    return mayBeat;
  }

  void peerIsAlive() {
    lastFrame = ticker.getAsLong();
  }

  /** Whether nothing has come for so long that nothing seems to be under way. */
  boolean isSilent() {
    return ticker.getAsLong() - lastFrame > SILENCE.toNanos();
  }

  void answered() {
    everAnswered = true;
    lastAnswer = ticker.getAsLong();
  }

  /** True once per interval. Asked by the answering thread only. */
  boolean isDue() {
    long now = ticker.getAsLong();
    if (!mayBeat || now - next < 0) {
      return false;
    }
    next = now + interval;
    return true;
  }

  /** We ourselves keep what the peer says waiting: no time of that is held against it. */
  void excuse() {
    long now = ticker.getAsLong();
    lastAnswer = now;
    lastFrame = now;
  }

  boolean isLost() {
    long lastSign = everAnswered ? lastAnswer : lastFrame;
    return ticker.getAsLong() - lastSign > timeout;
  }
}
