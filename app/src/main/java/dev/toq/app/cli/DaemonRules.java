package dev.toq.app.cli;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Permissions.Pending;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Rules of a running daemon, which applies a change to live connections at once. */
record DaemonRules(LocalApi api) implements Rules {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final String HINT = "\"toq status\" shows how the daemon is doing";

  @Override
  public List<Pending> pending() throws IOException, Failure {
    List<Pending> pending = new ArrayList<>();
    for (JsonObject entry : Json.objects(ask("GET", "/v1/approvals", Optional.empty()).json(), "approvals")) {
      pending.add(
          new Pending(
              key(entry, "public_key"),
              entry.text("address").orElse(""),
              time(entry.text("requested_at").orElse(""))));
    }
    return pending;
  }

  @Override
  public List<Rule> approved() throws IOException, Failure {
    return rules("approved");
  }

  @Override
  public List<Rule> blocked() throws IOException, Failure {
    return rules("blocked");
  }

  @Override
  public void approve(Rule rule) throws IOException, Failure {
    ask("POST", "/v1/approve", Optional.of(body(rule)));
  }

  @Override
  public void revoke(Rule rule) throws IOException, Failure {
    ask("POST", "/v1/revoke", Optional.of(body(rule)));
  }

  @Override
  public void block(Rule rule) throws IOException, Failure {
    ask("POST", "/v1/block", Optional.of(body(rule)));
  }

  @Override
  public void unblock(Rule rule) throws IOException, Failure {
    ask("DELETE", "/v1/block", Optional.of(body(rule)));
  }

  @Override
  public boolean deny(PublicKey key) throws IOException, Failure {
    JsonObject decision = JsonObject.builder().put("decision", "deny").build();
    LocalApi.Answer answer = api.post("/v1/approvals/" + LocalApi.encoded(key.toString()), decision, TIMEOUT);
    if (answer.status() == 409 && answer.errorCode().equals("already_approved")) {
      return false;
    }
    answer.orFail(HINT);
    return true;
  }

  private List<Rule> rules(String name) throws IOException, Failure {
    List<Rule> rules = new ArrayList<>();
    for (JsonObject entry : Json.objects(ask("GET", "/v1/permissions", Optional.empty()).json(), name)) {
      boolean byKey = entry.text("type").orElse("").equals("key");
      rules.add(byKey ? new Rule.ByKey(key(entry, "value")) : byAddress(entry));
    }
    return rules;
  }

  private static JsonObject body(Rule rule) {
    return switch (rule) {
      case Rule.ByKey(PublicKey key) -> JsonObject.builder().put("key", key.toString()).build();
      case Rule.ByAddress(String pattern) -> JsonObject.builder().put("from", pattern).build();
    };
  }

  private static Rule byAddress(JsonObject entry) throws IOException {
    try {
      return new Rule.ByAddress(entry.text("value").orElse(""));
    } catch (IllegalArgumentException e) {
      throw new IOException("the daemon's answer holds a bad address", e);
    }
  }

  private static PublicKey key(JsonObject entry, String name) throws IOException {
    try {
      return PublicKey.parse(entry.text(name).orElse(""));
    } catch (IllegalArgumentException e) {
      throw new IOException("the daemon's answer holds a bad key", e);
    }
  }

  private static Instant time(String text) throws IOException {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new IOException("the daemon's answer holds a bad time", e);
    }
  }

  private LocalApi.Answer ask(String method, String path, Optional<JsonValue> body) throws IOException, Failure {
    return api.ask(method, path, body, TIMEOUT).orFail(HINT);
  }
}
