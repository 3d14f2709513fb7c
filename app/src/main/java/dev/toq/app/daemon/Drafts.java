package dev.toq.app.daemon;

import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.Timestamps;
import dev.toq.protocol.identity.Address;
import dev.toq.store.OutboxMessage;
import java.util.Optional;

/** Envelopes from what the outbox holds: id, body and timestamp are those of every other transmission. */
final class Drafts {
  private Drafts() {}

  /**
   * The envelope without its sequence; empty where another program wrote something that is no message into the file.
   */
  static Optional<Envelope> of(OutboxMessage message, Address from) {
    Optional<MessageType> type = MessageType.ofWire(message.type());
    if (type.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Envelope(message.key().id(), type.get(), from, // R-12.3-03, R-9.5-01
          message.to().stream().map(Address::parse).toList(), 0, Timestamps.format(message.createdAt()),
          message.threadId(), message.replyTo(), message.priority(), message.contentType(), message.ttl(),
          Optional.empty(), Optional.empty(), message.body()));
    } catch (IllegalArgumentException notAnAddress) {
      return Optional.empty();
    }
  }
}
