package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue;
import java.time.Instant;
import java.util.Optional;

/**
 * One received message as the inbox keeps it and the API shows it.
 *
 * @param from the sender's address as text: other bridges have senders without a toq address
 * @param fromKey the key that signed it
 * @param receivedAt when this endpoint received it, not when the sender wrote it
 */
public record StoredMessage(
    String id,
    String type,
    String from,
    PublicKey fromKey,
    Optional<JsonValue> body,
    Optional<String> threadId,
    Optional<String> replyTo,
    Optional<String> contentType,
    Instant receivedAt) {}
