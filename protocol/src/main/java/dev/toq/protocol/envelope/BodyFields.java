package dev.toq.protocol.envelope;

import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * The body fields that each type needs (specification sections 9.2 to 9.8). A missing or malformed one is an
 * {@code invalid_envelope}, because the header was sound. Fields that no rule names are not looked at. A body of
 * content that is compressed or encrypted is one string, whatever it holds; its fields are asked for in clear.
 */
final class BodyFields {
  private BodyFields() {}

  static void require(Envelope envelope) throws ProtocolException {
    if (envelope.type().carriesContent() && envelope.isEncoded()) {
      requireEncoded(envelope);
      return;
    }
    switch (envelope.type()) {
      case MESSAGE_ACK -> ackId(envelope); // R-9.5-02
      case MESSAGE_CANCEL -> text(envelope, "cancel_id"); // R-9.5-06
      case STREAM_CHUNK -> { // R-9.6-01
        text(envelope, "stream_id");
        requireData(envelope);
      }
      case STREAM_END -> text(envelope, "stream_id"); // R-9.6-03
      case THREAD_CLOSE -> requireHeader(envelope.threadId(), "thread_id");
      case HEARTBEAT_ACK -> requireHeader(envelope.replyTo(), "reply_to"); // R-9.7-02
      case BACKPRESSURE -> retryAfterSeconds(envelope); // R-9.7-03
      case ERROR -> { // R-9.7-05
        text(envelope, "code");
        anyText(envelope, "message");
      }
      case KEY_ROTATION -> { // R-9.7-07
        text(envelope, "new_public_key");
        text(envelope, "rotation_proof");
      }
      case KEY_ROTATION_ACK -> requireAccepted(envelope); // R-9.7-08
      case MESSAGE_SEND, HEARTBEAT, BACKPRESSURE_CLEAR, SESSION_DISCONNECT -> { } // no field is asked for
      // The bodies of setup are read where the session uses them.
      case HANDSHAKE_INIT, HANDSHAKE_RESPONSE, HANDSHAKE_REJECT, NEGOTIATE_REQUEST, NEGOTIATE_RESPONSE,
          NEGOTIATE_REJECT, SESSION_RESUME, APPROVAL_REQUEST, APPROVAL_GRANTED, APPROVAL_DENIED, CARD_EXCHANGE -> { }
    }
  }

  static UUID ackId(Envelope envelope) throws ProtocolException {
    return EnvelopeFields.uuid(text(envelope, "ack_id")).orElseThrow(() -> wrong(envelope, "ack_id"));
  }

  /** A negative or fractional number is malformed; one that is too large is cut by its reader. */
  static long retryAfterSeconds(Envelope envelope) throws ProtocolException {
    if (!(member(envelope, "retry_after").orElse(JsonValue.JsonNull.NULL) instanceof JsonNumber(String text))
        || !EnvelopeFields.isDigits(text)) {
      throw wrong(envelope, "retry_after");
    }
    return EnvelopeFields.upTo(text, Long.MAX_VALUE).orElse(Long.MAX_VALUE);
  }

  /** A non-empty text of at most 1024 bytes. */
  static String text(Envelope envelope, String name) throws ProtocolException {
    String text = anyText(envelope, name);
    if (text.isEmpty() || text.getBytes(StandardCharsets.UTF_8).length > EnvelopeFields.MAX_TEXT_BYTES) {
      throw wrong(envelope, name);
    }
    return text;
  }

  private static String anyText(Envelope envelope, String name) throws ProtocolException {
    return envelope.body().flatMap(body -> body instanceof JsonObject object ? object.text(name) : Optional.empty())
        .orElseThrow(() -> wrong(envelope, name));
  }

  private static void requireData(Envelope envelope) throws ProtocolException {
    if (member(envelope, "data").isEmpty()) {
      throw wrong(envelope, "data");
    }
  }

  private static void requireEncoded(Envelope envelope) throws ProtocolException {
    if (!(envelope.body().orElse(JsonValue.JsonNull.NULL) instanceof JsonString)) {
      throw EnvelopeFields.invalid("A compressed or encrypted body is a string of base64; this one is none.");
    }
    if (envelope.type() == MessageType.THREAD_CLOSE) {
      requireHeader(envelope.threadId(), "thread_id");
    }
  }

  private static void requireAccepted(Envelope envelope) throws ProtocolException {
    if (!(member(envelope, "accepted").orElse(JsonValue.JsonNull.NULL) instanceof JsonBoolean)) {
      throw wrong(envelope, "accepted");
    }
  }

  private static void requireHeader(Optional<String> value, String name) throws ProtocolException {
    if (value.isEmpty()) {
      throw EnvelopeFields.invalid("This type needs the field '" + name + "'.");
    }
  }

  static Optional<JsonValue> member(Envelope envelope, String name) {
    return envelope.body().flatMap(body -> body instanceof JsonObject object ? object.get(name) : Optional.empty());
  }

  private static ProtocolException wrong(Envelope envelope, String name) {
    return EnvelopeFields.invalid(
        "The body of " + envelope.type().wire() + " has no sound field '" + name + "'.");
  }
}
