package dev.toq.app.bench;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.Self;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/** What many peers cost one daemon: at rest, and when all of them come back after its restart. */
final class Crowd {
  /** Two heartbeats of every peer. */
  private static final Duration REST = Duration.ofSeconds(65);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String TEXT = "x".repeat(60);
  /** Descriptors of a process beside those of its peers. */
  private static final int OTHER_DESCRIPTORS = 500;

  private final List<String> toq;
  private final Report report;

  /** {@code toq}: the command of the daemon. */
  Crowd(List<String> toq, Report report) {
    this.toq = toq;
    this.report = report;
  }

  /**
   * Memory with so many idle peers, which beat every 30 s, and how long a new peer then takes from its first packet to
   * the acknowledgement of its message.
   *
   * @param newcomers how many come, one after the other
   */
  void idle(int peers, int newcomers) throws Exception {
    String rows = String.format(Locale.ROOT, "%,d idle peers", peers);
    long descriptors = mostDescriptors();
    if (descriptors < peers + OTHER_DESCRIPTORS) {
      report.missing(rows, "a process may open " + descriptors + " files here: ulimit -n "
          + (peers + OTHER_DESCRIPTORS) + " was not allowed");
      return;
    }
    try (BenchAgent agent = agent(peers + newcomers);
        PeerFleet fleet = new PeerFleet(agent.address(), peers)) {
      TimeUnit.NANOSECONDS.sleep(REST.toNanos());
      double rested = agent.residentMegabytes();
      Samples joined = newPeers(agent.address(), newcomers);
      double resident = Math.max(rested, agent.residentMegabytes());
      PeerFleet.Health health = fleet.health();
      if (health.neverLost() < peers || health.leastBeatsAnswered() < 1) {
        report.missing(rows, (peers - health.neverLost()) + " lost their connection, and each had at least "
            + health.leastBeatsAnswered() + " heartbeats answered");
      }
      report.atMost(rows + ": memory of the daemon, MB", 450, resident, Optional.empty());
      report.told(rows + ": a new peer's first message acknowledged, p50 ms", joined.p50Millis(), Optional.empty());
      report.atMost(
          rows + ": a new peer's first message acknowledged, p99 ms", 100, joined.p99Millis(), Optional.empty());
    }
  }

  private static long mostDescriptors() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount() : 0;
  }

  private static Samples newPeers(String address, int count) throws Exception {
    SSLContext tls = BenchTls.client();
    Self self = WirePeer.newSelf("newcomer");
    Address to = Address.parse(address);
    long[] nanos = new long[count];
    for (int i = -count / 3; i < count; i++) { // the first third warms this process up
      long start = System.nanoTime();
      try (WirePeer peer = WirePeer.connect(tls, to, self, PATIENCE)) {
        peer.exchange(TEXT);
      }
      if (i >= 0) {
        nanos[i] = System.nanoTime() - start;
      }
    }
    return Samples.of(nanos, java.util.Arrays.stream(nanos).sum());
  }

  /** From the start of the daemon's process after a kill, until every peer had a message acknowledged again. */
  void reconnect(int peers, int runs) throws Exception {
    double[] seconds = new double[runs];
    for (int run = 0; run < runs; run++) {
      try (BenchAgent agent = agent(peers + OTHER_DESCRIPTORS);
          PeerFleet fleet = new PeerFleet(agent.address(), peers)) {
        agent.kill();
        long start = System.nanoTime();
        agent.start();
        fleet.awaitBack(120);
        seconds[run] = (System.nanoTime() - start) / 1e9;
      }
    }
    report.atMost(String.format(Locale.ROOT, "%,d peers connected again after a restart, s", peers), 10,
        Bench.median(seconds), Optional.empty());
  }

  /** As the README installs it, save for how many connections it takes. */
  private BenchAgent agent(int connections) throws Exception {
    return BenchAgent.start(
        toq, "target", "-Dtoq.ed25519=bc", Map.of("max_connections", Integer.toString(connections)));
  }
}
