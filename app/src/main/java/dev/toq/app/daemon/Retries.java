package dev.toq.app.daemon;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** When something is tried again (specification 12.3, A-19). */
final class Retries {
  /** A message goes out so often on live connections; then what became of it is unknown (R-12.3-02). */
  static final int MOST_TRANSMISSIONS = 6;

  /** A peer whose owner has to decide first is asked no more often. */
  static final Duration WHILE_PENDING = Duration.ofSeconds(60);

  private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(5);

  private Retries() {}

  /** The pause after the n-th transmission that was not acknowledged, from 1: 1, 2, 4, 8, 16 seconds. */
  static Duration afterTransmission(int transmission) {
    return Duration.ofSeconds(1L << Math.min(transmission - 1, 4));
  }

  /** The pause after the n-th connection lost in a row that carried the message: none, then 1, 2, 4, 8 seconds. */
  static Duration afterLoss(int transmission) {
    return transmission == 1 ? Duration.ZERO : afterTransmission(transmission - 1);
  }

  /**
   * The pause after the n-th attempt in a row that reached nobody: it doubles up to five minutes, and is never the
   * same.
   */
  static Duration afterFailedDial(int failures, RandomGenerator random) {
    long seconds = Math.min(1L << Math.min(failures - 1, 20), LONGEST_BACKOFF.toSeconds());
    return Duration.ofMillis((long) (seconds * 1000 * (0.5 + random.nextDouble() / 2)));
  }

  /** So that what waited over a restart does not all go out at once. */
  static Duration afterRestart(RandomGenerator random) {
    return Duration.ofMillis(random.nextInt(2_000));
  }
}
