package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The owner's rules: {@code GET /v1/permissions}; {@code POST /v1/approve}, {@code POST /v1/revoke},
 * {@code POST} and {@code DELETE /v1/block} with {@code {"key":…}} or {@code {"from":…}}; {@code POST} and
 * {@code DELETE /v1/peers/{public_key}/block}. Taking away what is not there is no error.
 */
final class RulesApi implements Resource {
  private static final int LONGEST_PATTERN = 512;

  @FunctionalInterface
  private interface Change {
    void apply(Rule rule) throws IOException;
  }

  private final Agent agent;

  RulesApi(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void addTo(Routes routes) {
    routes.get("/v1/permissions", this::list);
    routes.post("/v1/approve", call -> change(call, agent::approve));
    routes.post("/v1/revoke", call -> change(call, agent::revoke));
    routes.post("/v1/block", call -> change(call, agent::block));
    routes.delete("/v1/block", call -> change(call, agent::unblock));
    routes.post("/v1/peers/{public_key}/block", call -> changePeer(call, agent::block));
    routes.delete("/v1/peers/{public_key}/block", call -> changePeer(call, agent::unblock));
  }

  private void list(Call call) throws Exception {
    call.reply(200,
        JsonObject.builder()
            .put("approved", json(agent.permissions().approved()))
            .put("blocked", json(agent.permissions().blocked()))
            .build());
  }

  private static JsonArray json(List<Rule> rules) {
    return new JsonArray(rules.stream().<JsonValue>map(RulesApi::json).toList());
  }

  private static JsonObject json(Rule rule) {
    return switch (rule) {
      case Rule.ByKey(var key) -> JsonObject.builder().put("type", "key").put("value", key.toString()).build();
      case Rule.ByAddress(String pattern) ->
          JsonObject.builder().put("type", "address").put("value", pattern).build();
    };
  }

  private static void change(Call call, Change change) throws IOException {
    change.apply(rule(call.object()));
    call.replyEmpty();
  }

  private static void changePeer(Call call, Change change) throws IOException {
    var key = Texts.key(call.path("public_key")).orElseThrow(ApiError::invalid);
    call.objectOrNothing(); // a body may be sent and says nothing, but it must be one
    change.apply(new Rule.ByKey(key));
    call.replyEmpty();
  }

  /** The rule that a caller names; where it names both, the address wins. */
  private static Rule rule(JsonObject request) {
    Optional<String> from = Call.optionalText(request, "from");
    if (from.isPresent()) {
      if (from.get().isBlank() || !Texts.isPrintable(from.get(), LONGEST_PATTERN)) {
        throw ApiError.invalid("from has 1 to " + LONGEST_PATTERN + " characters, all of them printable");
      }
      return new Rule.ByAddress(Texts.pattern(from.get()).orElseThrow(ApiError::invalid));
    }
    String key = Call.optionalText(request, "key").orElseThrow(() -> ApiError.invalid("key or from is needed"));
    return new Rule.ByKey(Texts.key(key).orElseThrow(ApiError::invalid));
  }
}
