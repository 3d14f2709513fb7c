package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.protocol.wire.JsonValue.Builder;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.util.List;

/** {@code GET /v1/card}: this agent's card as peers see it. */
final class CardApi implements Resource {
  private final Agent agent;

  CardApi(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void addTo(Routes routes) {
    routes.get("/v1/card", call -> call.reply(200, card()));
  }

  private JsonObject card() {
    JsonObject card = agent.card();
    Builder whole = JsonObject.builder();
    card.members().forEach(whole::put);
    if (card.get("capabilities").isEmpty()) {
      whole.put("capabilities", new JsonArray(List.of())); // callers count on it, peers may do without
    }
    if (card.get("connection_mode").isEmpty()) {
      whole.put("connection_mode", agent.status().connectionMode());
    }
    return whole.build();
  }
}
