package dev.toq.protocol.body;

import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What has come of one stream. {@link Streams} guards it. */
final class OpenStream {
  /** What a part takes beside its content, estimated: its id in a table and its place in a list. */
  private static final int PART_BYTES = 256;

  final String id;
  private final Optional<String> threadId;
  private final Optional<String> contentType;
  private final Optional<String> replyTo;
  private final Duration idle;
  private final List<JsonValue> parts = new ArrayList<>();
  private final List<UUID> partIds = new ArrayList<>();
  private UUID lastPart;
  private Instant lastTime = Instant.EPOCH;
  private long bytes;

  /** @param first the part that begins the stream; it is not taken yet */
  OpenStream(String id, Envelope first, Duration idle) {
    this.id = id;
    this.threadId = first.threadId();
    this.contentType = first.contentType();
    this.replyTo = first.replyTo();
    this.idle = idle;
    this.lastPart = first.id();
  }

  /** The memory that one part with so much content is counted as. */
  static long memory(long bytes) {
    return bytes + PART_BYTES;
  }

  /** The memory that all parts are counted as. */
  long memory() {
    return bytes + (long) parts.size() * PART_BYTES;
  }

  long bytes() {
    return bytes;
  }

  Optional<String> threadId() {
    return threadId;
  }

  UUID lastPart() {
    return lastPart;
  }

  Instant deadline() {
    return lastTime.plus(idle);
  }

  /**
   * Whether a part names the thread of the first one, or none, and has its content type: data was checked under the
   * type that its own envelope names.
   */
  boolean fits(Envelope part, boolean hasData) {
    return (part.threadId().isEmpty() || part.threadId().equals(threadId))
        && (!hasData || part.contentType().equals(contentType));
  }

  void add(JsonValue data, long size) {
    parts.add(data);
    bytes += size;
  }

  void touch(UUID part, Instant now) {
    partIds.add(part);
    lastPart = part;
    lastTime = now;
  }

  /** The ids of all parts, in their order. */
  List<UUID> partIds() {
    return partIds;
  }

  /** The whole message, under the id of its end. */
  Envelope message(Envelope end) {
    Envelope message = end.inThread(threadId).withContentType(contentType).withBody(
        JsonObject.builder().put("stream_id", id).put("data", StreamJoin.join(parts, contentType)).build());
    return replyTo.map(message::withReplyTo).orElse(message);
  }
}
