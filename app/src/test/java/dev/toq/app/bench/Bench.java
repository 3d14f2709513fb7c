package dev.toq.app.bench;

import dev.toq.protocol.crypto.AccpEd25519;
import dev.toq.protocol.crypto.BouncyCastleEd25519;
import dev.toq.protocol.crypto.Ed25519;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Measures the figures of docs/performance.md: two agents as processes of their own, and the load from this one. Prints
 * each with its goal; exits 1 where one is missed. {@code --peer COMMAND} measures another implementation beside it,
 * {@code --peer nats} NATS JetStream.
 */
public final class Bench {
  private static final String TEXT = "x".repeat(60);
  private static final int STATUS_RUNS = 15;
  private static final Duration REST = Duration.ofSeconds(10);

  private final List<String> toq;
  private final List<String> plainJar;
  private final Optional<List<String>> peer;
  private final Optional<Path> nats;
  private final Optional<Part> only;
  private final Optional<Path> profile;
  private final long warmUpSeconds;
  private final long seconds;
  private final int runs;
  private final Report report = new Report();

  /** What can be measured by itself. */
  private enum Part { API, REST, WIRE, DURABLE }

  private Bench(Options options) {
    this.toq = List.of(options.top().resolve("scripts/toq").toString());
    this.plainJar = List.of("java", "-jar", options.top().resolve("app/target/toq.jar").toString());
    this.peer = options.peer();
    this.nats = options.nats();
    this.only = options.only();
    this.profile = options.profile();
    this.warmUpSeconds = options.warmUpSeconds();
    this.seconds = options.seconds();
    this.runs = options.runs();
  }

  public static void main(String[] arguments) throws Exception {
    Options options = Options.parse(arguments);
    Bench bench = new Bench(options);
    bench.measure();
    bench.report.print(System.out);
    if (options.write()) {
      bench.report.write(options.top());
    }
    System.exit(bench.report.allMet() ? 0 : 1);
  }

  private void measure() throws Exception {
    if (wanted(Part.API)) {
      overTheApi();
    }
    if (wanted(Part.REST)) {
      atRest();
    }
    if (wanted(Part.WIRE)) {
      double echo = CryptoBound.echo(BenchTls.server(), BenchTls.client(), seconds);
      overTheWire("bc", CryptoBound.measure(new BouncyCastleEd25519(), echo, seconds), 0.60);
      Optional<AccpEd25519> accp = AccpEd25519.load();
      if (accp.isPresent()) {
        overTheWire("accp", CryptoBound.measure((Ed25519) accp.get(), echo, seconds), 0.45);
      } else {
        report.missing("over the wire, pipelined, ACCP", "ACCP does not load on this machine");
      }
      report.theirs("over the wire, pipelined", peer.isPresent() ? Optional.of(wireOfPeer()) : Optional.empty());
    }
    if (wanted(Part.DURABLE)) {
      durable();
    }
  }

  private boolean wanted(Part part) {
    return only.isEmpty() || only.get() == part;
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
    report.atLeast("API, 32 callers: messages/s", 2_000, ours.get(2).perSecond(), theirs.map(t -> t.get(2).perSecond()));
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
        Load.run(all, warmUpSeconds);
        List<Samples> measured = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
          measured.add(Load.run(all, seconds));
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
    double[] ready = new double[runs];
    double[] resident = new double[runs];
    double[] peerReady = new double[runs];
    double[] peerResident = new double[runs];
    double[] status = new double[STATUS_RUNS];
    double[] statusPlain = new double[STATUS_RUNS];
    double[] peerStatus = new double[STATUS_RUNS];
    for (int run = 0; run < runs; run++) {
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

  private void overTheWire(String provider, CryptoBound bound, double goal) throws Exception {
    report.note(bound.toString());
    String recording = profile.map(file -> " -XX:StartFlightRecording=settings=profile,jdk.CPUTimeSample#enabled=true,dumponexit=true,filename="
        + file.resolveSibling(provider + "-" + file.getFileName()).toAbsolutePath()).orElse("");
    try (BenchAgent agent = BenchAgent.start(toq, "target", "-Dtoq.ed25519=" + provider + recording)) {
      Samples one = wire(agent.address(), provider, 1, 1);
      Samples many = wire(agent.address(), provider, WireLoad.CONNECTIONS, WireLoad.WINDOW);
      report.told("over the wire, one in flight, " + bound.implementation() + ": p50 ms", one.p50Millis(),
          Optional.empty());
      report.told("over the wire, pipelined, " + bound.implementation() + ": messages/s", many.perSecond(),
          Optional.empty());
      report.atLeast("over the wire, pipelined, " + bound.implementation() + ": share of the crypto bound", goal,
          many.perSecond() / bound.perSecond(), Optional.empty());
    }
  }

  /** Messages acknowledged once they are forced to disk. */
  private void durable() throws Exception {
    if (nats.isPresent()) {
      NatsPeer.measure(nats.get(), warmUpSeconds, seconds, runs).tell(report);
    }
  }

  private double wireOfPeer() throws Exception {
    try (BenchAgent agent = BenchAgent.start(peer.orElseThrow(), "target", "")) {
      return wire(agent.address(), "accp", WireLoad.CONNECTIONS, WireLoad.WINDOW).perSecond();
    }
  }

  private Samples wire(String address, String provider, int connections, int window) throws Exception {
    return WireLoad.inProcess(provider, address, connections, window, warmUpSeconds, seconds, runs);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /**
   * What the command line asked for.
   *
   * @param peer the {@code toq} command of another implementation
   * @param nats where the programs are that measure NATS JetStream
   * @param profile where recordings of the agents on the wire go
   */
  private record Options(Path top, Optional<List<String>> peer, Optional<Path> nats, Optional<Part> only,
      Optional<Path> profile, long warmUpSeconds, long seconds, int runs) {
    static Options parse(String[] arguments) {
      Options options = new Options(Path.of(arguments[0]), Optional.empty(), Optional.empty(), Optional.empty(),
          Optional.empty(), 10, 5, 3);
      for (int i = 1; i < arguments.length; i++) {
        options = switch (arguments[i]) {
          case "--peer" -> options.withPeer(arguments[++i]);
          case "--only" -> new Options(options.top, options.peer, options.nats,
              Optional.of(Part.valueOf(arguments[++i].toUpperCase(Locale.ROOT))), options.profile,
              options.warmUpSeconds, options.seconds, options.runs);
          case "--profile" -> new Options(options.top, options.peer, options.nats, options.only,
              Optional.of(Path.of(arguments[++i])), options.warmUpSeconds, options.seconds, options.runs);
          case "--quick" -> new Options(
              options.top, options.peer, options.nats, options.only, options.profile, 2, 1, 1);
          default -> throw new IllegalArgumentException(String.format(Locale.ROOT, "unknown argument %s; known: "
              + "--peer COMMAND, --peer nats, --only api|rest|wire|durable, --profile FILE, --quick", arguments[i]));
        };
      }
      return options;
    }

    private Options withPeer(String named) {
      return named.equals("nats")
          ? new Options(top, peer, Optional.of(top.resolve("app/target/nats")), only, profile, warmUpSeconds, seconds,
              runs)
          : new Options(top, Optional.of(List.of(named)), nats, only, profile, warmUpSeconds, seconds, runs);
    }

    /** Only a whole, undisturbed run is worth writing down. */
    boolean write() {
      return runs > 1 && only.isEmpty() && profile.isEmpty();
    }
  }
}
