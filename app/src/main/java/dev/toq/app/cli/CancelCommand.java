package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** {@code toq cancel}: takes a sent message back, as far as it has not arrived. */
final class CancelCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private CancelCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    String to = call.value("--to").map(text -> "?to=" + LocalApi.encoded(text)).orElse("");
    LocalApi.Answer answer = Home.of(call).daemon()
        .ask("DELETE", "/v1/outbox/" + LocalApi.encoded(call.required(0)) + to, Optional.empty(), TIMEOUT);
    JsonObject taken = answer.jsonOr("\"toq outbox\" shows what was sent, and what became of it");
    if (call.has("--json")) {
      call.terminal().json(taken);
    } else {
      Json.objects(taken, "recipients").forEach(message -> OutboxCommand.print(message, call.terminal()));
    }
    return Toq.SUCCESS;
  }
}
