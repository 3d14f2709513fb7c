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
import java.util.function.Predicate;

/** {@code GET /v1/outbox}: what became of the messages that local callers sent, and how many are under way. */
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
  }

  private void list(Call call) throws Exception {
    Optional<String> id = call.query("id");
    Optional<String> state = call.query("state");
    Optional<String> to = call.query("to");
    Predicate<OutboxEntry> wanted = entry -> id.map(entry.key().id().toString()::equals).orElse(true)
        && state.map(entry.state().word()::equals).orElse(true)
        && to.map(entry.key().recipient()::contains).orElse(true);
    List<OutboxEntry> entries = agent.outbox(call.number("limit", DEFAULT_LIMIT, 1, MOST), wanted);
    Outbox.Depth depth = agent.outboxDepth();
    call.reply(200, JsonObject.builder()
        .put("messages", new JsonArray(entries.stream().<JsonValue>map(OutboxApi::json).toList()))
        .put("unfinished", depth.unfinished())
        .put("unfinished_bytes", depth.bytes())
        .build());
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
