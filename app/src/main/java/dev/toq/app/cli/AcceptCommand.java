package dev.toq.app.cli;

import dev.toq.protocol.session.Invitation;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.IOException;
import java.time.Duration;

/** {@code toq accept}: uses the link that another owner's {@code toq invite} printed (docs/pairing.md). */
final class AcceptCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final String HINT = "ask for a new one: \"toq invite\" prints it on the other machine";

  private AcceptCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    String link = call.required(0).strip();
    try {
      Invitation.parse(link);
    } catch (IllegalArgumentException e) {
      throw Failure.usage(
          String.valueOf(e.getMessage()), "paste the whole link, in quotes, as \"toq invite\" printed it");
    }
    LocalApi.Answer answer = Home.of(call).daemon()
        .post("/v1/invites/accept", JsonObject.builder().put("link", link).build(), TIMEOUT);
    JsonObject paired = answer.jsonOr(HINT);
    if (call.has("--json")) {
      call.terminal().json(paired);
      return Toq.SUCCESS;
    }
    String address = Json.shown(paired, "address");
    call.terminal().line("Paired: both agents have approved each other.");
    call.terminal().fact("Address", address);
    call.terminal().fact("Key", Json.shown(paired, "public_key"));
    call.terminal().fact("Fingerprint", Json.shown(paired, "fingerprint"));
    call.terminal().line("Say hello: toq send " + address + " hello");
    return Toq.SUCCESS;
  }
}
