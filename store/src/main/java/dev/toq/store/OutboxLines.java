package dev.toq.store;

import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.Builder;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictJson;
import dev.toq.store.OutboxState.Accepted;
import dev.toq.store.OutboxState.Acked;
import dev.toq.store.OutboxState.Cancelled;
import dev.toq.store.OutboxState.Expired;
import dev.toq.store.OutboxState.Failed;
import dev.toq.store.OutboxState.Refused;
import dev.toq.store.OutboxState.Sent;
import dev.toq.store.OutboxState.Unknown;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** The two kinds of line in an outbox: a message, and what became of one. {@link OutboxFile} shows them. */
sealed interface OutboxLines {
  OutboxKey key();

  /** A message that was accepted. */
  record Message(OutboxMessage message) implements OutboxLines {
    @Override
    public OutboxKey key() {
      return message.key();
    }
  }

  /** What opening has to know of a message. */
  record Head(OutboxKey key, Instant createdAt, Instant expiresAt) implements OutboxLines {}

  /**
   * What a message has come to.
   *
   * @param sent its last transmission
   */
  record State(OutboxKey key, Optional<Sent> sent, OutboxState state) implements OutboxLines {}

  /** A line with seal and newline. */
  static byte[] line(OutboxMessage message) {
    Builder record = start(message.key())
        .put("type", message.type())
        .put("to", JsonArray.ofTexts(message.to()))
        .putText("thread_id", message.threadId())
        .putText("reply_to", message.replyTo())
        .putText("content_type", message.contentType())
        .putText("priority", message.priority());
    message.ttl().ifPresent(seconds -> record.put("ttl", seconds));
    return sealed(record
        .put("body", message.body())
        .put("created_at", message.createdAt().toString())
        .put("expires_at", message.expiresAt().toString()));
  }

  /** A line with seal and newline. */
  static byte[] line(OutboxKey key, Optional<Sent> sent, OutboxState state) {
    Builder record = start(key).put("state", state.word()).put("at", state.at().toString());
    sent.ifPresent(last -> record.put("transmissions", last.transmissions()).put("sent_at", last.at().toString()));
    if (state instanceof Refused refused) {
      record.put("code", refused.code()).put("text", refused.text());
    } else if (state instanceof Failed failed) {
      record.put("reason", failed.reason());
    }
    return sealed(record);
  }

  private static Builder start(OutboxKey key) {
    return JsonObject.builder().put("id", key.id().toString()).put("recipient", key.recipient());
  }

  private static byte[] sealed(Builder record) {
    return SealedLine.seal(StrictJson.write(record.build()));
  }

  /** As {@link #read}, but of a message only the {@link Head}. The line has a seal that fits. */
  static Optional<OutboxLines> summary(byte[] line) {
    Optional<OutboxLines> byForm = OutboxForm.read(line);
    return byForm.isPresent()
        ? byForm
        : read(line).map(read -> read instanceof Message(OutboxMessage message)
            ? new Head(message.key(), message.createdAt(), message.expiresAt())
            : read);
  }

  /** What a line without its newline says, a {@link Message} or a {@link State}; empty where it is no such line. */
  static Optional<OutboxLines> read(byte[] line) {
    try {
      if (!(StrictJson.parse(line) instanceof JsonObject object)) {
        return Optional.empty();
      }
      OutboxKey key = new OutboxKey(UUID.fromString(text(object, "id")), text(object, "recipient"));
      return Optional.of(object.members().containsKey("state") ? state(key, object) : message(key, object));
    } catch (JsonException | DateTimeException | IllegalArgumentException | ArithmeticException none) {
      return Optional.empty();
    }
  }

  private static OutboxLines message(OutboxKey key, JsonObject object) throws JsonException {
    Optional<JsonValue> ttl = object.get("ttl");
    return new Message(new OutboxMessage(key, text(object, "type"), texts(object, "to"),
        object.text("thread_id"), object.text("reply_to"), object.text("content_type"), object.text("priority"),
        ttl.isPresent() ? OptionalLong.of(whole(object, "ttl")) : OptionalLong.empty(),
        Optional.ofNullable(object.members().get("body")),
        time(object, "created_at"), time(object, "expires_at")));
  }

  private static OutboxLines state(OutboxKey key, JsonObject object) throws JsonException {
    Optional<Sent> sent = object.members().containsKey("transmissions")
        ? Optional.of(new Sent(time(object, "sent_at"), Math.toIntExact(whole(object, "transmissions"))))
        : Optional.empty();
    Instant at = time(object, "at");
    OutboxState state = switch (text(object, "state")) {
      case "refused" -> new Refused(at, text(object, "code"), text(object, "text"));
      case "failed" -> new Failed(at, text(object, "reason"));
      case String word -> wordless(word, at, sent)
          .orElseThrow(() -> new IllegalArgumentException("no state is called " + word));
    };
    return new State(key, sent, state);
  }

  /** The state of this name, where it is one to which nothing was said. */
  static Optional<OutboxState> wordless(String word, Instant at, Optional<Sent> sent) {
    return switch (word) {
      case "accepted" -> Optional.of(new Accepted(at));
      case "sent" -> sent.map(last -> new Sent(at, last.transmissions()));
      case "acked" -> Optional.of(new Acked(at));
      case "expired" -> Optional.of(new Expired(at));
      case "unknown" -> Optional.of(new Unknown(at));
      case "cancelled" -> Optional.of(new Cancelled(at));
      case String other -> Optional.empty();
    };
  }

  private static String text(JsonObject object, String name) throws JsonException {
    Optional<String> text = object.text(name);
    if (text.isEmpty()) {
      throw new JsonException("the text " + name + " is missing");
    }
    return text.get();
  }

  private static List<String> texts(JsonObject object, String name) throws JsonException {
    List<String> texts = new ArrayList<>();
    if (object.members().get(name) instanceof JsonArray(List<JsonValue> items)) {
      for (JsonValue item : items) {
        if (!(item instanceof JsonString(String text))) {
          throw new JsonException(name + " holds something else than texts");
        }
        texts.add(text);
      }
    }
    return texts;
  }

  private static Instant time(JsonObject object, String name) throws JsonException {
    return Instant.parse(text(object, name));
  }

  private static long whole(JsonObject object, String name) throws JsonException {
    if (object.members().get(name) instanceof JsonNumber(String text)) {
      return Long.parseLong(text);
    }
    throw new JsonException("the number " + name + " is missing");
  }
}
