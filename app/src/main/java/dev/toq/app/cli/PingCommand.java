package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.IOException;
import java.time.Duration;

/** {@code toq ping}: asks a remote agent for its key, by a handshake and nothing more. */
final class PingCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private PingCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    Words.address(call.required(0));
    JsonObject request = JsonObject.builder().put("address", call.required(0)).build();
    LocalApi.Answer answer = Home.of(call).daemon().post("/v1/ping", request, TIMEOUT);
    JsonObject pong = answer.jsonOr(Words.ADDRESS_HINT);
    boolean reachable = pong.members().get("reachable") == JsonBoolean.TRUE;
    if (call.has("--json")) {
      call.terminal().json(pong);
      return reachable ? Toq.SUCCESS : Toq.FAILURE;
    }
    if (!reachable) {
      String reason = Json.shown(pong, "error");
      throw Failure.of(
          "no answer from " + Json.shown(pong, "address") + (reason.isEmpty() ? "" : ": " + reason),
          "check the address, and that the agent there is up and its port open");
    }
    call.terminal().fact("Agent", Json.shown(pong, "agent_name"));
    call.terminal().fact("Address", Json.shown(pong, "address"));
    call.terminal().fact("Key", Json.shown(pong, "public_key"));
    return Toq.SUCCESS;
  }
}
