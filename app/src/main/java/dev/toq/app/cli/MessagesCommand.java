package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.PeerText;
import dev.toq.protocol.wire.StrictJson;
import dev.toq.store.StoredMessageJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code toq messages}: the newest received messages, and with {@code --follow} those that come. */
final class MessagesCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Longest body text that is shown; {@code --json} shows all of it. */
  private static final int MAX_SHOWN = 10_000;

  /** The daemon's comment on a stream that is read too slowly. */
  private static final Pattern LAGGED = Pattern.compile(": lagged ([0-9]{1,18})");

  private final Invocation call;
  private final LocalApi api;

  /** Printed from the history; the stream, which is opened before the history is read, may bring them again. */
  private final Set<String> printed = new HashSet<>();

  private MessagesCommand(Invocation call) throws Failure, IOException {
    this.call = call;
    this.api = Home.of(call).daemon();
  }

  static int run(Invocation call) throws Failure, IOException {
    int limit = call.number("--limit", 20, 1, 1000);
    MessagesCommand command = new MessagesCommand(call);
    if (call.has("--follow")) {
      command.api.stream("/v1/messages", Duration.ofSeconds(60), () -> command.history(limit), command::event);
    } else {
      command.history(limit);
    }
    return Toq.SUCCESS;
  }

  private void history(int limit) throws IOException, Failure {
    String from = call.has("--from") ? "&from=" + LocalApi.encoded(call.value("--from").orElse("")) : "";
    LocalApi.Answer answer = api.get("/v1/messages/history?limit=" + limit + from, TIMEOUT);
    JsonObject history = answer.jsonOr("\"toq status\" shows how the daemon is doing");
    List<JsonObject> messages = Json.objects(history, "messages");
    if (call.has("--follow")) {
      for (JsonObject message : messages) {
        printed.add(Json.shown(message, "id"));
        print(message);
      }
    } else if (call.has("--json")) {
      call.terminal().json(history);
    } else if (messages.isEmpty()) {
      call.terminal().line("no messages");
    } else {
      for (JsonObject message : messages) {
        print(message);
      }
    }
  }

  private boolean event(String line) {
    Matcher lagged = LAGGED.matcher(line);
    if (lagged.matches()) {
      call.terminal().warning(lagged.group(1) + (lagged.group(1).equals("1") ? " message was" : " messages were")
          + " missed here and can be found in the history: toq messages");
    }
    if (!line.startsWith("data:")) {
      return true; // keep-alive comments and the blank lines between events
    }
    JsonValue value;
    try {
      value = StrictJson.parse(
          line.substring("data:".length()).strip().getBytes(StandardCharsets.UTF_8), StoredMessageJson.DEPTH);
    } catch (JsonException e) {
      call.terminal().warning("an event of the daemon is not JSON: " + e.getMessage());
      return true;
    }
    if (value instanceof JsonObject message && !printed.remove(Json.shown(message, "id")) && wanted(message)) {
      print(message);
    }
    return true;
  }

  /** The stream filters by pattern, the history by part of the address; here both mean the part. */
  private boolean wanted(JsonObject message) {
    return message.text("from").orElse("").contains(call.value("--from").orElse(""));
  }

  private void print(JsonObject message) {
    if (call.has("--json")) {
      call.terminal().json(message);
      return;
    }
    String type = Json.shown(message, "type");
    String kind = type.equals("message.send") ? "" : "  (" + type + ")";
    call.terminal().line(Json.shown(message, "timestamp") + "  " + Json.shown(message, "from") + kind);
    message.get("body").ifPresent(body -> call.terminal().line("  " + text(body)));
    String thread = Json.shown(message, "thread_id");
    String ids = "  id " + Json.shown(message, "id") + (thread.isEmpty() ? "" : "  thread " + thread);
    call.terminal().line(ids);
  }

  private static String text(JsonValue body) {
    if (body instanceof JsonString string) {
      return lines(string.value());
    }
    if (body instanceof JsonObject object && object.text("text").isPresent()) {
      return lines(object.text("text").get());
    }
    return PeerText.shown(Json.text(body), MAX_SHOWN);
  }

  /** A text of several lines keeps them, each set off, so that none can look like a line of ours. */
  private static String lines(String text) {
    StringBuilder lines = new StringBuilder();
    int start = 0;
    for (int end = text.indexOf('\n'); end >= 0 && lines.length() < MAX_SHOWN; end = text.indexOf('\n', start)) {
      lines.append(PeerText.shown(text.substring(start, end), MAX_SHOWN)).append("\n  ");
      start = end + 1;
    }
    return lines.append(PeerText.shown(text.substring(start), MAX_SHOWN)).toString();
  }
}
