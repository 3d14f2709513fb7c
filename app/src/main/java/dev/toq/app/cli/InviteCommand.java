package dev.toq.app.cli;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** {@code toq invite}: a link, and its QR code, with which one other agent is let in (docs/pairing.md). */
final class InviteCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private InviteCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    LocalApi api = Home.of(call).daemon();
    if (call.has("--withdraw")) {
      return withdraw(api, call.terminal());
    }
    JsonObject.Builder request = JsonObject.builder();
    if (call.has("--expires-in")) {
      request.put("expires_in", call.number("--expires-in", 600, 10, 86_400));
    }
    LocalApi.Answer answer = api.post("/v1/invites", request.build(), TIMEOUT);
    JsonObject invite = answer.jsonOr("\"toq invite --withdraw\" takes all unused invites back");
    if (call.has("--json")) {
      call.terminal().json(invite);
      return Toq.SUCCESS;
    }
    print(invite, call.terminal(), !call.has("--no-qr"));
    return Toq.SUCCESS;
  }

  private static int withdraw(LocalApi api, Terminal terminal) throws Failure, IOException {
    LocalApi.Answer answer = api.ask("DELETE", "/v1/invites", Optional.empty(), TIMEOUT);
    long count = Json.count(answer.jsonOr("look into the daemon's log"), "withdrawn");
    terminal.line(count == 1 ? "1 invite was taken back." : count + " invites were taken back.");
    return Toq.SUCCESS;
  }

  private static void print(JsonObject invite, Terminal terminal, boolean withQr) {
    String link = Json.shown(invite, "link");
    terminal.line("On the other machine, within " + duration(Json.count(invite, "expires_in")) + ":");
    terminal.line("");
    terminal.line("  toq accept '" + link + "'");
    terminal.line("");
    if (withQr) {
      terminal.picture(QrPicture.of(link));
    }
    terminal.line("It works once, and lets whoever has it in: hand it over in private.");
    if (Address.parse(Json.shown(invite, "address")).isLoopbackHost()) {
      terminal.line("It works on this machine only. For others, set host in config.toml to a name or address of it.");
    }
  }

  private static String duration(long seconds) {
    return seconds % 60 == 0 ? seconds / 60 + (seconds == 60 ? " minute" : " minutes") : seconds + " seconds";
  }
}
