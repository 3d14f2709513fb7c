package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Permissions.Pending;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;

/**
 * Strangers who wait for a decision: {@code GET /v1/approvals}, {@code POST /v1/approvals/{id}} and
 * {@code POST /v1/approvals/{id}/revoke}. The id of a request is the stranger's public key, which may be decided about
 * before it ever asked.
 */
final class ApprovalsApi implements Resource {
  private final Agent agent;

  ApprovalsApi(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void addTo(Routes routes) {
    routes.get("/v1/approvals", this::list);
    routes.post("/v1/approvals/{id}", this::decide);
    routes.post("/v1/approvals/{id}/revoke", this::revoke);
  }

  private void list(Call call) throws Exception {
    var approvals = agent.permissions().pending().stream().<JsonValue>map(ApprovalsApi::json).toList();
    call.reply(200, JsonObject.builder().put("approvals", new JsonArray(approvals)).build());
  }

  private static JsonObject json(Pending pending) {
    return JsonObject.builder()
        .put("id", pending.key().toString())
        .put("public_key", pending.key().toString())
        .put("fingerprint", pending.key().fingerprint())
        .put("address", Texts.shown(pending.address()))
        .put("requested_at", pending.requestedAt().toString())
        .build();
  }

  private void decide(Call call) throws Exception {
    PublicKey key = key(call);
    switch (Call.text(call.object(), "decision")) {
      case "approve" -> agent.approve(new Rule.ByKey(key));
      case "deny" -> deny(key);
      default -> throw ApiError.invalid("decision is approve or deny");
    }
    call.replyEmpty();
  }

  private void deny(PublicKey key) throws IOException {
    if (!agent.deny(key)) {
      throw new ApiError(409, "already_approved", "this key is approved, and a denial does not end that: revoke the"
          + " approval, or block the key");
    }
  }

  private void revoke(Call call) throws Exception {
    PublicKey key = key(call);
    call.objectOrNothing(); // a body may be sent and says nothing, but it must be one
    agent.revoke(new Rule.ByKey(key));
    call.replyEmpty();
  }

  private static PublicKey key(Call call) {
    return Texts.key(call.path("id"))
        .orElseThrow(reason -> ApiError.notFound("there is no such request: an id is a public key"));
  }
}
