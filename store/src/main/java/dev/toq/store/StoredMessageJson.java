package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue.Builder;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * How a received message is written: {@code id}, {@code type}, {@code from}, then {@code body}, {@code thread_id},
 * {@code reply_to} and {@code content_type} where there are any, then {@code timestamp}, the time of receipt (RFC 3339,
 * UTC). The API shows just these; the log adds {@code from_key}.
 */
public final class StoredMessageJson {
  /** Stands for the key where none is known: in lines that another program wrote. No peer can prove to own it. */
  public static final PublicKey UNKNOWN_KEY = PublicKey.ofBytes(new byte[32]);

  private static final String FROM_KEY = "from_key";
  private static final String CRC = "crc";

  private StoredMessageJson() {}

  /** The message as the API shows it. */
  public static JsonObject toJson(StoredMessage message) {
    return members(message).build();
  }

  /** The message as the log keeps it: one line without its checksum and its newline. */
  static byte[] toRecord(StoredMessage message) {
    return StrictJson.write(members(message).put(FROM_KEY, message.fromKey().toString()).build());
  }

  private static Builder members(StoredMessage message) {
    return JsonObject.builder()
        .put("id", message.id())
        .put("type", message.type())
        .put("from", message.from())
        .put("body", message.body())
        .putText("thread_id", message.threadId())
        .putText("reply_to", message.replyTo())
        .putText("content_type", message.contentType())
        .put("timestamp", message.receivedAt().toString());
  }

  /**
   * Reads what {@link #toRecord} wrote, or the same without {@code from_key}; members of other names are ignored.
   *
   * @throws JsonException where it is no such record; the message says why
   */
  static StoredMessage fromRecord(byte[] record) throws JsonException {
    if (StrictJson.parse(record) instanceof JsonObject object) {
      return fromJson(object);
    }
    throw new JsonException("not an object");
  }

  static StoredMessage fromJson(JsonObject object) throws JsonException {
    try {
      return new StoredMessage(
          required(object, "id"),
          required(object, "type"),
          required(object, "from"),
          object.members().containsKey(FROM_KEY) ? PublicKey.parse(required(object, FROM_KEY)) : UNKNOWN_KEY,
          object.get("body"),
          object.text("thread_id"),
          object.text("reply_to"),
          object.text("content_type"),
          DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(required(object, "timestamp"), Instant::from));
    } catch (DateTimeException | IllegalArgumentException unreadable) {
      throw new JsonException("not a stored message: " + unreadable.getMessage());
    }
  }

  /** Whether the object has a member that only our own lines have. */
  static boolean isOurs(JsonObject object) {
    return object.members().containsKey(FROM_KEY) || object.members().containsKey(CRC);
  }

  private static String required(JsonObject object, String name) throws JsonException {
    Optional<String> text = object.text(name);
    if (text.isEmpty()) {
      throw new JsonException("the text " + name + " is missing");
    }
    return text.get();
  }
}
