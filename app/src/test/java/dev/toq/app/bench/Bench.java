package dev.toq.app.bench;

import dev.toq.protocol.crypto.AccpEd25519;
import dev.toq.protocol.crypto.BouncyCastleEd25519;
import dev.toq.protocol.crypto.Ed25519;
import dev.toq.protocol.identity.Address;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Measures the figures of docs/performance.md: two agents as processes of their own, and the load from this one. Prints
 * each with its goal; exits 1 where one is missed. {@code --peer COMMAND} measures another implementation beside it.
 */
public final class Bench {
  private static final String TEXT = "x".repeat(60);
  private static final int WIRE_CONNECTIONS = 4;
  private static final int WIRE_WINDOW = 8;
  private static final int STATUS_RUNS = 15;

  private final List<String> toq;
  private final List<String> plainJar;
  private final Optional<List<String>> peer;
  private final long warmUpSeconds;
  private final long seconds;
  private final int runs;
  private final Report report = new Report();

  private Bench(Options options) {
    this.toq = List.of(options.top().resolve("scripts/toq").toString());
    this.plainJar = List.of("java", "-jar", options.top().resolve("app/target/toq.jar").toString());
    this.peer = options.peer();
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
    SSLContext server = BenchTls.server();
    SSLContext client = BenchTls.client();
    double echo = CryptoBound.echo(server, client, seconds);
    CryptoBound bouncyCastle = CryptoBound.measure(new BouncyCastleEd25519(), echo, seconds);
    report.note(bouncyCastle.toString());
    overTheApi();
    atRest();
    overTheWire(client, "bc", bouncyCastle, 0.60);
    Optional<AccpEd25519> accp = AccpEd25519.load();
    if (accp.isPresent()) {
      CryptoBound fast = CryptoBound.measure((Ed25519) accp.get(), echo, seconds);
      report.note(fast.toString());
      overTheWire(client, "accp", fast, 0.45);
    } else {
      report.missing("over the wire, pipelined, ACCP", "ACCP does not load on this machine");
    }
    report.theirs("over the wire, pipelined", peer.isPresent() ? Optional.of(wireOfPeer(client)) : Optional.empty());
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

  /** Start, memory and the speed of a command. */
  private void atRest() throws Exception {
    double[] ready = new double[runs];
    double[] resident = new double[runs];
    double[] peerReady = new double[runs];
    double[] peerResident = new double[runs];
    double[] status = new double[STATUS_RUNS];
    double[] statusPlain = new double[STATUS_RUNS];
    double[] peerStatus = new double[STATUS_RUNS];
    for (int run = 0; run < runs; run++) {
      try (BenchAgent agent = BenchAgent.start(toq, "resting", "")) {
        ready[run] = agent.readyMillis();
        for (int i = 0; i < STATUS_RUNS; i++) {
          status[i] = agent.commandMillis(toq, "status");
          statusPlain[i] = agent.commandMillis(plainJar, "status");
        }
        resident[run] = agent.residentMegabytes();
      }
      if (peer.isPresent()) {
        try (BenchAgent agent = BenchAgent.start(peer.get(), "resting", "")) {
          peerReady[run] = agent.readyMillis();
          for (int i = 0; i < STATUS_RUNS; i++) {
            peerStatus[i] = agent.commandMillis(peer.get(), "status");
          }
          peerResident[run] = agent.residentMegabytes();
        }
      }
    }
    report.atMost("start to ready, ms", 800, median(ready), peer.map(p -> median(peerReady)));
    report.atMost("memory at rest, MB", 90, median(resident), peer.map(p -> median(peerResident)));
    report.atMost("status by scripts/toq, ms", 150, median(status), peer.map(p -> median(peerStatus)));
    report.atMost("status by java -jar, ms", 250, median(statusPlain), peer.map(p -> median(peerStatus)));
  }

  private void overTheWire(SSLContext tls, String provider, CryptoBound bound, double goal) throws Exception {
    try (BenchAgent agent = BenchAgent.start(toq, "target", "-Dtoq.ed25519=" + provider)) {
      Samples one = wire(tls, agent.address(), 1, 1);
      Samples many = wire(tls, agent.address(), WIRE_CONNECTIONS, WIRE_WINDOW);
      report.told("over the wire, one in flight, " + bound.implementation() + ": p50 ms", one.p50Millis(),
          Optional.empty());
      report.told("over the wire, pipelined, " + bound.implementation() + ": messages/s", many.perSecond(),
          Optional.empty());
      report.atLeast("over the wire, pipelined, " + bound.implementation() + ": share of the crypto bound", goal,
          many.perSecond() / bound.perSecond(), Optional.empty());
    }
  }

  private double wireOfPeer(SSLContext tls) throws Exception {
    try (BenchAgent agent = BenchAgent.start(peer.orElseThrow(), "target", "")) {
      return wire(tls, agent.address(), WIRE_CONNECTIONS, WIRE_WINDOW).perSecond();
    }
  }

  private Samples wire(SSLContext tls, String address, int connections, int window) throws Exception {
    List<WirePeer> peers = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      peers.add(WirePeer.connect(tls, Address.parse(address), "load" + i));
    }
    WirePeer.runAll(peers, window, TEXT, warmUpSeconds);
    List<Samples> measured = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      measured.add(WirePeer.runAll(peers, window, TEXT, seconds));
    }
    for (WirePeer loader : peers) {
      loader.close();
    }
    return Samples.median(measured);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** What the command line asked for. */
  private record Options(
      Path top, Optional<List<String>> peer, long warmUpSeconds, long seconds, int runs, boolean write) {
    static Options parse(String[] arguments) {
      Options options = new Options(Path.of(arguments[0]), Optional.empty(), 10, 5, 3, true);
      for (int i = 1; i < arguments.length; i++) {
        options = switch (arguments[i]) {
          case "--peer" -> new Options(options.top, Optional.of(List.of(arguments[++i])), options.warmUpSeconds,
              options.seconds, options.runs, options.write);
          case "--quick" -> new Options(options.top, options.peer, 2, 1, 1, false);
          default -> throw new IllegalArgumentException(
              String.format(Locale.ROOT, "unknown argument %s; known: --peer COMMAND, --quick", arguments[i]));
        };
      }
      return options;
    }
  }
}
