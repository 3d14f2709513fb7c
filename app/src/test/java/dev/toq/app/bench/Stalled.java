package dev.toq.app.bench;

import dev.toq.app.bench.StalledSocket.Stage;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.Self;
import dev.toq.store.Config;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Measures what forty stalled sockets cost others: an honest peer and an API caller connect anew for each request, with
 * none and with forty of them standing, in blocks by turns. Exit code 0: all within bounds; 1: not; 2: not measured.
 */
public final class Stalled {
  private static final double MOST_RATIO = 2;
  private static final Duration LATENESS = Duration.ofSeconds(1);

  /** Long enough to see that a socket was not closed in time. */
  private static final Duration PATIENCE_WITH_STALLS = Duration.ofSeconds(15);

  /** Shorter than a stall stands, so that a request which waits for one is seen as unserved. */
  private static final Duration PATIENCE_OF_NEWCOMERS = Duration.ofSeconds(4);

  private static final int BLOCK = 100;

  /** Even, so that neither kind of block is always the later one. */
  private static final int ROUNDS = 6;
  private static final Duration WARM_UP = Duration.ofSeconds(15);

  /** Unmeasured requests before each block, because the daemon rested while the sockets of the last one ran out. */
  private static final int RUN_UP = 10;

  private final Duration deadline = Config.standard().handshakeTimeout();
  private final BenchAgent agent;
  private final Newcomers newcomers;
  private final StalledSocket.Words words;
  private final Newcomers.Latencies unloaded = new Newcomers.Latencies();
  private final Newcomers.Latencies loaded = new Newcomers.Latencies();
  private final List<Stalls.Closing> closings = new ArrayList<>();
  private int opened; // in the beginning of a block
  private int unfilled;
  private boolean missed;

  private Stalled(BenchAgent agent) throws Exception {
    this.agent = agent;
    SSLContext tls = BenchTls.client();
    Address address = Address.parse(agent.address());
    Self self = WirePeer.newSelf("newcomer");
    this.newcomers = new Newcomers(tls, address, self, PATIENCE_OF_NEWCOMERS);
    this.words = StalledSocket.Words.of(tls, self, address);
  }

  /** {@code arguments}: the command that the owner of the daemon types for {@code toq}. */
  public static void main(String[] arguments) {
    int code;
    try (BenchAgent agent = BenchAgent.start(List.of(arguments), "target", "")) {
      Stalled stalled = new Stalled(agent);
      stalled.measure();
      stalled.report();
      code = stalled.missed ? 1 : 0;
    } catch (Exception broken) {
      broken.printStackTrace();
      code = 2;
    }
    System.exit(code);
  }

  private void measure() throws Exception {
    Newcomers.Latencies warmUp = new Newcomers.Latencies();
    for (long end = System.nanoTime() + WARM_UP.toNanos(); System.nanoTime() < end; ) {
      newcomers.request(1, warmUp);
    }
    System.out.printf(Locale.ROOT, "warm-up: %d s, %d requests of each kind%n", WARM_UP.toSeconds(), warmUp.count());
    for (int round = 0; round < ROUNDS && loaded.unserved() == 0; round++) {
      if (round % 2 == 0) {
        block(unloaded);
        loadedBlock();
      } else {
        loadedBlock();
        block(unloaded);
      }
    }
  }

  private void loadedBlock() throws Exception {
    Stalls stalls = Stalls.open(agent.port(), words, PATIENCE_WITH_STALLS);
    opened += Stalls.ALL;
    try {
      block(loaded);
    } finally {
      Stalls.End end = stalls.awaitAllClosed();
      closings.addAll(end.closings());
      unfilled += end.unfilled();
    }
  }

  private void block(Newcomers.Latencies into) throws Exception {
    newcomers.request(RUN_UP, new Newcomers.Latencies());
    newcomers.request(BLOCK, into);
  }

  private void report() {
    System.out.printf(Locale.ROOT, "%-20s %9s %9s %7s%n", "new connections, ms", "unloaded", "loaded", "ratio");
    ratio("peer p50", unloaded.ofPeer().p50Millis(), loaded.ofPeer().p50Millis());
    ratio("peer p99", unloaded.ofPeer().p99Millis(), loaded.ofPeer().p99Millis());
    ratio("API p50", unloaded.ofApi().p50Millis(), loaded.ofApi().p50Millis());
    ratio("API p99", unloaded.ofApi().p99Millis(), loaded.ofApi().p99Millis());
    System.out.printf(Locale.ROOT, "%d and %d requests of each kind, %d and %d not served in %d s%n", unloaded.count(),
        loaded.count(), unloaded.unserved(), loaded.unserved(), PATIENCE_OF_NEWCOMERS.toSeconds());

    System.out.printf(Locale.ROOT, "%-20s %9s %9s %9s%n", "stalled, s", "sockets", "earliest", "latest");
    for (Stage stage : Stage.values()) {
      closed(stage);
    }
    System.out.printf(Locale.ROOT, "to be closed at least %d and at most %d s after their stage began%n",
        deadline.toSeconds(), deadline.plus(LATENESS).toSeconds());
    System.out.printf(Locale.ROOT, "%d more opened in the place of closed ones, %d could not be%s%n",
        closings.size() - opened, unfilled, mark(unfilled > 0));
    System.out.println(missed ? "stalled: FAILED" : "stalled: 40 stalled sockets stand in nobody's way");
  }

  private void ratio(String name, double unloadedMillis, double loadedMillis) {
    double ratio = loadedMillis / unloadedMillis;
    System.out.printf(Locale.ROOT, "%-20s %9.2f %9.2f %7.2f%s%n", name, unloadedMillis, loadedMillis, ratio,
        mark(!(ratio <= MOST_RATIO)));
  }

  private void closed(Stage stage) {
    List<Duration> times =
        closings.stream().filter(closing -> closing.stage() == stage).map(Stalls.Closing::after).sorted().toList();
    Optional<Duration> earliest = times.stream().findFirst();
    Optional<Duration> latest = times.reversed().stream().findFirst();
    boolean good = earliest.filter(time -> time.compareTo(deadline) >= 0).isPresent()
        && latest.filter(time -> time.compareTo(deadline.plus(LATENESS)) <= 0).isPresent();
    System.out.printf(Locale.ROOT, "%-20s %9d %9s %9s%s%n", stage.title(), times.size(), seconds(earliest),
        seconds(latest), mark(!good));
  }

  private static String seconds(Optional<Duration> time) {
    return time.map(it -> String.format(Locale.ROOT, "%.2f", it.toNanos() / 1e9)).orElse("none");
  }

  private String mark(boolean bad) {
    missed |= bad;
    return bad ? "   missed" : "";
  }
}
