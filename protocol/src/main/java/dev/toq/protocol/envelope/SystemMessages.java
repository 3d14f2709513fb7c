package dev.toq.protocol.envelope;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.PeerText;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The envelopes that the protocol itself sends (specification sections 9.3 to 9.7), and the readers of their bodies.
 * Readers take envelopes that {@link EnvelopeCheck} has accepted.
 */
public final class SystemMessages {
  /** The member of {@code features} that says: an acknowledgement may name several messages. Not in version 0.1. */
  public static final String SHARED_ACKS = "shared_acks";

  /** So many messages at most share an acknowledgement, which then has about a kilobyte. */
  public static final int MOST_IN_ACK = 16;

  private static final String MORE_ACK_IDS = "more_ack_ids";

  private static final Duration MIN_RETRY_AFTER = Duration.ofSeconds(1);

  private static final Duration MAX_RETRY_AFTER = Duration.ofSeconds(60);

  private SystemMessages() {}

  /**
   * What every envelope has.
   *
   * @param id a fresh UUID of version 4
   * @param sequence the next one of this connection and direction
   */
  public record Stamp(UUID id, Address from, Address to, long sequence, Instant timestamp) {
    /** An envelope of this type with nothing else in it. */
    public Envelope envelope(MessageType type) {
      return Envelope.of(id, type, from, List.of(to), sequence, Timestamps.format(timestamp));
    }
  }

  /**
   * A {@code system.error} from the peer; its texts are escaped and cut.
   *
   * @param code empty for a code that this release does not know
   * @param relatedId the id of ours that it is about
   */
  public record PeerError(Optional<ErrorCode> code, String codeText, String message, Optional<UUID> relatedId) {}

  /** R-9.5-02: only {@code ack_id}. */
  public static Envelope ack(Stamp stamp, UUID acknowledged) {
    return sharedAck(stamp, List.of(acknowledged));
  }

  /**
   * One acknowledgement of several messages, for a peer that announced {@value #SHARED_ACKS}: the first id is where
   * specification 0.1 has it, the others stand in {@value #MORE_ACK_IDS}. Of one id it is an ordinary one.
   */
  public static Envelope sharedAck(Stamp stamp, List<UUID> acknowledged) {
    JsonValue.Builder body = JsonObject.builder().put("ack_id", acknowledged.getFirst().toString());
    if (acknowledged.size() > 1) {
      body.put(MORE_ACK_IDS, JsonArray.ofTexts(acknowledged.stream().skip(1).map(UUID::toString).toList()));
    }
    return stamp.envelope(MessageType.MESSAGE_ACK).withBody(body.build());
  }

  /** R-9.7-05. Never sent with {@link ErrorCode#BLOCKED}: a blocked peer learns nothing (R-23.1-14). */
  public static Envelope error(Stamp stamp, ErrorCode code, String message, Optional<UUID> relatedId) {
    if (code == ErrorCode.BLOCKED) {
      throw new IllegalArgumentException("The code blocked is never sent.");
    }
    return stamp.envelope(MessageType.ERROR).withBody(JsonObject.builder()
        .put("code", code.wire())
        .put("message", message)
        .putText("related_id", relatedId.map(UUID::toString))
        .build());
  }

  /** R-9.7-01 */
  public static Envelope heartbeat(Stamp stamp) {
    return stamp.envelope(MessageType.HEARTBEAT);
  }

  /** R-9.7-02 */
  public static Envelope heartbeatAck(Stamp stamp, UUID heartbeat) {
    return stamp.envelope(MessageType.HEARTBEAT_ACK).withReplyTo(heartbeat.toString());
  }

  /** R-9.3-02: no body, no answer. */
  public static Envelope disconnect(Stamp stamp) {
    return stamp.envelope(MessageType.SESSION_DISCONNECT);
  }

  /** R-9.7-03, R-21.2-02: 1 to 60 whole seconds; another duration is brought into that range. */
  public static Envelope backpressure(Stamp stamp, Duration retryAfter) {
    return stamp.envelope(MessageType.BACKPRESSURE)
        .withBody(JsonObject.builder().put("retry_after", clamped(retryAfter).toSeconds()).build());
  }

  /** R-9.7-04 */
  public static Envelope backpressureClear(Stamp stamp) {
    return stamp.envelope(MessageType.BACKPRESSURE_CLEAR);
  }

  /** R-9.4-01: the owner has to decide first. */
  public static Envelope approvalRequest(Stamp stamp, UUID request, String message) {
    return stamp.envelope(MessageType.APPROVAL_REQUEST).withReplyTo(request.toString())
        .withBody(JsonObject.builder().put("message", message).build());
  }

  /** R-9.4-03: without a reason. */
  public static Envelope approvalDenied(Stamp stamp, UUID request) {
    return stamp.envelope(MessageType.APPROVAL_DENIED).withReplyTo(request.toString());
  }

  /** R-9.5-06: takes a message back; the id of any chunk takes its whole stream back (R-11.7-01). */
  public static Envelope cancel(Stamp stamp, UUID cancelled) {
    return stamp.envelope(MessageType.MESSAGE_CANCEL)
        .withBody(JsonObject.builder().put("cancel_id", cancelled.toString()).build());
  }

  /** The ids that a {@code message.ack} confirms, at least one; what else a list of more holds says nothing. */
  public static List<UUID> acknowledgedIds(Envelope ack) throws ProtocolException {
    List<UUID> ids = new ArrayList<>(List.of(BodyFields.ackId(ack)));
    if (BodyFields.member(ack, MORE_ACK_IDS).orElse(JsonNull.NULL) instanceof JsonArray(List<JsonValue> more)) {
      for (JsonValue id : more) {
        if (id instanceof JsonString(String text)) {
          EnvelopeFields.uuid(text).ifPresent(ids::add);
        }
      }
    }
    return ids;
  }

  /** The id that a {@code message.cancel} names, whatever its form. */
  public static String cancelledId(Envelope cancel) throws ProtocolException {
    return BodyFields.text(cancel, "cancel_id");
  }

  /** How long a {@code system.backpressure} asks us to wait: 1 to 60 seconds whatever it says. */
  public static Duration retryAfter(Envelope backpressure) throws ProtocolException {
    return clamped(Duration.ofSeconds(BodyFields.retryAfterSeconds(backpressure)));
  }

  /** The body of a {@code system.error}. */
  public static PeerError error(Envelope error) {
    JsonObject body = error.body().filter(JsonObject.class::isInstance).map(JsonObject.class::cast)
        .orElseGet(() -> JsonObject.builder().build());
    String code = body.text("code").orElse("");
    String message = body.text("message").orElse("");
    return new PeerError(ErrorCode.ofWire(code), PeerText.shown(code, 64), PeerText.shown(message),
        body.text("related_id").flatMap(EnvelopeFields::uuid));
  }

  private static Duration clamped(Duration wanted) {
    if (wanted.compareTo(MIN_RETRY_AFTER) < 0) {
      return MIN_RETRY_AFTER;
    }
    return wanted.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : wanted;
  }
}
