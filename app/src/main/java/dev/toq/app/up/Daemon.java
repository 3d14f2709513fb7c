package dev.toq.app.up;

import dev.toq.app.api.ApiLimits;
import dev.toq.app.api.ApiServer;
import dev.toq.app.daemon.Endpoint;
import dev.toq.app.daemon.Ticker;
import dev.toq.protocol.identity.Address;
import dev.toq.store.ChallengeFile;
import dev.toq.store.Config;
import dev.toq.store.DataDirectory;
import dev.toq.store.InboxFile;
import dev.toq.store.KeyStore;
import dev.toq.store.OutboxFile;
import dev.toq.store.PeersFile;
import dev.toq.store.PermissionsFile;
import dev.toq.store.ProcessMark;
import dev.toq.store.RealFiles;
import dev.toq.store.StateFile;
import dev.toq.store.WatchedConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.tinylog.Logger;

/** {@code toq up --foreground}: one agent, from its files to its end. */
public final class Daemon {
  /** System property of a daemon whose output nobody sees: what it logs is in the log alone. */
  public static final String BACKGROUND = "toq.background";

  private final DataDirectory directory;
  private final Config config;
  private final List<String> configWarnings;
  private final boolean mapPort;
  private final InstantSource clock = InstantSource.system();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile boolean graceful;
  private volatile Optional<Endpoint> draining = Optional.empty();

  /** A warning where this agent is not in the list of those that run. */
  private volatile Optional<String> listing = Optional.empty();

  private Daemon(DataDirectory directory, Config config, List<String> configWarnings, boolean mapPort) {
    this.directory = directory;
    this.config = config;
    this.configWarnings = configWarnings;
    this.mapPort = mapPort;
  }

  /**
   * Runs the agent of this directory until it is told to stop: by {@code POST /v1/daemon/shutdown}, SIGTERM or SIGINT.
   *
   * @param configWarnings what reading the configuration had to say; {@code toq status} shows it
   * @param mapPort a router is to be asked for the port, whatever the configuration says
   * @throws IOException where the agent cannot start; its message is a sentence for the owner
   */
  public static void run(DataDirectory directory, Config config, List<String> configWarnings, boolean mapPort)
      throws IOException, InterruptedException {
    LogSetup.apply(directory, config, !Boolean.getBoolean(BACKGROUND));
    new Daemon(directory, config, configWarnings, mapPort).live();
  }

  private void live() throws IOException, InterruptedException {
    try (StateFile.Hold hold = StateFile.hold(directory)) {
      try (Sockets sockets = Sockets.bind(config)) {
        SecureRandom random = new SecureRandom();
        KeyStore.Keys keys = KeyStore.loadOrCreate(directory, random); // first: the other files say that an agent lived
        live(sockets, PermissionsFile.open(directory, clock), keys, random);
      }
      StateFile.withdraw(directory, ProcessMark.own()); // last: until here it counts as running
    } finally {
      stopped.countDown();
    }
  }

  private void live(Sockets sockets, PermissionsFile permissions, KeyStore.Keys keys, SecureRandom random)
      throws IOException, InterruptedException {
    try (PeersFile peers = PeersFile.open(directory, permissions::approvedKeys);
        ChallengeFile challenges = ChallengeFile.open(directory, clock.instant(), permissions::approvedKeys);
        InboxFile inbox = InboxFile.open(
            RealFiles.INSTANCE, directory.messages(), clock, random, inboxSettings(), permissions::approvedKeys);
        OutboxFile outbox = OutboxFile.open(
            RealFiles.INSTANCE, directory.outbox(), clock, OutboxFile.Settings.of(config))) {
      Endpoint.Stores stores = new Endpoint.Stores(inbox, outbox, peers, challenges, permissions,
          () -> KeyStore.rotate(directory, random));
      WatchedConfig watched = WatchedConfig.open(directory.config(), config, clock);
      Endpoint.Trust trust = new Endpoint.Trust(() -> watched.config().connectionMode());
      int port = ((InetSocketAddress) sockets.first().getLocalAddress()).getPort();
      try (Around around = new Around(config, keys.identity(), port, mapPort, clock);
          Endpoint endpoint = new Endpoint(config, keys, stores, trust, around.surroundings(), sockets.first(), clock,
              Ticker.SYSTEM, random,
              () -> warnings(sockets, keys, watched, permissions, peers, challenges, inbox, outbox, around),
              this::stop);
          ApiServer api = new ApiServer(
              endpoint.agent(), ApiLimits.of(config.maxMessageSize(), config.messageHistoryLimit()), clock)) {
        serve(endpoint, sockets, api, around);
      }
    }
  }

  private void serve(Endpoint endpoint, Sockets sockets, ApiServer api, Around around)
      throws IOException, InterruptedException {
    Address address = endpoint.address();
    Thread.ofPlatform().name("toq-api-start").daemon().start(() -> api.start(address.dialPort()));
    endpoint.listen(api::adopt, sockets.more());
    StateFile.Running running = new StateFile.Running(
        address, address.dialPort(), config.connectionMode().wire(), ProcessMark.own(), clock.instant());
    listing = StateFile.publish(directory, running);
    listing.ifPresent(Logger::warn);
    Runtime.getRuntime().addShutdownHook(new Thread(this::stopAndWait, "toq-stop"));
    stopping.await();
    around.leave();
    StateFile.leave(directory, running).ifPresent(Logger::warn); // R-8.5-01: it leaves the registry
    draining = Optional.of(endpoint); // before the look at graceful, as who cuts it short looks the other way round
    if (graceful) {
      endpoint.drain();
    }
  }

  /**
   * Ids stay known for a day at least, so that a captured session cannot be replayed after the owner's window.
   */
  private InboxFile.Settings inboxSettings() {
    InboxFile.Settings standard = InboxFile.Settings.withHistory(config.messageHistoryLimit());
    Duration window = standard.duplicateWindow().compareTo(config.dedupWindow()) < 0
        ? config.dedupWindow() : standard.duplicateWindow();
    return new InboxFile.Settings(
        window, standard.historyLimit(), standard.segmentBytes(), standard.queueBytes());
  }

  private List<String> warnings(Sockets sockets, KeyStore.Keys keys, WatchedConfig watched,
      PermissionsFile permissions, PeersFile peers, ChallengeFile challenges, InboxFile inbox, OutboxFile outbox,
      Around around) {
    List<String> all = new ArrayList<>(configWarnings);
    all.addAll(sockets.warnings());
    listing.ifPresent(all::add);
    watched.warning().ifPresent(all::add);
    all.addAll(keys.warnings());
    all.addAll(permissions.warnings());
    all.addAll(peers.warnings());
    all.addAll(challenges.warnings());
    all.addAll(inbox.warnings());
    all.addAll(outbox.warnings());
    all.addAll(around.warnings());
    inbox.trouble().or(outbox::trouble)
        .ifPresent(trouble -> all.add("messages cannot be stored: " + trouble.getMessage()));
    return all;
  }

  private void stop(boolean sayGoodbye) {
    graceful = sayGoodbye;
    stopping.countDown();
    if (!sayGoodbye) {
      draining.ifPresent(Endpoint::cutAll);
    }
  }

  /** SIGTERM is the killswitch: no goodbye, or no more of it (R-8.5-02). */
  private void stopAndWait() {
    stop(false);
    try {
      stopped.await();
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
