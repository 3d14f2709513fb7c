package dev.toq.store;

import java.time.Instant;
import java.util.Optional;

/**
 * What is known of one message in the outbox, without its content.
 *
 * @param createdAt when it was accepted
 * @param expiresAt when this endpoint gives up
 * @param bytes what it takes in the outbox
 * @param sent the last transmission, also after the end; empty where there was none
 */
public record OutboxEntry(
    OutboxKey key,
    Instant createdAt,
    Instant expiresAt,
    int bytes,
    Optional<OutboxState.Sent> sent,
    OutboxState state) {

  /** How often it was sent. */
  public int transmissions() {
    return sent.map(OutboxState.Sent::transmissions).orElse(0);
  }

  /** Whether it has come to its end. */
  public boolean isFinished() {
    return state instanceof OutboxState.Final;
  }
}
