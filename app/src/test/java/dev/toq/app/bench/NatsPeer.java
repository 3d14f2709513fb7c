package dev.toq.app.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What a NATS JetStream server on this machine acknowledges, with TLS, file storage and {@code sync_interval: always}:
 * what users would pick instead when they want durable messages. Its server is a process of its own, and so is its
 * load (scripts/lib/nats), in which each caller has a connection and waits for one acknowledgement at a time. Nothing
 * is signed, and what is acknowledged lies on the server, not yet with a recipient.
 *
 * @param one with one caller
 * @param many with {@value #CALLERS} callers
 * @param residentMegabytes of the server, after the load
 */
record NatsPeer(String version, Samples one, Samples many, double residentMegabytes) {
  /** The callers of {@code many}. */
  static final int CALLERS = 32;
  /** Messages a second with {@value #CALLERS} callers, below which the run says more of the machine than of NATS. */
  static final double LEAST_THAT_COUNTS = 7_500;

  private static final long START_AND_STOP_SECONDS = 60;

  /**
   * Measures it.
   *
   * @param programs the directory with {@code nats-load} and {@code nats-server}, which scripts/bench builds
   * @throws IOException where the load fails, takes a minute longer than it was told, or prints something else
   */
  static NatsPeer measure(Path programs, long warmUpSeconds, long seconds, int runs)
      throws IOException, InterruptedException {
    ProcessBuilder command = new ProcessBuilder(programs.resolve("nats-load").toString(),
        "-server", programs.resolve("nats-server").toString(), "-bytes", String.valueOf(CryptoBound.MESSAGE_BYTES),
        "-warm-up", warmUpSeconds + "s", "-length", seconds + "s", "-runs", String.valueOf(runs));
    command.environment().put("TMPDIR", String.valueOf(System.getProperty("java.io.tmpdir"))); // on our agents' disk
    Process load = command.redirectError(Redirect.INHERIT).start();
    try {
      if (!load.waitFor(2 * (warmUpSeconds + runs * seconds) + START_AND_STOP_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("nats-load does not end");
      }
      if (load.exitValue() != 0) {
        throw new IOException("nats-load failed");
      }
      return parse(new String(load.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    } finally {
      load.destroy();
    }
  }

  private static NatsPeer parse(List<String> lines) throws IOException {
    Optional<String> version = Optional.empty();
    Optional<Double> resident = Optional.empty();
    List<Samples> one = new ArrayList<>();
    List<Samples> many = new ArrayList<>();
    for (String line : lines) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "server" -> version = Optional.of(words[1]);
        case "run" -> {
          List<Samples> runs = switch (Integer.parseInt(words[1])) {
            case 1 -> one;
            case CALLERS -> many;
            default -> throw new IOException("nats-load ran with " + words[1] + " callers");
          };
          runs.add(new Samples(
              Double.parseDouble(words[2]), Double.parseDouble(words[3]), Double.parseDouble(words[4])));
        }
        case "resident" -> resident = Optional.of(Double.parseDouble(words[1]));
        default -> throw new IOException("nats-load says " + line);
      }
    }
    if (version.isEmpty() || resident.isEmpty() || one.isEmpty() || many.isEmpty()) {
      throw new IOException("nats-load says only " + lines);
    }
    return new NatsPeer(version.get(), Samples.median(one), Samples.median(many), resident.get());
  }

  /** Whether figures of ours may be compared with these. */
  boolean counts() {
    return many.perSecond() >= LEAST_THAT_COUNTS;
  }

  /** Its rows in the table of durable messages, and under what conditions they were measured. */
  void tell(Report report) {
    report.durable("NATS JetStream, 1 caller", one, Optional.empty());
    report.durable("NATS JetStream, " + CALLERS + " callers", many, Optional.of(residentMegabytes));
    report.note(String.format(Locale.ROOT, "NATS JetStream %s: TLS 1.3, file storage, `sync_interval: always`, bodies "
        + "of %d bytes, a connection for each caller; nothing is signed, and a server stands in between. The run %s: "
        + "it needs %,.0f/s with %d callers.",
        version, CryptoBound.MESSAGE_BYTES, counts() ? "counts" : "does not count", LEAST_THAT_COUNTS, CALLERS));
  }
}
