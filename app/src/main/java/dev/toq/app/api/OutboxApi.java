package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.Builder;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Outbox;
import dev.toq.store.OutboxEntry;
import dev.toq.store.OutboxState;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/** {@code /v1/outbox}: what became of the messages that local callers sent, how many are under way; takes them back. */
final class OutboxApi implements Resource {
  private static final int DEFAULT_LIMIT = 50;
  private static final int MOST = 100_000;

  private final Agent agent;

  OutboxApi(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void addTo(Routes routes) {
    routes.get("/v1/outbox", this::list);
    routes.get("/v1/outbox/{id}", this::one);
    routes.delete("/v1/outbox/{id}", this::cancel);
  }

  /** One message: an entry for each recipient (R-12.8-01). */
  private void one(Call call) throws Exception {
    UUID id = id(call);
    List<OutboxEntry> entries = agent.outbox(MOST, entry -> entry.key().id().equals(id));
    if (entries.isEmpty()) {
      throw unknown();
    }
    call.reply(200, JsonObject.builder().put("id", id.toString()).put("recipients", array(entries)).build());
  }

  private void cancel(Call call) throws Exception {
    UUID id = id(call);
    Optional<String> to = call.query("to");
    Agent.TakenBack taken = agent.cancel(id, entry -> to.map(entry.key().recipient()::contains).orElse(true));
    if (taken.entries().isEmpty()) {
      throw unknown();
    }
    JsonObject now = JsonObject.builder().put("id", id.toString()).put("cancelled", taken.cancelled())
        .put("recipients", array(taken.entries())).build();
    if (taken.notStored().isPresent()) {
      throw new ApiError(507, "not_stored", "it is cancelled until the daemon stops; the disk did not take it: "
          + taken.notStored().get(), Optional.of(now));
    }
    if (taken.cancelled() == 0) {
      throw new ApiError(409, "already_ended", "there is nothing left to take back", Optional.of(now));
    }
    call.reply(200, now);
  }

  /** What is no UUID names no message. */
  private static UUID id(Call call) {
    try {
      return UUID.fromString(call.path("id"));
    } catch (IllegalArgumentException none) {
      throw unknown();
    }
  }

  private static ApiError unknown() {
    return ApiError.notFound("no message of this id was sent, or it is too long ago");
  }

  private void list(Call call) throws Exception {
    Optional<String> id = call.query("id");
    Optional<String> state = call.query("state");
    if (state.isPresent() && !OutboxState.WORDS.contains(state.get())) {
      throw ApiError.invalid(
          "there is no state \"" + state.get() + "\"; known: " + String.join(", ", OutboxState.WORDS));
    }
    Optional<String> to = call.query("to");
    Predicate<OutboxEntry> wanted = entry -> id.map(entry.key().id().toString()::equals).orElse(true)
        && state.map(entry.state().word()::equals).orElse(true)
        && to.map(entry.key().recipient()::contains).orElse(true);
    List<OutboxEntry> entries = agent.outbox(call.number("limit", DEFAULT_LIMIT, 1, MOST), wanted);
    Outbox.Depth depth = agent.outboxDepth();
    call.reply(200, JsonObject.builder()
        .put("messages", array(entries))
        .put("unfinished", depth.unfinished())
        .put("unfinished_bytes", depth.bytes())
        .build());
  }

  private static JsonArray array(List<OutboxEntry> entries) {
    return new JsonArray(entries.stream().<JsonValue>map(OutboxApi::json).toList());
  }

  private static JsonObject json(OutboxEntry entry) {
    Builder members = JsonObject.builder()
        .put("id", entry.key().id().toString())
        .put("to", entry.key().recipient())
        .put("state", entry.state().word())
        .put("at", entry.state().at().toString())
        .put("transmissions", entry.transmissions())
        .put("created_at", entry.createdAt().toString())
        .put("expires_at", entry.expiresAt().toString());
    entry.sent().ifPresent(sent -> members.put("sent_at", sent.at().toString()));
    switch (entry.state()) {
      case OutboxState.Refused refused -> members.put("code", refused.code()).put("reason", refused.text());
      case OutboxState.Failed failed -> members.put("reason", failed.reason());
      case OutboxState.Accepted a -> { }
      case OutboxState.Sent s -> { }
      case OutboxState.Acked a -> { }
      case OutboxState.Expired e -> { }
      case OutboxState.Unknown u -> { }
      case OutboxState.Cancelled c -> { }
    }
    return members.build();
  }
}
