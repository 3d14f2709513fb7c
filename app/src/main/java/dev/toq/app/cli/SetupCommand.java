package dev.toq.app.cli;

import dev.toq.app.ListenAddress;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import dev.toq.store.KeyStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/** {@code toq setup}: makes an agent's directory, its keys and its configuration. Never replaces keys. */
final class SetupCommand {
  private final Invocation call;
  private final Home home;

  private SetupCommand(Invocation call, Home home) {
    this.call = call;
    this.home = home;
  }

  static int run(Invocation call) throws Failure, IOException {
    Home home = Home.of(call);
    SetupCommand setup = new SetupCommand(call, home);
    boolean asking = !call.has("--non-interactive") && !call.has("--yes");
    if (home.directory().isSetUp()) {
      return setup.already();
    }
    if (asking && !call.environment().questions().atTerminal()) {
      throw Failure.usage(
          "setup asks questions, and there is no terminal to answer them",
          "\"toq setup --yes\" asks nothing; its flags choose: toq help setup");
    }
    Config config = setup.flags(Config.standard());
    if (asking) {
      config = setup.questions(config);
    }
    if (home.hasConfig()) {
      config = home.config(call.terminal()); // only the keys are missing; what the owner wrote is kept
    }
    KeyStore.Keys keys = home.beginAnew(config);
    keys.warnings().forEach(call.terminal()::warning);
    setup.report(config, keys.identity().publicKey());
    return Toq.SUCCESS;
  }

  private int already() throws Failure, IOException {
    home.requireSetUp();
    Config config = home.config(call.terminal());
    PublicKey key = home.keys().identity().publicKey();
    if (call.has("--json")) {
      call.terminal().json(WhoamiCommand.json(home, config, key).put("created", false).build());
      return Toq.SUCCESS;
    }
    call.terminal().line("already set up; keys and configuration are kept");
    WhoamiCommand.print(home, config, key, call.terminal());
    call.terminal().line("To change settings, edit " + home.directory().config());
    return Toq.SUCCESS;
  }

  /** What the flags choose. */
  private Config flags(Config standard) throws Failure {
    Config config = standard;
    config = flag(config, "--agent-name", ConfigKey.AGENT_NAME);
    config = flag(config, "--host", ConfigKey.HOST);
    config = flag(config, "--connection-mode", ConfigKey.CONNECTION_MODE);
    config = flag(config, "--adapter", ConfigKey.ADAPTER);
    if (call.has("--framework")) {
      config = config.with(ConfigKey.ADAPTER, "http"); // every framework's plugin speaks HTTP
    }
    return config;
  }

  private Config flag(Config config, String flag, ConfigKey key) throws Failure {
    Optional<String> text = call.value(flag);
    if (text.isEmpty()) {
      return config;
    }
    try {
      return config.with(key, key.typed(text.get()));
    } catch (IllegalArgumentException e) {
      throw Failure.usage(
          "bad " + flag + " \"" + PeerText.shown(text.get()) + "\": " + e.getMessage(),
          "\"toq help setup\" lists the flags");
    }
  }

  private Config questions(Config flags) throws Failure {
    Config config = flags;
    call.terminal()
        .line("Setting up an agent in " + home.directory().describe() + ". Enter keeps what is in brackets.");
    config = question(config, "--agent-name", ConfigKey.AGENT_NAME, "Name of the agent");
    config = question(
        config, "--host", ConfigKey.HOST, "Public name or IP address of this machine; localhost for here only");
    String modes = "Who may connect: approval (you decide), open, allowlist or dns-verified";
    config = question(config, "--connection-mode", ConfigKey.CONNECTION_MODE, modes);
    return config;
  }

  private Config question(Config config, String flag, ConfigKey key, String text) throws Failure {
    if (call.has(flag)) {
      return config;
    }
    while (true) {
      String standard = config.value(key).map(Object::toString).orElse("");
      Optional<String> answer = call.environment().questions().ask(text + " [" + standard + "]: ");
      if (answer.isEmpty()) {
        throw Failure.of("setup was not finished; nothing was written", "run \"toq setup\" again");
      }
      if (answer.get().isBlank()) {
        return config;
      }
      try {
        return config.with(key, key.typed(answer.get().strip()));
      } catch (IllegalArgumentException e) {
        call.terminal().warning(e.getMessage() == null ? "not understood" : e.getMessage());
      }
    }
  }

  private void report(Config config, PublicKey key) throws IOException {
    if (call.has("--json")) {
      call.terminal().json(WhoamiCommand.json(home, config, key).put("created", true).build());
      return;
    }
    call.terminal().line("toq is set up");
    WhoamiCommand.print(home, config, key, call.terminal());
    call.terminal().line(exposure(home, config));
    call.terminal().line("Start it with: toq up");
  }

  /** Who can reach the agent, and how to change that. */
  static String exposure(Home home, Config config) throws IOException {
    InetSocketAddress at = ListenAddress.of(config);
    if (!at.getAddress().isLoopbackAddress()) {
      String where =
          at.getAddress().isAnyLocalAddress() ? "every address" : "the address " + at.getAddress().getHostAddress();
      return "It listens on " + where + " of this machine.";
    }
    return "It listens on this machine only. To let other machines reach it, set host (a public name or IP address) or"
        + " bind (the address to listen on) in "
        + home.directory().config()
        + ".";
  }
}
