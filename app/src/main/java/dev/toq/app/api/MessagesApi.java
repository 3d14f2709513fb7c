package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.app.daemon.Agent.Handling;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.app.daemon.Agent.Recipient;
import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.Builder;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictJson;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** {@code POST /v1/messages}: sends a message to one address or to several. */
final class MessagesApi implements Resource {
  private static final int MOST_COPIES = 256;
  private static final int LONGEST_TEXT = 256;
  private static final int DEFAULT_TIMEOUT_SECONDS = 30;
  private static final int MOST_TIMEOUT_SECONDS = 300;
  private static final int MOST_SECONDS = 99_999_999;
  private static final Pattern SECONDS = Pattern.compile("[1-9][0-9]{0,7}");

  private final Agent agent;
  private final ApiLimits limits;
  private final InstantSource clock;

  MessagesApi(Agent agent, ApiLimits limits, InstantSource clock) {
    this.agent = agent;
    this.limits = limits;
    this.clock = clock;
  }

  @Override
  public void addTo(Routes routes) {
    routes.post("/v1/messages", this::send);
  }

  private void send(Call call) throws Exception {
    boolean wait = call.flag("wait", false);
    Duration timeout = timeout(call);
    JsonObject request = call.object();
    JsonValue to = request.get("to").orElseThrow(() -> ApiError.shape("to is missing"));
    Outgoing message = message(request, call.flag("queue", false));
    checkSize(message, call.declaredLength());
    switch (to) {
      case JsonString(String text) -> replyToOne(call, agent.send(address(text), message, wait, timeout));
      case JsonArray(List<JsonValue> items) -> replyToAll(
          call, sendAll(addresses(items), message, Call.optionalFlag(request, "separate", false)));
      case JsonValue other -> throw ApiError.shape("to is an address, or a list of addresses");
    }
  }

  private List<Recipient> sendAll(List<Address> to, Outgoing message, boolean separate) throws Exception {
    if (!separate && to.size() > Spec.MAX_RECIPIENTS) {
      throw ApiError.invalid("an envelope names at most " + Spec.MAX_RECIPIENTS
          + " addresses; with \"separate\":true each copy names one, and to may have " + MOST_COPIES);
    }
    return agent.sendAll(to, message, separate);
  }

  /** How long the caller waits for the peer. */
  static Duration timeout(Call call) {
    return Duration.ofSeconds(call.number("timeout", DEFAULT_TIMEOUT_SECONDS, 1, MOST_TIMEOUT_SECONDS));
  }

  private static Outgoing message(JsonObject request, boolean queue) {
    return new Outgoing(
        request.get("body"),
        printable(request, "thread_id"),
        printable(request, "reply_to"),
        printable(request, "content_type"),
        Call.optionalFlag(request, "close_thread", false),
        new Handling(priority(request), seconds(request, "ttl"),
            seconds(request, "expires_in").stream().mapToObj(Duration::ofSeconds).findFirst(), queue));
  }

  private static Optional<String> priority(JsonObject request) {
    Optional<String> priority = Call.optionalText(request, "priority");
    if (priority.isPresent() && !priority.get().equals("urgent") && !priority.get().equals("normal")) {
      throw ApiError.invalid("priority is urgent or normal");
    }
    return priority;
  }

  private static OptionalLong seconds(JsonObject request, String name) {
    Optional<JsonValue> value = request.get(name);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    if (value.get() instanceof JsonNumber(String text) && SECONDS.matcher(text).matches()) {
      return OptionalLong.of(Long.parseLong(text));
    }
    throw ApiError.invalid(name + " is a number of seconds, from 1 to " + MOST_SECONDS);
  }

  /** Texts that reach another owner's terminal and log: short and printable. */
  static Optional<String> printable(JsonObject request, String name) {
    Optional<String> text = Call.optionalText(request, name);
    if (text.isPresent() && !Texts.isPrintable(text.get(), LONGEST_TEXT)) {
      throw ApiError.invalid(name + " has at most " + LONGEST_TEXT + " characters, all of them printable");
    }
    return text;
  }

  static Address address(String text) {
    if (text.startsWith("http://") || text.startsWith("https://")) {
      throw new ApiError(400, "invalid_address", "sending to web addresses is not supported: " + text);
    }
    return Texts.address(text).orElseThrow(error -> new ApiError(400, "invalid_address", error));
  }

