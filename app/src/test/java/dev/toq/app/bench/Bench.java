package dev.toq.app.bench;

import dev.toq.app.bench.BenchOptions.Part;
import dev.toq.app.bench.BenchOptions.Sizes;
import dev.toq.protocol.crypto.AccpEd25519;
import dev.toq.protocol.crypto.BouncyCastleEd25519;
import dev.toq.protocol.crypto.Ed25519;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Measures the figures of docs/performance.md: agents as processes of their own, and the load from others. Prints each
 * with its goal; exits 1 where one is missed, 2 where the words of the command line are not understood.
 */
public final class Bench {
  private static final String TEXT = "x".repeat(60);
  private static final int STATUS_RUNS = 15;
  private static final Duration REST = Duration.ofSeconds(10);

  private final BenchOptions options;
  private final List<String> toq;
  private final List<String> plainJar;
  private final Optional<List<String>> peer;
  private final Sizes sizes;
  private final Report report = new Report();

  private Bench(BenchOptions options) {
    this.options = options;
    this.toq = List.of(options.top.resolve("scripts/toq").toString());
    this.plainJar = List.of("java", "-jar", options.top.resolve("app/target/toq.jar").toString());
    this.peer = options.peer;
    this.sizes = options.sizes;
  }

  public static void main(String[] arguments) throws Exception {
    BenchOptions options;
    try {
      options = BenchOptions.parse(arguments);
    } catch (IllegalArgumentException unknown) {
      System.err.println("bench: " + unknown.getMessage());
      System.exit(2);
      return;
    }
    Bench bench = new Bench(options);
    bench.measure();
    bench.report.print(System.out);
    if (options.writes()) {
      bench.report.write(options.top);
    }
    System.exit(bench.report.allMet() ? 0 : 1);
  }

  private void measure() throws Exception {
    if (options.wants(Part.API)) {
      overTheApi();
    }
    if (options.wants(Part.REST)) {
      atRest();
    }
    if (options.wants(Part.WIRE) || options.wants(Part.OUTBOUND)) {
      signed();
    }
    if (options.wants(Part.IDLE)) {
      new Crowd(toq, report).idle(sizes.idlePeers(), sizes.newcomers());
    }
    if (options.wants(Part.RECONNECT)) {
      new Crowd(toq, report).reconnect(sizes.reconnectingPeers(), sizes.runs());
    }
    if (options.wants(Part.GROWTH)) {
      new Growth(toq, report).measure(sizes.messages(), options.growthPicture());
    }
  }

  /** What is held against the cost of signatures, which is measured before and after each: the pace may change. */
  private void signed() throws Exception {
    double echo = CryptoBound.echo(BenchTls.server(), BenchTls.client(), sizes.seconds());
    Outbound outbound = new Outbound(toq, options, report);
    signed("bc", new BouncyCastleEd25519(), echo, 0.60, outbound, 0.80);
    Optional<AccpEd25519> accp = AccpEd25519.load();
    Optional<Samples> durable = Optional.empty();
    if (accp.isPresent()) {
      durable = signed("accp", accp.get(), echo, 0.45, outbound, 0.60);
    } else {
      report.missing("over the wire and outbound, ACCP", "ACCP does not load on this machine");
    }
    if (options.wants(Part.WIRE)) {
      report.theirs("over the wire, pipelined", peer.isPresent() ? Optional.of(wireOfPeer()) : Optional.empty());
    }
    if (options.wants(Part.OUTBOUND)) {
      if (options.nats.isPresent()) {
        outbound.beside(options.nats.get(), durable);
      }
      outbound.printHotPaths();
    }
  }

  /** With one provider; returns what went out durably, where that was wanted. */
  private Optional<Samples> signed(String provider, Ed25519 ed25519, double echo, double wireGoal, Outbound outbound,
      double outboundGoal) throws Exception {
    Optional<Samples> durable = Optional.empty();
    CryptoBound before = CryptoBound.measure(ed25519, echo, sizes.seconds());
    if (options.wants(Part.WIRE)) {
      Samples many = overTheWire(provider, ed25519.name());
      CryptoBound after = CryptoBound.measure(ed25519, echo, sizes.seconds());
      share("over the wire, pipelined", many, before.mean(after), wireGoal);
      before = after;
    }
    if (options.wants(Part.OUTBOUND)) {
      Samples many = outbound.measure(provider, ed25519.name());
      share("outbound", many, before.mean(CryptoBound.measure(ed25519, echo, sizes.seconds())), outboundGoal);
      durable = Optional.of(many);
    }
    return durable;
  }

  private void share(String what, Samples messages, CryptoBound bound, double goal) {
    String figure = what + ", " + bound.implementation();
    report.told(figure + ": messages/s", messages.perSecond(), Optional.empty());
    report.atLeast(figure + ": share of the crypto bound", goal, messages.perSecond() / bound.perSecond(),
        Optional.empty());
    report.note(what + ", " + bound);
  }

