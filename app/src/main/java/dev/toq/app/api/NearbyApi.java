package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.app.daemon.Nearby.Found;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.time.Duration;
import java.util.List;

/** {@code GET /v1/discover/local}: who announces itself on the local network (specification 20.3). Proves nothing. */
final class NearbyApi implements Resource {
  private static final Duration LIMIT = Duration.ofSeconds(6);

  private final Agent agent;

  NearbyApi(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void addTo(Routes routes) {
    routes.get("/v1/discover/local", this::answer);
  }

  private void answer(Call call) throws Exception {
    List<JsonValue> agents = agent.nearby(LIMIT).stream().map(NearbyApi::json).toList();
    call.reply(200,
        JsonObject.builder().put("agents", new JsonArray(agents)).put("mdns_enabled", agent.isMdnsOn()).build());
  }

  /** The key as DNS has it, without its prefix: callers know it so from the other way of discovery. */
  private static JsonValue json(Found found) {
    return JsonObject.builder()
        .put("address", found.address().full())
        .put("public_key", found.key().base64())
        .build();
  }
}
