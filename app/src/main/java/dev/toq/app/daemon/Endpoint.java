package dev.toq.app.daemon;

import dev.toq.app.admission.Admission;
import dev.toq.app.dns.AgentDirectory;
import dev.toq.app.dns.DnsNames;
import dev.toq.protocol.body.StreamBudget;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.wire.FrameBudget;
import dev.toq.store.ChallengeMemory;
import dev.toq.store.Config;
import dev.toq.store.Inbox;
import dev.toq.store.KeyStore.Keys;
import dev.toq.store.Outbox;
import dev.toq.store.Peers;
import dev.toq.store.Permissions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.ServerSocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** One toq endpoint: an agent that listens on one port, and everything its connections share. */
public final class Endpoint implements AutoCloseable {

  /** The files behind it. The caller closes them, after this endpoint. */
  public record Stores(Inbox inbox, Outbox outbox, Peers peers, ChallengeMemory challenges, Permissions permissions,
      KeyFiles keys) {}

  /** The files of this agent's keys. */
  @FunctionalInterface
  public interface KeyFiles {
    /** Replaces the identity; what it returns is on the disk. */
    Keys rotate() throws IOException;
  }

  /**
   * What decides about peers beside the owner's rules.
   *
   * @param mode the connection mode, asked for each decision
   * @param dns whether DNS confirms an address; empty for the name servers of the configuration
   */
  public record Trust(Supplier<Config.ConnectionMode> mode, Optional<DnsVerifier> dns) {
    public Trust(Supplier<Config.ConnectionMode> mode, DnsVerifier dns) {
      this(mode, Optional.of(dns));
    }

    public Trust(Supplier<Config.ConnectionMode> mode) {
      this(mode, Optional.empty());
    }
  }

  /** What the long frames of all peers may take while they come. */
  private static final int FRAME_BYTES = 32 << 20;

  /** What the values in frames of all peers may take: those of three messages of a megabyte. */
  private static final int VALUES_BYTES = 114 << 20;

  /** What the open streams of all peers may take. */
  private static final long STREAM_MEMORY_BYTES = 64L << 20;

  private final Node node;
  private final OwnKeys ownKeys;
  private final RunningAgent agent;
  private final RulesInForce rules;
  private final List<ServerSocketChannel> servers = new CopyOnWriteArrayList<>();

  /** An endpoint that asks neither its networks nor its router anything. */
  public Endpoint(Config config, Keys keys, Stores stores, Trust trust, ServerSocketChannel server, InstantSource clock,
      Ticker ticker, SecureRandom random, Supplier<List<String>> warnings, Consumer<Boolean> stop) throws IOException {
    this(config, keys, stores, trust, Surroundings.NONE, server, clock, ticker, random, warnings, stop);
  }

  /**
   * Makes an endpoint for a bound socket; {@link #listen} lets it accept.
   *
   * @param warnings what the owner should be told in {@code toq status}
   * @param stop begins to stop the process, gracefully where its argument is true
   */
  public Endpoint(Config config, Keys keys, Stores stores, Trust trust, Surroundings surroundings,
      ServerSocketChannel server, InstantSource clock, Ticker ticker, SecureRandom random,
      Supplier<List<String>> warnings, Consumer<Boolean> stop) throws IOException {
    int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
    Address own = Address.of(config.host(), port, config.agentName());
    Pinning pins = new Pinning(stores.peers(), stores.permissions(), config.holdRotatedKeys(), clock);
    AgentDirectory names = new AgentDirectory(DnsNames.of(config), ticker);
    DnsVerifier dns = trust.dns().orElseGet(
        () -> new DnsVerification(names, new LookupBudget(ticker, config.rateLimitLoopback())));
    Policy policy = new Policy(stores.permissions(), trust.mode(), pins, dns,
        new ApprovalQueue(stores.permissions(), config.maxPendingApprovals()));
    Registry registry = new Registry();
    servers.add(server);
    this.node = new Node(config, new CurrentSelf(new Self(keys.identity(), own, keys.rotations())), ownHosts(own),
        surroundings.nearby(),
        TlsContexts.server(keys.certificate(), keys.tlsKey()), TlsContexts.client(), clock, ticker, random,
        new Deadlines(ticker), new Admission(ticker, config.maxConnections(), config.rateConnectionsPerIp(),
            config.rateLimitLoopback()), stores.inbox(), stores.peers(), pins, stores.challenges(), policy,
        new Pairings(stores.permissions(), pins, clock, ticker, random), registry,
        new LostSessions(registry, clock, config.sessionResumeTimeout()), new SharedSecrets(stores.peers()),
        new EventStream(),
        new FrameBudget(FRAME_BYTES, VALUES_BYTES), new StreamBudget(STREAM_MEMORY_BYTES),
        new MessageQueue(ticker, config.maxMessageQueue()), names, new Counters());
    this.ownKeys = new OwnKeys(node, stores.keys());
    this.rules = new RulesInForce(stores.permissions(), policy, registry, node.lostSessions(), pins::successor,
        ticker);
    this.agent = new RunningAgent(node, stores.outbox(), stores.permissions(), rules, ownKeys, surroundings,
        () -> Stream.concat(warnings.get().stream(), pins.warnings().stream()).toList(), stop);
  }

  public Agent agent() {
    return agent;
  }

  /** For the tests of this package. */
  Node node() {
    return node;
  }

  public Address address() {
    return node.self().address();
  }

  /** For the tests of this package. */
  void goOnUnder(Keys next) {
    ownKeys.goOnUnder(next);
  }

  /** Accepts connections from now on, and goes on sending what was left in the outbox. */
  public void listen(HttpSide http) {
    listen(http, List.of());
  }

  /** The same, also at these bound sockets, which are closed with the first. */
  public void listen(HttpSide http, List<ServerSocketChannel> more) {
    agent.goOn(); // before any new message comes in, which would else be found there too
    servers.addAll(more);
    rules.watch();
    servers.forEach(server -> Listener.start(node, http, server));
  }

  /** Stops accepting, says goodbye to every peer and waits until they have closed, at most for the owner's time. */
  public void drain() throws InterruptedException {
    stopListening();
    agent.halt();
    List<Session> sessions = node.registry().all();
    sessions.forEach(Session::sayGoodbye);
    long end = node.ticker().getAsLong() + node.config().gracefulShutdownTimeout().toNanos();
    for (Session session : sessions) {
      session.awaitEnd(Duration.ofNanos(end - node.ticker().getAsLong()));
    }
  }

  /** Drops every connection at once, without a word (R-8.5-02). */
  @Override
  public void close() {
    stopListening();
    agent.halt();
    rules.close();
    cutAll();
    node.deadlines().close();
  }

  /** Ends every connection at once, and with them a {@link #drain} that waits for them. For any thread. */
  public void cutAll() {
    node.registry().all().forEach(session -> session.cut("this agent stops"));
  }

  private void stopListening() {
    for (ServerSocketChannel server : servers) {
      try {
        server.close();
      } catch (IOException broken) {
        Journal.debug("closing the listener failed: " + broken);
      }
    }
  }

  private static Set<String> ownHosts(Address own) throws SocketException {
    Set<String> hosts = new HashSet<>(List.of(own.host(), "localhost"));
    NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses).map(InetAddress::getHostAddress)
        .forEach(text -> hosts.add(
            text.contains(":") ? Address.canonicalHost("[" + text.replaceAll("%.*", "") + "]") : text));
    return Set.copyOf(hosts);
  }
}
