package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.IOException;
import java.util.Optional;

/**
 * Peers and keys: {@code GET /v1/peers}, {@code GET} and {@code DELETE /v1/peers/{peer}},
 * {@code POST /v1/peers/accept} with {@code {"address","public_key"}}, and {@code POST /v1/keys/rotate}.
 */
final class PeersApi implements Resource {
  private final Agent agent;

  PeersApi(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void addTo(Routes routes) {
    routes.get("/v1/peers", call -> call.reply(200, agent.peers().list()));
    routes.post("/v1/peers/accept", this::accept);
    routes.get("/v1/peers/{peer}", call -> reply(call, name -> agent.peers().show(name)));
    routes.delete("/v1/peers/{peer}", call -> reply(call, name -> agent.peers().forget(name)));
    routes.post("/v1/keys/rotate", this::rotate);
  }

  @FunctionalInterface
  private interface Question {
    Optional<JsonObject> about(String name) throws IOException;
  }

  private static void reply(Call call, Question question) throws IOException {
    Optional<JsonObject> answer;
    try {
      answer = question.about(call.path("peer"));
    } catch (IllegalArgumentException unclear) {
      throw ApiError.invalid(String.valueOf(unclear.getMessage()));
    }
    call.reply(200, answer.orElseThrow(() -> ApiError.notFound("no such peer is known")));
  }

  private void accept(Call call) throws IOException {
    JsonObject request = call.object();
    var address = Texts.address(Call.text(request, "address")).orElseThrow(ApiError::invalid);
    var key = Texts.key(Call.text(request, "public_key")).orElseThrow(ApiError::invalid);
    JsonObject accepted;
    try {
      accepted = agent.peers().accept(address, key);
    } catch (IllegalArgumentException retired) {
      throw ApiError.invalid(String.valueOf(retired.getMessage()));
    }
    call.reply(200, accepted);
  }

  private void rotate(Call call) throws IOException {
    call.objectOrNothing(); // a body may be sent and says nothing, but it must be one
    call.reply(200, agent.rotateKeys().toJson());
  }
}
