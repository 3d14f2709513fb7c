package dev.toq.store;

import dev.toq.protocol.wire.JsonValue;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One message of a local caller to one recipient: what every transmission of it has in common.
 *
 * @param type the envelope's type as it is spelled on the wire
 * @param to every recipient's address, as the caller wrote them, at least one
 * @param ttl seconds from {@code createdAt}, at least 0, where the caller set one
 * @param body numbers keep their text
 * @param createdAt when it was accepted: the envelope's timestamp, whenever it is sent
 * @param expiresAt when this endpoint gives up
 */
public record OutboxMessage(
    OutboxKey key,
    String type,
    List<String> to,
    Optional<String> threadId,
    Optional<String> replyTo,
    Optional<String> contentType,
    Optional<String> priority,
    OptionalLong ttl,
    Optional<JsonValue> body,
    Instant createdAt,
    Instant expiresAt) {

  public OutboxMessage {
    to = List.copyOf(to);
    if (to.isEmpty() || key.recipient().isEmpty()) {
      throw new IllegalArgumentException("a message has a recipient");
    }
    if (ttl.isPresent() && ttl.getAsLong() < 0) {
      throw new IllegalArgumentException("a ttl is not negative");
    }
  }
}
