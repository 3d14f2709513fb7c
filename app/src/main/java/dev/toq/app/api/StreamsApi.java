package dev.toq.app.api;

import dev.toq.protocol.Spec;
import dev.toq.app.daemon.Agent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.OutgoingStreams.Step;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.Builder;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** {@code POST /v1/stream/…}: sends a message in parts, while it is being made (specification section 11). */
final class StreamsApi implements Resource {
  /** On the wire a part is one deeper than here: in its body, and that in an envelope. */
  private static final int DEEPEST = Spec.MAX_JSON_DEPTH - 1;

  private final Agent agent;

  StreamsApi(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void addTo(Routes routes) {
    routes.post("/v1/stream/start", this::start);
    routes.post("/v1/stream/chunk", this::chunk);
    routes.post("/v1/stream/end", this::end);
    routes.post("/v1/stream/cancel", this::cancel);
  }

  private void start(Call call) throws Exception {
    JsonObject request = call.object();
    reply(call, agent.streams().start(MessagesApi.address(Call.text(request, "to")),
        MessagesApi.printable(request, "thread_id"), MessagesApi.printable(request, "content_type")));
  }

  private void chunk(Call call) throws Exception {
    Duration timeout = MessagesApi.timeout(call);
    JsonObject request = call.object(DEEPEST);
    UUID streamId = streamId(request);
    JsonValue data = data(request).orElseThrow(() -> ApiError.shape("text is missing"));
    reply(call, agent.streams().chunk(streamId, data, timeout));
  }

  private void end(Call call) throws Exception {
    Duration timeout = MessagesApi.timeout(call);
    JsonObject request = call.object(DEEPEST);
    UUID streamId = streamId(request);
    reply(call, agent.streams().end(
        streamId, data(request), Call.optionalFlag(request, "close_thread", false), timeout));
  }

  private void cancel(Call call) throws Exception {
    UUID streamId = streamId(call.object());
    switch (agent.streams().cancel(streamId)) {
      case Step.Cancelled() -> call.reply(
          200, JsonObject.builder().put("stream_id", streamId.toString()).put("status", "cancelled").build());
      case Step.Unanswered(UUID chunkId) -> throw new ApiError(409, "stream_ended",
          "the end was sent already: the peer may have the stream", Optional.of(part(chunkId, "sent").build()));
      case Step other -> reply(call, other);
    }
  }

  /** What is no UUID names no stream. */
  private static UUID streamId(JsonObject request) {
    String text = Call.text(request, "stream_id");
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException none) {
      throw notFound();
    }
  }

  /** {@code text} is what the client libraries send; {@code data} is any JSON, as the specification has it. */
  private static Optional<JsonValue> data(JsonObject request) {
    Optional<JsonValue> text = Call.optionalText(request, "text").map(StreamsApi::asText);
    Optional<JsonValue> data = request.get("data").filter(value -> value != JsonNull.NULL);
    if (text.isPresent() && data.isPresent()) {
      throw ApiError.invalid("text or data, not both");
    }
    return text.or(() -> data);
  }

  private static JsonValue asText(String text) {
    return JsonObject.builder().put("text", text).build();
  }

  private static void reply(Call call, Step step) throws Exception {
    switch (step) {
      case Step.Started(UUID streamId, String threadId) -> call.reply(200, JsonObject.builder()
          .put("stream_id", streamId.toString()).put("thread_id", threadId).build());
      case Step.Written(UUID chunkId) -> call.reply(200, part(chunkId, "sent").build());
      case Step.Delivered(UUID chunkId, Optional<Outcome> close) -> {
        Builder delivered = part(chunkId, "delivered");
        close.ifPresent(outcome -> closed(delivered, outcome));
        call.reply(200, delivered.build());
      }
      case Step.Unanswered(UUID chunkId) -> throw new ApiError(504, "delivery_timeout",
          "the peer did not acknowledge the stream in time; end it once more to go on waiting",
          Optional.of(part(chunkId, "sent").build()));
      case Step.Unknown(UUID chunkId, String reason) -> throw new ApiError(
          504, "delivery_timeout", reason, Optional.of(part(chunkId, "unknown").build()));
      case Step.Over(String code, String reason) -> throw over(code, reason);
      case Step.Cancelled() -> throw over("stream_cancelled", "it was cancelled here");
      case Step.Held(String reason) -> throw new ApiError(503, "backpressure", reason);
      case Step.TooLarge(long size, long limit) -> throw new ApiError(413, "message_too_large",
          "this part has " + size + " bytes, the limit is " + limit + "; it was not sent, and the stream goes on");
      case Step.NotFound() -> throw notFound();
      case Step.TooMany(String reason) -> throw new ApiError(429, "too_many_streams", reason);
      case Step.NotReachable(String reason) -> throw new ApiError(502, "not_reachable", reason);
      case Step.SelfMessage() -> throw MessagesApi.selfMessage();
    }
  }

  private static Builder part(UUID chunkId, String status) {
    return JsonObject.builder().put("chunk_id", chunkId.toString()).put("status", status);
  }

  /** The stream is delivered in any case; the closing message goes its own way. */
  private static void closed(Builder delivered, Outcome close) {
    switch (close) {
      case Outcome.Queued(UUID id, String threadId) -> delivered.put("close_id", id.toString());
      case Outcome.Delivered(UUID id, String threadId) -> delivered.put("close_id", id.toString());
      case Outcome.TimedOut(UUID id, String threadId) -> delivered.put("close_id", id.toString());
      case Outcome.NotReachable(String reason) -> delivered.put("close_error", reason);
      case Outcome.Refused(String code, String reason) -> delivered.put("close_error", code + ": " + reason);
      case Outcome.TooLarge(long size, long limit) -> delivered.put("close_error", "it is too large");
      case Outcome.NoRoom(String reason) -> delivered.put("close_error", reason);
      case Outcome.NotStored(String reason) -> delivered.put("close_error", reason);
      case Outcome.SelfMessage() -> delivered.put("close_error", "an agent cannot send to itself");
    }
  }

  private static ApiError over(String code, String reason) {
    return new ApiError(502, code, "the stream is over, and nothing of it is delivered: " + reason);
  }

  private static ApiError notFound() {
    return ApiError.notFound("there is no open stream of this id");
  }
}
