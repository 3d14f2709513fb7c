package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.app.daemon.Agent.Ping;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonObject;

/** {@code POST /v1/ping}: whether an agent answers, and under which key. An agent that does not is no error. */
final class PingApi implements Resource {
  private final Agent agent;

  PingApi(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void addTo(Routes routes) {
    routes.post("/v1/ping", this::ping);
  }

  private void ping(Call call) throws Exception {
    String text = Call.text(call.object(), "address");
    Address address = Texts.address(text).orElseThrow(ApiError::invalid);
    JsonObject answer = switch (agent.ping(address)) {
      case Ping.Reached(String name, var key) -> JsonObject.builder()
          .put("agent_name", Texts.shown(name))
          .put("address", text)
          .put("public_key", key.toString())
          .put("reachable", true)
          .build();
      case Ping.Unreached(String reason) -> JsonObject.builder()
          .put("agent_name", address.agent())
          .put("address", text)
          .put("public_key", JsonNull.NULL)
          .put("reachable", false)
          .put("error", Texts.shown(reason))
          .build();
    };
    call.reply(200, answer);
  }
}
