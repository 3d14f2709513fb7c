package dev.toq.app;

import dev.toq.app.api.ApiLimits;
import dev.toq.app.api.ApiServer;
import dev.toq.app.daemon.Agent;
import dev.toq.app.daemon.Endpoint;
import dev.toq.app.daemon.Nearby;
import dev.toq.app.daemon.PortMapping;
import dev.toq.app.daemon.Surroundings;
import dev.toq.app.daemon.Ticker;
import dev.toq.store.ChallengeFile;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import dev.toq.store.DataDirectory;
import dev.toq.store.FileLayer;
import dev.toq.store.InboxFile;
import dev.toq.store.KeyStore;
import dev.toq.store.OutboxFile;
import dev.toq.store.Peers;
import dev.toq.store.PeersFile;
import dev.toq.store.PermissionsFile;
import dev.toq.store.RealFiles;
import dev.toq.store.StoredMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** A whole agent in this process: real files in a directory of the test, a real port, real TLS. */
public final class TestAgent implements AutoCloseable {
  private final DataDirectory directory;
  private final ServerSocketChannel server;
  private final InboxFile inbox;
  private final OutboxFile outbox;
  private final PeersFile peers;
  private final ChallengeFile challenges;
  private final PermissionsFile permissions;
  private final Endpoint endpoint;
  private final ApiServer api;

  /** An agent named "tested" in {@code home}, with the standard configuration changed by {@code settings}. */
  public static TestAgent start(Path home, UnaryOperator<Config> settings) throws IOException {
    return start(home, settings, RealFiles.INSTANCE);
  }

  /** The same, on a clock that the test moves. */
  public static TestAgent start(Path home, UnaryOperator<Config> settings, Ticker ticker) throws IOException {
    return new TestAgent(home, named(settings), RealFiles.INSTANCE, InstantSource.system(), ticker);
  }

  /** The same, on a file layer that watches or fails. */
  public static TestAgent start(Path home, UnaryOperator<Config> settings, FileLayer files) throws IOException {
    return start(home, settings, files, InstantSource.system());
  }

  /** The same, with a time of day of the test. */
  public static TestAgent start(Path home, UnaryOperator<Config> settings, FileLayer files, InstantSource clock)
      throws IOException {
    return new TestAgent(home, named(settings), files, clock, Ticker.SYSTEM);
  }

  /** The same, on both. */
  public static TestAgent start(Path home, UnaryOperator<Config> settings, FileLayer files, Ticker ticker)
      throws IOException {
    return new TestAgent(home, named(settings), files, InstantSource.system(), ticker);
  }

  /** The same, with both its clocks of the test. */
  public static TestAgent start(Path home, UnaryOperator<Config> settings, InstantSource clock, Ticker ticker)
      throws IOException {
    return new TestAgent(home, named(settings), RealFiles.INSTANCE, clock, ticker);
  }

  /** The same, with a connection mode that may change, and an answer of DNS. */
  public static TestAgent trusting(Path home, Endpoint.Trust trust) throws IOException {
    return new TestAgent(
        home, named(config -> config), RealFiles.INSTANCE, InstantSource.system(), Ticker.SYSTEM, own -> trust,
        Nearby.OFF);
  }

  /** The same, with a network around it that the test makes up. */
  public static TestAgent start(Path home, UnaryOperator<Config> settings, Nearby nearby) throws IOException {
    return new TestAgent(home, named(settings), RealFiles.INSTANCE, InstantSource.system(), Ticker.SYSTEM,
        own -> new Endpoint.Trust(own::connectionMode), nearby);
  }

  private static Config named(UnaryOperator<Config> settings) {
    return settings.apply(Config.standard().with(ConfigKey.AGENT_NAME, "tested"));
  }

  private TestAgent(Path home, Config config, FileLayer files, InstantSource clock, Ticker ticker) throws IOException {
    this(home, config, files, clock, ticker, own -> new Endpoint.Trust(own::connectionMode), Nearby.OFF);
  }

  private TestAgent(Path home, Config config, FileLayer files, InstantSource clock, Ticker ticker,
      Function<Config, Endpoint.Trust> trust, Nearby nearby) throws IOException {
    SecureRandom random = new SecureRandom();
    directory = DataDirectory.resolve(Map.of("HOME", home.toString()), home, Optional.of(home.resolve("agent")));
    directory.create();
    KeyStore.Keys keys = KeyStore.loadOrCreate(directory, random);
    server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    permissions = PermissionsFile.open(directory, clock);
    inbox = InboxFile.open(files, directory.messages(), clock, random,
        InboxFile.Settings.withHistory(config.messageHistoryLimit()), permissions::approvedKeys);
    outbox = OutboxFile.open(files, directory.outbox(), clock, OutboxFile.Settings.of(config));
    peers = PeersFile.open(directory, permissions::approvedKeys);
    challenges = ChallengeFile.open(directory, clock.instant(), permissions::approvedKeys);
    endpoint = new Endpoint(config, keys, new Endpoint.Stores(inbox, outbox, peers, challenges, permissions,
        () -> KeyStore.rotate(directory, random)), trust.apply(config),
        new Surroundings(nearby, PortMapping.Off::new), server, clock, ticker, random, List::of, graceful -> {});
    api = new ApiServer(
        endpoint.agent(), ApiLimits.of(config.maxMessageSize(), config.messageHistoryLimit()), clock);
    Thread.ofPlatform().daemon().start(() -> api.start(port()));
    endpoint.listen(api::adopt);
  }

  public Agent agent() {
    return endpoint.agent();
  }

  public Endpoint endpoint() {
    return endpoint;
  }

  public int port() {
    return endpoint.address().dialPort();
  }

  /** The stored messages, oldest first, as the agent knows them. */
  public List<StoredMessage> history() {
    return inbox.newest(1_000, message -> true).toList();
  }

  /** Whom it has met. */
  public Peers peers() {
    return peers;
  }

  /** The lines of the file in which they stand. */
  public List<String> storedLines() throws IOException {
    return Files.readAllLines(directory.messages());
  }

  /** Nobody can connect to it any more, as behind a router that lets nothing in; its own connections go on. */
  public void closePort() throws IOException {
    int port = port();
    server.close();
    while (isOpen(port)) { // an accept under way may take one connection more
      Thread.onSpinWait();
    }
  }

  private static boolean isOpen(int port) {
    try (SocketChannel probe = SocketChannel.open(new InetSocketAddress("127.0.0.1", port))) {
      return probe.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  public DataDirectory directory() {
    return directory;
  }

  @Override
  public void close() throws IOException {
    api.close();
    endpoint.close();
    inbox.close();
    outbox.close();
    challenges.close();
    peers.close();
    server.close();
  }
}
