package dev.toq.app.bench;

import dev.toq.app.daemon.Agent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.app.daemon.DnsVerifier;
import dev.toq.app.daemon.Endpoint;
import dev.toq.app.daemon.Ticker;
import dev.toq.launcher.Relaunch;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.ChallengeFile;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import dev.toq.store.DataDirectory;
import dev.toq.store.InboxFile;
import dev.toq.store.KeyStore;
import dev.toq.store.OutboxFile;
import dev.toq.store.PeersFile;
import dev.toq.store.PermissionsFile;
import dev.toq.store.RealFiles;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The sending daemon as a process of its own, without its HTTP side: a whole endpoint on real files, to which threads
 * of the same process hand messages. A message counts when it stands in the outbox here, forced, and the receiver has
 * acknowledged that it stands in its inbox, forced.
 */
final class OutboundLoad {
  private static final String TEXT = "x".repeat(60);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private OutboundLoad() {}

  /** What the load is asked to do; how it is handed to its process. */
  record Asked(String provider, String receiver, Path home, int threads, long warmUpSeconds, long seconds, int runs) {
    private static Asked parse(String[] words) {
      return new Asked(words[0], words[1], Path.of(words[2]), Integer.parseInt(words[3]), Long.parseLong(words[4]),
          Long.parseLong(words[5]), Integer.parseInt(words[6]));
    }

    private List<String> words() {
      return List.of(provider, receiver, home.toString(), Integer.toString(threads), Long.toString(warmUpSeconds),
          Long.toString(seconds), Integer.toString(runs));
    }
  }

  /** Runs it in a new process with the daemon's flags and these, and returns the run in the middle. */
  static Samples inProcess(Asked asked, List<String> moreFlags) throws Exception {
    List<String> flags = new ArrayList<>(Relaunch.flags(Relaunch.Kind.DAEMON));
    flags.add("-Dtoq.ed25519=" + asked.provider());
    flags.addAll(moreFlags);
    long patience = 2 * (asked.warmUpSeconds() + asked.runs() * asked.seconds()) + 60;
    String[] figures =
        JavaProcess.run(flags, OutboundLoad.class, asked.words(), patience).getLast().split(" ", -1);
    return new Samples(
        Double.parseDouble(figures[0]), Double.parseDouble(figures[1]), Double.parseDouble(figures[2]));
  }

  /** The words of {@link Asked}; prints messages a second, p50 and p99 in milliseconds. */
  public static void main(String[] arguments) throws Exception {
    Asked asked = Asked.parse(arguments);
    Config config = Config.standard().with(ConfigKey.AGENT_NAME, "sender").with(ConfigKey.CONNECT_TIMEOUT, 20L);
    InstantSource clock = InstantSource.system();
    SecureRandom random = new SecureRandom();
    DataDirectory directory = DataDirectory.resolve(
        Map.of("HOME", asked.home().toString()), asked.home(), Optional.of(asked.home().resolve("sender")));
    directory.create();
    KeyStore.Keys keys = KeyStore.loadOrCreate(directory, random);
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (InboxFile inbox = InboxFile.open(RealFiles.INSTANCE, directory.messages(), clock, random,
              InboxFile.Settings.withHistory(config.messageHistoryLimit()), Set::of);
          OutboxFile outbox = OutboxFile.open(
              RealFiles.INSTANCE, directory.outbox(), clock, OutboxFile.Settings.of(config));
          PeersFile peers = PeersFile.open(directory, Set::of);
          ChallengeFile challenges = ChallengeFile.open(directory, clock.instant(), Set::of);
          Endpoint endpoint = new Endpoint(config, keys,
              new Endpoint.Stores(inbox, outbox, peers, challenges, PermissionsFile.open(directory, clock),
                  () -> KeyStore.rotate(directory, random)),
              new Endpoint.Trust(config::connectionMode, DnsVerifier.NONE), server,
              clock, Ticker.SYSTEM, random, List::of, graceful -> {})) {
        endpoint.listen((channel, firstBytes) -> channel.close());
        Samples median = measure(endpoint.agent(), asked);
        System.out.printf(
            Locale.ROOT, "%.1f %.4f %.4f%n", median.perSecond(), median.p50Millis(), median.p99Millis());
      }
    }
    System.exit(0); // threads of the endpoint may still be on their way out
  }

  private static Samples measure(Agent agent, Asked asked) throws Exception {
    List<Sender> senders = new ArrayList<>();
    for (int i = 0; i < asked.threads(); i++) {
      senders.add(new Sender(agent, Address.parse(asked.receiver())));
    }
    Load.run(senders, asked.warmUpSeconds());
    List<Samples> measured = new ArrayList<>();
    for (int run = 0; run < asked.runs(); run++) {
      measured.add(Load.run(senders, asked.seconds()));
    }
    return Samples.median(measured);
  }

  /** One local program that waits for the acknowledgement of each message before it hands over the next. */
  private record Sender(Agent agent, Address to) implements Load.Caller {
    private static final Outgoing MESSAGE =
        new Outgoing(Optional.of(JsonObject.builder().put("text", TEXT).build()), Optional.empty(), Optional.empty(),
            Optional.empty(), false);

    @Override
    public boolean call() throws Exception {
      Outcome outcome = agent.send(to, MESSAGE, true, PATIENCE);
      if (!(outcome instanceof Outcome.Delivered)) {
        throw new IllegalStateException("a message was not delivered: " + outcome);
      }
      return true;
    }

    @Override
    public void close() {}
  }
}
