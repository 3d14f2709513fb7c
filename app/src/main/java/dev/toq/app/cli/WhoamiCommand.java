package dev.toq.app.cli;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Config;
import java.io.IOException;

/** {@code toq whoami}: who this agent is, from its files, whether it runs or not. */
final class WhoamiCommand {
  private WhoamiCommand() {}

  static int run(Invocation call) throws Failure, IOException {
    Home home = Home.of(call);
    home.requireSetUp();
    Config config = home.config(call.terminal());
    PublicKey key = home.keys().identity().publicKey();
    if (call.has("--json")) {
      call.terminal().json(json(home, config, key).build());
      return Toq.SUCCESS;
    }
    print(home, config, key, call.terminal());
    return Toq.SUCCESS;
  }

  static void print(Home home, Config config, PublicKey key, Terminal terminal) {
    terminal.fact("Agent", config.agentName());
    terminal.fact("Address", Home.address(config));
    terminal.fact("Key", key.toString());
    terminal.fact("Fingerprint", key.fingerprint());
    terminal.fact("Mode", config.connectionMode().wire());
    terminal.fact("Port", Integer.toString(config.port()));
    terminal.fact("Directory", home.directory().describe());
  }

  static JsonObject.Builder json(Home home, Config config, PublicKey key) {
    return JsonObject.builder()
        .put("agent_name", config.agentName())
        .put("address", Home.address(config))
        .put("public_key", key.toString())
        .put("fingerprint", key.fingerprint())
        .put("connection_mode", config.connectionMode().wire())
        .put("port", config.port())
        .put("directory", home.directory().root().toString());
  }
}
