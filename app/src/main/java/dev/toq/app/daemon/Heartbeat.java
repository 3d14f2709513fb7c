package dev.toq.app.daemon;

import java.time.Duration;
import java.time.Instant;

/**
 * When a heartbeat is due on one connection, and when the peer counts as gone (specification section 8.4, A-68).
 *
 * <p>A reference peer that delivers takes whatever comes first for its acknowledgement, so no beat goes out on its
 * connection before the first acknowledgement. It never answers beats there either: a peer that never answered one is
 * alive while its own frames arrive.
 */
final class Heartbeat {
  private final Node node;
  private final Duration interval;
  private final Duration timeout;
  private volatile boolean mayBeat;
  private volatile boolean everAnswered;
  private volatile Instant lastAnswer;
  private volatile Instant lastFrame;
  private Instant next;

  Heartbeat(Node node, boolean mayBeat) {
    this.node = node;
    this.interval = node.config().heartbeatInterval();
    this.timeout = node.config().heartbeatTimeout();
    this.mayBeat = mayBeat;
    Instant now = node.clock().instant();
    this.lastAnswer = now;
    this.lastFrame = now;
    this.next = now.plus(interval);
  }

  /** An acknowledgement goes out: from now on a beat cannot be taken for one. */
  void mayBeat() {
    mayBeat = true;
  }

  void peerIsAlive() {
    lastFrame = node.clock().instant();
  }

  void answered() {
    everAnswered = true;
    lastAnswer = node.clock().instant();
  }

  /** True once per interval. Asked by the answering thread only. */
  boolean isDue() {
    Instant now = node.clock().instant();
    if (!mayBeat || now.isBefore(next)) {
      return false;
    }
    next = now.plus(interval);
    return true;
  }

  boolean isLost() {
    Instant lastSign = everAnswered ? lastAnswer : lastFrame;
    return node.clock().instant().isAfter(lastSign.plus(timeout));
  }
}
