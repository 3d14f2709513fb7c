package dev.toq.app.api;

import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonText;
import dev.toq.protocol.wire.StrictJson;
import dev.toq.store.StoredMessage;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/** Received messages for tests. */
final class Messages {
  static final StoredMessage NOTE =
      of("note", "message.send", "toq://127.0.0.1:7/bob", "\"hello\"", "2026-11-24T12:00:00.500Z");

  private Messages() {}

  static StoredMessage of(String id, String type, String from, String body, String receivedAt) {
    return new StoredMessage(id, type, from, TinyAgent.KEY, Optional.of(json(body)), Optional.empty(),
        Optional.empty(), Optional.of("application/json"), Instant.parse(receivedAt));
  }

  static StoredMessage inThread(String id, String thread) {
    return new StoredMessage(id, "message.send", "toq://127.0.0.1:7/bob", TinyAgent.KEY, Optional.empty(),
        Optional.of(thread), Optional.empty(), Optional.empty(), Instant.parse("2026-11-24T12:00:00Z"));
  }

  static JsonText json(String text) {
    try {
      return JsonText.of(StrictJson.parse(text.getBytes(StandardCharsets.UTF_8)));
    } catch (JsonException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
