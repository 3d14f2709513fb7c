package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import dev.toq.store.StoredMessage;
import dev.toq.store.StoredMessageJson;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Received messages: {@code GET /v1/messages/history} and {@code GET /v1/threads/{thread_id}}. Both answer with the
 * newest messages that match, oldest first.
 */
final class HistoryApi implements Resource {
  private static final int DEFAULT_LIMIT = 50;

  private final Agent agent;
  private final ApiLimits limits;

  HistoryApi(Agent agent, ApiLimits limits) {
    this.agent = agent;
    this.limits = limits;
  }

  @Override
  public void addTo(Routes routes) {
    routes.get("/v1/messages/history", this::history);
    routes.get("/v1/threads/{thread_id}", this::thread);
  }

  private void history(Call call) throws Exception {
    int asked = call.number("limit", Math.min(DEFAULT_LIMIT, limits.historyLimit()), 0, Integer.MAX_VALUE);
    int limit = Math.min(asked, limits.historyLimit());
    Optional<String> from = call.query("from");
    Predicate<StoredMessage> wanted = call.query("since").map(HistoryApi::since).orElse(message -> true);
    if (from.isPresent()) {
      wanted = wanted.and(message -> message.from().contains(from.get()));
    }
    reply(call, "{", limit, wanted);
  }

  private void thread(Call call) throws Exception {
    String id = call.path("thread_id");
    byte[] thread = StrictJson.write(JsonObject.builder().put("thread_id", id).build());
    String start = new String(thread, 0, thread.length - 1, StandardCharsets.UTF_8) + ",";
    reply(call, start, limits.historyLimit(), message -> message.threadId().filter(id::equals).isPresent());
  }

  /** Message by message, as they may be many and large: {@code start"messages":[…]}}. */
  private void reply(Call call, String start, int limit, Predicate<StoredMessage> wanted) throws IOException {
    OutputStream out = call.replyLong("application/json");
    out.write((start + "\"messages\":[").getBytes(StandardCharsets.UTF_8));
    String between = "";
    for (StoredMessage message : (Iterable<StoredMessage>) agent.history(limit, wanted)::iterator) {
      out.write(between.getBytes(StandardCharsets.UTF_8));
      out.write(StoredMessageJson.toJson(message));
      between = ",";
    }
    out.write("]}".getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Received at that moment or later. A moment is compared as one; the beginning of a timestamp ({@code 2026-11}), as
   * callers have sent it, is compared as text.
   */
  private static Predicate<StoredMessage> since(String text) {
    Optional<Instant> moment = moment(text).or(() -> moment(text.replace(' ', '+'))); // a + that was not encoded
    if (moment.isPresent()) {
      return message -> !message.receivedAt().isBefore(moment.get());
    }
    return message -> message.receivedAt().toString().compareTo(text) >= 0;
  }

  private static Optional<Instant> moment(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
