package dev.toq.app.daemon;

import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What becomes of a connection when the same peer has another (R-8.7-01, A-47): no new message goes out on it, and a
 * little later it is closed, once nothing is under way on it. Where the other one dies first, this one stays as it was.
 */
final class Displacement {
  /** Two that were opened within this time count as opened at once. */
  static final Duration AT_ONCE = Duration.ofSeconds(5);

  private static final Duration GRACE = Duration.ofSeconds(1);
  private static final int JITTER_MILLIS = 500;

  private final Ticker ticker;
  private final RandomGenerator random;
  private volatile Optional<Session> other = Optional.empty();
  private volatile long due;

  Displacement(Ticker ticker, RandomGenerator random) {
    this.ticker = ticker;
    this.random = random;
  }

  /** Another connection of the peer takes this one's place. */
  void by(Session successor) {
    due = ticker.getAsLong() + GRACE.toNanos() + Duration.ofMillis(random.nextInt(JITTER_MILLIS)).toNanos();
    other = Optional.of(successor);
  }

  boolean isUnderWay() {
    return other.filter(Session::isOpen).isPresent();
  }

  /** Whether the connection may be closed now. */
  boolean isDue() {
    return isUnderWay() && ticker.getAsLong() - due >= 0;
  }
}
