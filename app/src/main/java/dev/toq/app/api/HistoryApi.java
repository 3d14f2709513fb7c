package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.StoredMessage;
import dev.toq.store.StoredMessageJson;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
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
    call.reply(200, JsonObject.builder().put("messages", newest(limit, wanted)).build());
  }

  private void thread(Call call) throws Exception {
    String id = call.path("thread_id");
    JsonArray messages =
        newest(limits.historyLimit(), message -> message.threadId().filter(id::equals).isPresent());
    call.reply(200, JsonObject.builder().put("thread_id", id).put("messages", messages).build());
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

  private JsonArray newest(int limit, Predicate<StoredMessage> wanted) {
    List<StoredMessage> messages = limit == 0 ? List.of() : agent.history(limit, wanted);
    return new JsonArray(messages.stream().<JsonValue>map(StoredMessageJson::toJson).toList());
  }
}
