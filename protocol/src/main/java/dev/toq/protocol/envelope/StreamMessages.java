package dev.toq.protocol.envelope;

import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.util.Optional;
import java.util.UUID;

/** The two envelopes of a stream (specification sections 9.6 and 11), and the readers of their bodies. */
public final class StreamMessages {
  private StreamMessages() {}

  /**
   * What all parts of one stream share.
   *
   * @param streamId a fresh UUID for each attempt: after a cancel or a lost connection the stream begins again, under
   *     another id (R-11.2-01, A-63)
   */
  public record Heading(UUID streamId, Optional<String> threadId, Optional<String> contentType) {
    private Envelope on(Envelope part) {
      return part.inThread(threadId).withContentType(contentType);
    }
  }

  /** R-9.6-01 */
  public static Envelope chunk(Stamp stamp, Heading heading, JsonValue data) {
    return heading.on(stamp.envelope(MessageType.STREAM_CHUNK)).withBody(body(heading, Optional.of(data)));
  }

  /** R-9.6-03, R-11.4-01: the last data, or none. */
  public static Envelope end(Stamp stamp, Heading heading, Optional<JsonValue> data) {
    return heading.on(stamp.envelope(MessageType.STREAM_END)).withBody(body(heading, data));
  }

  /** The stream that this part belongs to; throws {@code invalid_envelope} where the body names none. */
  public static String streamId(Envelope part) throws ProtocolException {
    return BodyFields.text(part, "stream_id");
  }

  /** What this part adds; JSON {@code null} is nothing. */
  public static Optional<JsonValue> data(Envelope part) {
    return BodyFields.member(part, "data");
  }

  private static JsonObject body(Heading heading, Optional<JsonValue> data) {
    return JsonObject.builder().put("stream_id", heading.streamId().toString()).put("data", data).build(); // R-11.2-01
  }
}
