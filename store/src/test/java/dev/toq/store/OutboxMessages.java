package dev.toq.store;

import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** Messages to send, for tests. */
final class OutboxMessages {
  static final Duration EXPIRY = Duration.ofDays(7);

  private OutboxMessages() {}

  static OutboxKey key(int recipient, int number) {
    return new OutboxKey(new UUID(0, number), "toq://lab.example/p" + recipient);
  }

  static OutboxMessage message(int recipient, int number, Instant now) {
    return message(key(recipient, number), "hello " + number, now);
  }

  static OutboxMessage message(OutboxKey key, String text, Instant now) {
    return new OutboxMessage(key, "message.send", List.of(key.recipient()), Optional.empty(), Optional.empty(),
        Optional.empty(), Optional.empty(), OptionalLong.empty(),
        Optional.of(JsonObject.builder().put("text", text).build()), now, now.plus(EXPIRY));
  }
}
