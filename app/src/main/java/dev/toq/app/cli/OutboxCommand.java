package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** {@code toq outbox}: what became of the messages that were sent from here. */
final class OutboxCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private OutboxCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    StringBuilder path = new StringBuilder("/v1/outbox?limit=" + call.number("--limit", 20, 1, 1000));
    for (String name : List.of("id", "to", "state")) {
      call.value("--" + name).ifPresent(
          value -> path.append('&').append(name).append('=').append(LocalApi.encoded(value)));
    }
    LocalApi.Answer answer = Home.of(call).daemon().get(path.toString(), TIMEOUT);
    JsonObject outbox = answer.jsonOr("\"toq status\" shows how the daemon is doing");
    if (call.has("--json")) {
      call.terminal().json(outbox);
      return Toq.SUCCESS;
    }
    List<JsonObject> messages = Json.objects(outbox, "messages");
    if (messages.isEmpty()) {
      call.terminal().line("no messages");
    }
    messages.forEach(message -> print(message, call.terminal()));
    return Toq.SUCCESS;
  }

  /** Two lines for one recipient of a message. */
  static void print(JsonObject message, Terminal terminal) {
    String why = Json.shown(message, "reason");
    String code = Json.shown(message, "code");
    terminal.line(Json.shown(message, "at") + "  " + Json.shown(message, "state") + "  "
        + Json.shown(message, "to") + (code.isEmpty() ? "" : "  " + code) + (why.isEmpty() ? "" : "  " + why));
    terminal.line("  id " + Json.shown(message, "id") + "  sent " + Json.shown(message, "transmissions")
        + (Json.shown(message, "transmissions").equals("1") ? " time" : " times"));
  }
}