  /** Acknowledged messages through the API of one agent to another. */
  private void overTheApi() throws Exception {
    List<Samples> ours = apiRuns(toq, true);
    Optional<List<Samples>> theirs = peer.isPresent() ? Optional.of(apiRuns(peer.get(), false)) : Optional.empty();
    report.atMost("API, 1 caller: p50 ms", 2, ours.get(0).p50Millis(), theirs.map(t -> t.get(0).p50Millis()));
    report.atMost("API, 1 caller: p99 ms", 8, ours.get(0).p99Millis(), theirs.map(t -> t.get(0).p99Millis()));
    report.told("API, 1 caller: messages/s", ours.get(0).perSecond(), theirs.map(t -> t.get(0).perSecond()));
    report.told("API, 8 callers: messages/s", ours.get(1).perSecond(), theirs.map(t -> t.get(1).perSecond()));
    report.told("API, 8 callers: p99 ms", ours.get(1).p99Millis(), theirs.map(t -> t.get(1).p99Millis()));
    report.atLeast(
        "API, 32 callers: messages/s", 2_000, ours.get(2).perSecond(), theirs.map(t -> t.get(2).perSecond()));
    report.told("API, 32 callers: p99 ms", ours.get(2).p99Millis(), theirs.map(t -> t.get(2).p99Millis()));
  }

  private List<Samples> apiRuns(List<String> command, boolean failuresAreFatal) throws Exception {
    try (BenchAgent alice = BenchAgent.start(command, "alice", "");
        BenchAgent bob = BenchAgent.start(command, "bob", "")) {
      List<Samples> medians = new ArrayList<>();
      for (int callers : new int[] {1, 8, 32}) {
        List<ApiCaller> all = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
          all.add(new ApiCaller(alice.port(), bob.address(), TEXT, failuresAreFatal));
        }
        Load.run(all, callers == 1 ? sizes.longWarmUpSeconds() : sizes.warmUpSeconds());
        List<Samples> measured = new ArrayList<>();
        for (int run = 0; run < sizes.runs(); run++) {
          measured.add(Load.run(all, sizes.seconds()));
        }
        for (ApiCaller caller : all) {
          caller.close();
        }
        medians.add(Samples.median(measured));
      }
      return medians;
    }
  }

  /** Start, memory and the speed of a command, as installed by the README: without libraries beside the jar. */
  private void atRest() throws Exception {
    double[] ready = new double[sizes.runs()];
    double[] resident = new double[sizes.runs()];
    double[] peerReady = new double[sizes.runs()];
    double[] peerResident = new double[sizes.runs()];
    double[] status = new double[STATUS_RUNS];
    double[] statusPlain = new double[STATUS_RUNS];
    double[] peerStatus = new double[STATUS_RUNS];
    for (int run = 0; run < sizes.runs(); run++) {
      try (BenchAgent agent = BenchAgent.start(toq, "resting", "-Dtoq.ed25519=bc")) {
        ready[run] = agent.readyMillis();
        for (int i = 0; i < STATUS_RUNS; i++) {
          status[i] = agent.commandMillis(toq, "status");
          statusPlain[i] = agent.commandMillis(plainJar, "status");
        }
        TimeUnit.NANOSECONDS.sleep(REST.toNanos());
        resident[run] = agent.residentMegabytes();
      }
      if (peer.isPresent()) {
        try (BenchAgent agent = BenchAgent.start(peer.get(), "resting", "")) {
          peerReady[run] = agent.readyMillis();
          for (int i = 0; i < STATUS_RUNS; i++) {
            peerStatus[i] = agent.commandMillis(peer.get(), "status");
          }
          TimeUnit.NANOSECONDS.sleep(REST.toNanos());
          peerResident[run] = agent.residentMegabytes();
        }
      }
    }
    report.atMost("start to ready, ms", 800, median(ready), peer.map(p -> median(peerReady)));
    report.atMost("memory at rest, MB", 90, median(resident), peer.map(p -> median(peerResident)));
    report.atMost("status by scripts/toq, ms", 150, median(status), peer.map(p -> median(peerStatus)));
    report.atMost("status by java -jar, ms", 250, median(statusPlain), peer.map(p -> median(peerStatus)));
  }

  private Samples overTheWire(String provider, String implementation) throws Exception {
    try (BenchAgent agent = BenchAgent.start(toq, "target", "-Dtoq.ed25519=" + provider)) {
      String oneInFlight = "over the wire, one in flight, " + implementation;
      Samples one = wire(agent.address(), provider, 1, 1);
      report.atMost(oneInFlight + ": p50 ms", 0.6, one.p50Millis(), Optional.empty());
      report.atMost(oneInFlight + ": p99 ms", 3, one.p99Millis(), Optional.empty());
      return wire(agent.address(), provider, WireLoad.CONNECTIONS, WireLoad.WINDOW);
    }
  }

  private double wireOfPeer() throws Exception {
    try (BenchAgent agent = BenchAgent.start(peer.orElseThrow(), "target", "")) {
      return wire(agent.address(), "accp", WireLoad.CONNECTIONS, WireLoad.WINDOW).perSecond();
    }
  }

  private Samples wire(String address, String provider, int connections, int window) throws Exception {
    return WireLoad.inProcess(
        provider, address, connections, window, sizes.longWarmUpSeconds(), sizes.seconds(), sizes.runs());
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
