package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.app.daemon.Agent.Paired;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.Invitation;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Pairing (docs/pairing.md): {@code POST /v1/invites} makes an invitation, {@code DELETE /v1/invites} takes all unused
 * ones back, {@code POST /v1/invites/accept} uses one of another agent.
 */
final class InvitesApi implements Resource {
  private static final long USUAL_SECONDS = 600;
  private static final long LEAST_SECONDS = 10;
  private static final long MOST_SECONDS = 86_400;
  private static final Pattern WHOLE = Pattern.compile("[0-9]{1,9}");
  private static final int LONGEST_LINK = 1000;

  private final Agent agent;

  InvitesApi(Agent agent) {
    this.agent = agent;
  }

  @Override
  public void addTo(Routes routes) {
    routes.post("/v1/invites", this::invite);
    routes.delete("/v1/invites", call -> call.reply(200,
        JsonObject.builder().put("withdrawn", agent.withdrawInvites()).build()));
    routes.post("/v1/invites/accept", this::accept);
  }

  private void invite(Call call) throws Exception {
    long seconds = seconds(call.object());
    Invitation made = agent.invite(Duration.ofSeconds(seconds)).orElseThrow(() -> new ApiError(
        429, "too_many_invites", "as many invites are open as may be; use them, or take them back"));
    call.reply(200, JsonObject.builder()
        .put("link", made.link())
        .put("address", made.address().full())
        .put("fingerprint", made.fingerprint())
        .put("expires_at", made.expires().toString())
        .put("expires_in", seconds)
        .build());
  }

  private static long seconds(JsonObject request) {
    return switch (request.get("expires_in").orElse(JsonNull.NULL)) {
      case JsonNull ignored -> USUAL_SECONDS;
      case JsonNumber(String text) when WHOLE.matcher(text).matches() && Long.parseLong(text) >= LEAST_SECONDS
          && Long.parseLong(text) <= MOST_SECONDS -> Long.parseLong(text);
      default -> throw ApiError.invalid("expires_in is whole seconds, " + LEAST_SECONDS + " to " + MOST_SECONDS);
    };
  }

  private void accept(Call call) throws Exception {
    String link = Call.text(call.object(), "link").strip();
    if (!Texts.isPrintable(link, LONGEST_LINK)) {
      throw ApiError.invalid("this is no invite");
    }
    switch (agent.accept(Texts.invitation(link).orElseThrow(ApiError::invalid))) {
      case Paired.With(var address, PublicKey key) -> call.reply(200, JsonObject.builder()
          .put("address", address.full())
          .put("public_key", key.toString())
          .put("fingerprint", key.fingerprint())
          .build());
      case Paired.Failed(String reason) -> throw new ApiError(502, "not_paired", reason);
    }
  }
}
