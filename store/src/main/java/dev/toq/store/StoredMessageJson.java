package dev.toq.store;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonText;
import dev.toq.protocol.wire.JsonValue.Builder;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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

  /**
   * So many containers may be nested in a message as it is written: a message that was joined from the parts of a
   * stream may be one deeper than an envelope is.
   */
  public static final int DEPTH = Spec.MAX_JSON_DEPTH + 1;

  private static final String FROM_KEY = "from_key";
  private static final String CRC = "crc";

  private static final JsonObject NOTHING_MORE = JsonObject.builder().build();
  private static final byte[] BODY = ",\"body\":".getBytes(StandardCharsets.US_ASCII);

  private StoredMessageJson() {}

  /** The message as the API shows it: an object in one line of UTF-8. */
  public static byte[] toJson(StoredMessage message) {
    return toJson(message, NOTHING_MORE);
  }

  /**
   * The message as the API shows it, with more to it.
   *
   * @param more members that follow its own
   */
  public static byte[] toJson(StoredMessage message, JsonObject more) {
    Builder before = JsonObject.builder()
        .put("id", message.id())
        .put("type", message.type())
        .put("from", message.from());
    Builder after = JsonObject.builder()
        .putText("thread_id", message.threadId())
        .putText("reply_to", message.replyTo())
        .putText("content_type", message.contentType())
        .put("timestamp", message.receivedAt().toString());
    more.members().forEach(after::put);
    return joined(StrictJson.write(before.build()), message, StrictJson.write(after.build()));
  }

  /** The message as the log keeps it: one line without its checksum and its newline. */
  static byte[] toRecord(StoredMessage message) {
    return toJson(message, JsonObject.builder().put(FROM_KEY, message.fromKey().toString()).build());
  }

  /** One object of the members of two, with the message's body in between: its text is not taken apart for that. */
  private static byte[] joined(byte[] before, StoredMessage message, byte[] after) {
    int bodyBytes = message.body().isPresent() ? BODY.length + message.bodyBytes() : 0;
    ByteBuffer joined = ByteBuffer.allocate(before.length + bodyBytes + after.length - 1);
    joined.put(before, 0, before.length - 1);
    message.body().ifPresent(body -> body.putInto(joined.put(BODY)));
    return joined.put((byte) ',').put(after, 1, after.length - 1).array();
  }

  /**
   * Reads what {@link #toRecord} wrote, or the same without {@code from_key}; members of other names are ignored.
   *
   * @throws JsonException where it is no such record; the message says why
   */
  static StoredMessage fromRecord(byte[] record) throws JsonException {
    if (StrictJson.parse(record, DEPTH) instanceof JsonObject object) {
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
          object.get("body").map(JsonText::of),
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