  private static List<Address> addresses(List<JsonValue> items) {
    if (items.isEmpty()) {
      throw ApiError.invalid("to is an empty list");
    }
    if (items.size() > MOST_COPIES) {
      throw ApiError.invalid("to has more than " + MOST_COPIES + " addresses");
    }
    List<Address> addresses = new ArrayList<>();
    for (JsonValue item : items) {
      if (!(item instanceof JsonString(String text))) {
        throw ApiError.shape("to is an address, or a list of addresses");
      }
      addresses.add(address(text));
    }
    return addresses;
  }

  private void checkSize(Outgoing message, long requestBytes) {
    // Compact JSON is no longer than what the caller wrote, so a short request needs no second look.
    if (requestBytes >= 0 && requestBytes <= limits.maxMessageSize() || message.body().isEmpty()) {
      return;
    }
    int size = StrictJson.write(message.body().get()).length;
    if (size > limits.maxMessageSize()) {
      throw tooLarge(size, limits.maxMessageSize());
    }
  }

  private void replyToOne(Call call, Outcome outcome) throws Exception {
    switch (outcome) {
      case Outcome.Queued(var id, String threadId) ->
          call.reply(202, accepted(id.toString(), "queued", threadId));
      case Outcome.Delivered(var id, String threadId) ->
          call.reply(200, accepted(id.toString(), "delivered", threadId));
      case Outcome.NotReachable(String reason) -> throw new ApiError(502, "not_reachable", reason);
      case Outcome.Refused(String code, String reason) -> throw new ApiError(502, code, reason);
      case Outcome.TimedOut(var id, String threadId) ->
          throw new ApiError(504, "delivery_timeout",
              "the peer did not acknowledge the message in time; it is sent again, and `toq outbox` tells the end",
              Optional.of(JsonObject.builder().put("id", id.toString()).put("thread_id", threadId)
                  .put("status", "sent").build()));
      case Outcome.TooLarge(long size, long limit) -> throw tooLarge(size, limit);
      case Outcome.SelfMessage() -> throw selfMessage();
      case Outcome.NoRoom(String reason) -> throw new ApiError(503, "outbox_full", reason);
      case Outcome.NotStored(String reason) -> throw new ApiError(507, "not_stored", reason);
    }
  }

  private JsonObject accepted(String id, String status, String threadId) {
    return JsonObject.builder()
        .put("id", id)
        .put("status", status)
        .put("thread_id", threadId)
        .put("timestamp", now())
        .build();
  }

  private void replyToAll(Call call, List<Recipient> recipients) throws Exception {
    if (recipients.stream().anyMatch(recipient -> recipient.outcome() instanceof Outcome.SelfMessage)) {
      throw selfMessage(); // R-10.8-02: the whole send is refused
    }
    List<JsonValue> results = new ArrayList<>();
    for (Recipient recipient : recipients) {
      Builder result = JsonObject.builder().put("to", recipient.address().toString());
      switch (recipient.outcome()) {
        case Outcome.Queued(var id, String threadId) -> sent(result, id.toString(), threadId);
        case Outcome.Delivered(var id, String threadId) -> sent(result, id.toString(), threadId);
        case Outcome.NotReachable(String reason) -> failed(result, reason);
        case Outcome.Refused(String code, String reason) -> failed(result, code + ": " + reason);
        case Outcome.TimedOut(var id, String threadId) -> failed(result, "the peer did not acknowledge in time");
        case Outcome.TooLarge(long size, long limit) -> failed(result, tooLargeText(size, limit));
        case Outcome.SelfMessage() -> failed(result, "an agent cannot send to itself");
        case Outcome.NoRoom(String reason) -> failed(result, reason);
        case Outcome.NotStored(String reason) -> failed(result, reason);
      }
      results.add(result.build());
    }
    call.reply(200,
        JsonObject.builder().put("results", new JsonArray(results)).put("timestamp", now()).build());
  }

  private static void sent(Builder result, String id, String threadId) {
    result.put("id", id).put("thread_id", threadId).put("status", "queued");
  }

  private static void failed(Builder result, String reason) {
    result.put("id", "").put("thread_id", "").put("status", "failed").put("error", Texts.shown(reason));
  }

  private String now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS).toString();
  }

  static ApiError selfMessage() {
    return new ApiError(400, "self_message", "an agent cannot send to itself"); // R-10.8-02
  }

  private static ApiError tooLarge(long size, long limit) {
    return new ApiError(413, "message_too_large", tooLargeText(size, limit));
  }

  private static String tooLargeText(long size, long limit) {
    return "the message has " + size + " bytes, the limit is " + limit;
  }
}
