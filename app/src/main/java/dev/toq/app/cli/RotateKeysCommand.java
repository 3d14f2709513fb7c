package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.KeyStore;
import dev.toq.store.StateFile;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;

/** {@code toq rotate-keys}: a new key, which the old one signs. A running daemon goes on under it at once. */
final class RotateKeysCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private RotateKeysCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    Home home = Home.of(call);
    Optional<LocalApi> api = home.api();
    JsonObject rotation = api.isPresent() ? ofDaemon(api.get()) : ofFiles(home);
    if (call.has("--json")) {
      call.terminal().json(rotation);
      return Toq.SUCCESS;
    }
    Terminal terminal = call.terminal();
    terminal.fact("Old key", Json.shown(rotation, "old_public_key"));
    terminal.fact("New key", Json.shown(rotation, "new_public_key"));
    terminal.fact("Proof", Json.shown(rotation, "rotation_proof")); // R-14.4-02
    terminal.line(api.isPresent()
        ? "It counts from now on; connected peers are told, others follow when they meet this agent again."
        : "It counts from the next start; peers follow when they meet this agent again.");
    terminal.line("If DNS names the old key, publish the new one.");
    return Toq.SUCCESS;
  }

  private static JsonObject ofDaemon(LocalApi api) throws Failure, IOException {
    LocalApi.Answer answer = api.ask("POST", "/v1/keys/rotate", Optional.empty(), TIMEOUT);
    return answer.jsonOr("\"toq status\" shows how the daemon is doing");
  }

  private static JsonObject ofFiles(Home home) throws Failure, IOException {
    home.requireSetUp();
    try (StateFile.Hold hold = StateFile.hold(home.directory())) {
      return KeyStore.rotate(home.directory(), new SecureRandom()).rotations().latest().orElseThrow().toJson();
    }
  }
}
