package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** {@code toq send}: hands one message to the daemon and, unless told otherwise, waits for the peer's ack. */
final class SendCommand {
  /** How long the daemon itself may take beside the time that it waits for the peer. */
  private static final Duration OWN_TIME = Duration.ofSeconds(10);

  private SendCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    String to = Words.address(call.required(0)).toString();
    int timeout = call.number("--timeout", 30, 1, 300);
    boolean wait = !call.has("--no-wait") && !call.has("--queue");
    JsonObject.Builder request =
        JsonObject.builder()
            .put("to", call.required(0))
            .put("body", JsonObject.builder().put("text", call.required(1)).build())
            .putText("thread_id", call.value("--thread-id"));
    if (call.has("--urgent")) {
      request.put("priority", "urgent");
    }
    if (call.has("--expires-in")) {
      request.put("expires_in", call.number("--expires-in", 1, 1, 31_536_000));
    }
    if (call.has("--close-thread")) {
      request.put("close_thread", true);
    }
    LocalApi api = Home.of(call).daemon();
    LocalApi.Answer answer;
    try {
      answer =
          api.post(
              "/v1/messages?wait=" + wait + "&timeout=" + timeout + (call.has("--queue") ? "&queue=true" : ""),
              request.build(),
              Duration.ofSeconds(timeout).plus(OWN_TIME));
    } catch (SocketTimeoutException e) {
      throw Failure.of("the daemon did not answer", "look into its log: " + Home.of(call).directory().logs());
    }
    JsonObject sent = answer.jsonOr(hint(answer.errorCode(), to));
    if (call.has("--json")) {
      call.terminal().json(sent);
      return Toq.SUCCESS;
    }
    call.terminal().fact(Json.shown(sent, "status"), Json.shown(sent, "id"));
    call.terminal().fact("thread", Json.shown(sent, "thread_id"));
    return Toq.SUCCESS;
  }

  private static String hint(String code, String to) {
    return switch (code) {
      case "not_reachable" ->
          "nothing will be sent later; \"toq ping " + to
              + "\" shows who answers there, and only its owner can approve you";
      case "delivery_timeout" ->
          "it is sent again by itself under the same id; \"toq outbox\" shows what becomes of it";
      case "message_too_large" -> "send it in parts; the limit is max_message_size in config.toml";
      case "invalid_address" -> Words.ADDRESS_HINT;
      case "self_message" -> "this is this agent's own address; name another agent";
      default -> "\"toq status\" shows how the daemon is doing";
    };
  }
}
