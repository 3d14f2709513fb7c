package dev.toq.app.cli;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.AgentRegistry;
import dev.toq.store.Config;
import dev.toq.store.ConfigFile;
import dev.toq.store.DataDirectory;
import dev.toq.store.KeyStore;
import dev.toq.store.PermissionsFile;
import dev.toq.store.StateFile;
import dev.toq.store.StateFile.Running;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The agent's directory as commands see it, and the daemon that runs in it. */
final class Home {
  private final DataDirectory directory;

  private Home(DataDirectory directory) {
    this.directory = directory;
  }

  /** The directory that the command line and the environment choose (R-25.1-02). */
  static Home of(Invocation call) throws Failure, IOException {
    Environment environment = call.environment();
    String flag = call.flags().get("--config-dir");
    try {
      Optional<Path> named = flag == null ? Optional.empty() : Optional.of(Path.of(flag));
      return new Home(DataDirectory.resolve(environment.variables(), environment.workingDirectory(), named));
    } catch (InvalidPathException e) {
      throw Failure.usage(
          "the data directory's name \"" + PeerText.shown(e.getInput()) + "\" is none that this system knows",
          "letters beyond ASCII need a locale with UTF-8, as in LC_ALL=C.UTF-8");
    }
  }

  DataDirectory directory() {
    return directory;
  }

  /** The daemon of this directory; files that a dead one left behind name none. */
  Optional<Running> running() throws IOException {
    return StateFile.running(directory);
  }

  /**
   * The directory of the running agent of this name, wherever it is (R-26.2-06).
   *
   * @throws Failure where there is none, or more than one
   */
  Home named(String agent) throws Failure, IOException {
    List<AgentRegistry.Entry> found = new ArrayList<>();
    for (AgentRegistry.Entry entry : new AgentRegistry(directory).running()) {
      if (entry.name().equals(agent)) {
        found.add(entry);
      }
    }
    String shown = "\"" + PeerText.shown(agent) + "\"";
    if (found.isEmpty()) {
      throw Failure.of("no running agent is called " + shown, "name its directory with --config-dir");
    }
    if (found.size() > 1) {
      throw Failure.of(
          found.size() + " running agents are called " + shown,
          "name the directory of one: --config-dir " + found.getFirst().directory());
    }
    Path root = found.getFirst().directory();
    Home named = new Home(new DataDirectory(root, directory.registry(), DataDirectory.Origin.FLAG));
    if (named.running().isEmpty()) {
      throw Failure.of("the agent " + shown + " has just stopped", "\"toq status\" shows what runs here");
    }
    return named;
  }

  /** A process lives that does not answer. */
  Failure silent(Running running) {
    return running.isStopping() ? stopping(running) : Failure.of(
        "process " + running.pid() + " runs but does not answer on port " + running.port(),
        "it may be starting; else \"toq down\" ends it, and its log is in " + directory.logs());
  }

  /** The daemon lets its conversations end and takes no more orders, but one. */
  static Failure stopping(Running running) {
    return Failure.of(
        "toq is stopping (process " + running.pid() + ")",
        "wait until it has ended, or end it at once with \"toq down\"");
  }

  /** The way to the daemon of this directory; empty where none runs. */
  Optional<LocalApi> api() throws Failure, IOException {
    Optional<Running> running = running();
    if (running.isPresent() && running.get().isStopping()) {
      throw stopping(running.get());
    }
    return running.map(serving -> new LocalApi(serving.port()));
  }

  /** The way to the daemon, which has to run. */
  LocalApi daemon() throws Failure, IOException {
    return api().orElseThrow(Home::notRunning);
  }

  private static Failure notRunning() {
    return Failure.of("toq is not running", "start it with \"toq up\"");
  }

  Rules rules() throws Failure, IOException {
    Optional<LocalApi> api = api();
    if (api.isPresent()) {
      return new DaemonRules(api.get());
    }
    requireSetUp();
    return new FileRules(PermissionsFile.open(directory, Clock.systemUTC()), directory);
  }

  /** The configuration; what its owner should know about the file goes to standard error. */
  Config config(Terminal terminal) throws IOException {
    ConfigFile.Loaded loaded = ConfigFile.load(directory.config());
    for (String warning : loaded.warnings()) {
      terminal.warning(warning);
    }
    return loaded.config();
  }

  /** The configuration, without a word about warnings. */
  Config config() throws IOException {
    return ConfigFile.load(directory.config()).config();
  }

  KeyStore.Keys keys() throws IOException {
    return KeyStore.load(directory);
  }

  /** This agent's address as its owner reads it, with the port. */
  static String address(Config config) {
    return config.port() == 0 || config.port() == Spec.DEFAULT_PORT
        ? Address.of(config.host(), Spec.DEFAULT_PORT, config.agentName()).toString()
        : Address.of(config.host(), config.port(), config.agentName()).full();
  }

  /** Refuses a directory without an agent, and one that a stranger may have filled. */
  void requireSetUp() throws Failure, IOException {
    if (!directory.isSetUp()) {
      KeyStore.requireNotLost(directory);
      throw Failure.of("nothing is set up in " + directory.root(), "make an agent with \"toq setup\"");
    }
    directory.check();
  }

  boolean hasConfig() {
    return Files.exists(directory.config());
  }

  /**
   * Makes what is missing: the directory, the configuration, the keys. Replaces nothing, and makes nothing where the
   * identity of an agent that lived here is missing.
   */
  void create(Config config) throws IOException {
    KeyStore.requireNotLost(directory);
    beginAnew(config);
  }

  /** Makes what is missing, also a new identity in place of one that was lost. */
  KeyStore.Keys beginAnew(Config config) throws IOException {
    directory.create();
    if (!hasConfig()) {
      ConfigFile.write(directory.config(), config);
    }
    return KeyStore.loadOrBeginAnew(directory, new SecureRandom());
  }

  /** Whether no daemon ever ran here, so that nobody can know this agent's port yet. */
  boolean wasNeverStarted() throws IOException {
    if (Files.exists(directory.messages()) || Files.exists(directory.state()) || Files.exists(directory.peers())) {
      return false;
    }
    if (!Files.isDirectory(directory.logs())) {
      return true;
    }
    try (DirectoryStream<Path> logs = Files.newDirectoryStream(directory.logs())) {
      return !logs.iterator().hasNext();
    }
  }

  /** Empties the file that takes the daemon's output; 0600. */
  Path emptyDaemonLog() throws IOException {
    Path log = directory.daemonLog();
    Files.deleteIfExists(log);
    Files.createFile(log, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return log;
  }
}
