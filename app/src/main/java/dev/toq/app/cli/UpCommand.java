package dev.toq.app.cli;

import dev.toq.app.ListenAddress;
import dev.toq.app.up.Around;
import dev.toq.app.up.Daemon;
import dev.toq.protocol.Spec;
import dev.toq.store.Config;
import dev.toq.store.ConfigFile;
import dev.toq.store.ConfigKey;
import dev.toq.store.StateFile.Running;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** {@code toq up}: starts the daemon, in the background or here. In a home that was never set up it does that first. */
final class UpCommand {
  /** Passed on to the process in the background. */
  static final String MAP_PORT = "--map-port";

  private static final int LAST_PORT = 9999;

  private final Invocation call;
  private final Home home;

  private UpCommand(Invocation call, Home home) {
    this.call = call;
    this.home = home;
  }

  static int run(Invocation call) throws Failure, IOException, InterruptedException {
    UpCommand up = new UpCommand(call, Home.of(call));
    return up.run();
  }

  private int run() throws Failure, IOException, InterruptedException {
    Optional<Running> running = home.running();
    if (running.isPresent()) {
      throw running.get().isStopping() ? Home.stopping(running.get()) : Failure.of(
          "already running (pid " + running.get().pid() + ", port " + running.get().port() + ")",
          "\"toq status\" shows it, \"toq down\" stops it");
    }
    boolean neverStarted = home.wasNeverStarted();
    setUp();
    ConfigFile.Loaded loaded = ConfigFile.load(home.directory().config());
    Config config = loaded.config();
    if (!isPortFree(config)) { // R-3.5-02
      config = otherPort(config, neverStarted);
    }
    if (call.has(MAP_PORT) && ListenAddress.of(config).getAddress().isLoopbackAddress()) {
      throw Failure.of(
          "no router can lead a port here: this agent listens on this machine only",
          "set host (a public name or IP address) or bind (the address to listen on) in " + home.directory().config());
    }
    if (call.has("--foreground")) {
      report(config);
      Daemon.run(home.directory(), config, loaded.warnings(), call.has(MAP_PORT));
      return Toq.SUCCESS;
    }
    for (String warning : loaded.warnings()) {
      call.terminal().warning(warning);
    }
    Running started = new BackgroundDaemon(home, call.environment().variables()).start(
        call.has(MAP_PORT) ? List.of(MAP_PORT) : List.of());
    call.terminal().line("toq is running");
    report(config.port() == 0 ? config.with(ConfigKey.PORT, (long) started.port()) : config);
    call.terminal().fact("Process", Long.toString(started.pid()));
    return Toq.SUCCESS;
  }

  private void setUp() throws Failure, IOException {
    if (!home.directory().isSetUp()) {
      boolean configured = home.hasConfig();
      home.create(configured ? home.config() : Config.standard());
      call.terminal()
          .line(
              configured
                  ? "There were no keys yet: made them."
                  : "Nothing was set up yet: made keys and a configuration with the name \"agent\" and mode approval.");
    }
    home.directory().create();
  }

  /** Only a home that never ran may move: a later one has an address that others know. */
  private Config otherPort(Config config, boolean neverStarted) throws Failure, IOException {
    int port = config.port();
    if (neverStarted && port == Spec.DEFAULT_PORT) {
      for (int next = port + 1; next <= LAST_PORT; next++) {
        Config moved = config.with(ConfigKey.PORT, (long) next);
        if (isPortFree(moved)) {
          ConfigFile.setPort(home.directory().config(), next);
          call.terminal().line("Port " + port + " is in use; took " + next + " and wrote it into config.toml.");
          return moved;
        }
      }
    }
    throw Failure.of(
        "port " + port + " is in use by another program",
        "stop that program, or set another port in " + home.directory().config());
  }

  private static boolean isPortFree(Config config) throws Failure, IOException {
    for (InetSocketAddress address : ListenAddress.required(config)) {
      if (!Ports.isFree(address)) {
        return false;
      }
    }
    return true;
  }

  private void report(Config config) throws IOException, Failure {
    WhoamiCommand.print(home, config, home.keys().identity().publicKey(), call.terminal());
    call.terminal().line(SetupCommand.exposure(home, config));
    if (Around.mapsPort(config, ListenAddress.of(config).getAddress(), call.has(MAP_PORT))) {
      call.terminal()
          .line("It asks the router to lead port " + config.port() + " here; \"toq status\" shows what comes of it.");
    }
    if (config.mdnsEnabled()) {
      call.terminal().line("It speaks to the local network by mDNS: \"toq discover --local\" shows who is there.");
    }
  }
}
