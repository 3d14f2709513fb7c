package dev.toq.app.torture;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** The system's clock, set forward or back. */
final class JumpingClock implements InstantSource {
  private volatile Duration ahead = Duration.ZERO;

  @Override
  public Instant instant() {
    return Instant.now().plus(ahead);
  }

  /** From now on it is ahead of the system's by so much; behind where it is negative. */
  void setAhead(Duration time) {
    ahead = time;
  }
}
