package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** {@code toq discover --local}: the agents that announce themselves on the local network, as the daemon hears them. */
final class LocalAgents {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  private LocalAgents() {}

  static int print(Invocation call) throws Failure, IOException {
    Home home = Home.of(call);
    LocalApi.Answer answer = home.daemon().get("/v1/discover/local", TIMEOUT);
    JsonObject heard = answer.jsonOr("look into the daemon's log: " + home.directory().logs());
    if (heard.members().get("mdns_enabled") != JsonBoolean.TRUE) {
      throw Failure.of("mDNS is off",
          "set mdns_enabled = true in " + home.directory().config()
              + " and restart: the network then sees this agent too");
    }
    List<JsonObject> agents = agents(heard);
    if (call.has("--json")) {
      call.terminal().json(JsonObject.builder().put("agents", new JsonArray(List.copyOf(agents))).build());
      return Toq.SUCCESS;
    }
    for (JsonObject agent : agents) {
      call.terminal().fact("Address", Json.shown(agent, "address"));
      call.terminal().fact("Key", Json.shown(agent, "public_key"));
      call.terminal().fact("Fingerprint", Json.shown(agent, "fingerprint"));
    }
    call.terminal().line(agents.isEmpty() ? "Nobody is announced on the local network."
        : "Anybody on the network can announce anything: compare the fingerprint with the agent's owner.");
    return Toq.SUCCESS;
  }

  /** The daemon's list, with keys as all commands print them. */
  private static List<JsonObject> agents(JsonObject heard) throws Failure {
    List<JsonObject> agents = new ArrayList<>();
    if (heard.members().get("agents") instanceof JsonArray list) {
      for (JsonValue one : list.items()) {
        if (one instanceof JsonObject agent) {
          String key = "ed25519:" + agent.text("public_key").orElse("");
          agents.add(JsonObject.builder()
              .put("address", agent.text("address").orElse(""))
              .put("public_key", key)
              .put("fingerprint", Words.key(key).fingerprint())
              .build());
        }
      }
    }
    return agents;
  }
}
