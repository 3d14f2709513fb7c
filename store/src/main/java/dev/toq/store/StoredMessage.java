package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonText;
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
    Optional<JsonText> body,
    Optional<String> threadId,
    Optional<String> replyTo,
    Optional<String> contentType,
    Instant receivedAt) {

  /** The size of its body in bytes: all that a peer can make large. */
  public int bodyBytes() {
    return body.map(JsonText::size).orElse(0);
  }
}
