package dev.toq.app.bench;

import dev.toq.app.bench.BenchOptions.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Messages that are durable on both ends: in the outbox of a daemon that sends, before anything is sent, and in the
 * inbox of one that receives, before it acknowledges. NATS JetStream is measured beside them, where that is wanted.
 */
final class Outbound {
  /** As many local programs hand messages to the sender, each with so many under way. */
  static final int CALLERS = 32;

  private static final int UNDER_WAY_EACH = 8;

  private final List<String> toq;
  private final BenchOptions options;
  private final Sizes sizes;
  private final Report report;
  private final List<Path> recordings = new ArrayList<>();

  /** {@code toq}: the command of the receiving daemon. */
  Outbound(List<String> toq, BenchOptions options, Report report) {
    this.toq = toq;
    this.options = options;
    this.sizes = options.sizes;
    this.report = report;
  }

  /** Both daemons with the same provider of signatures. */
  Samples measure(String provider, String implementation) throws Exception {
    Path home = Files.createTempDirectory("toq-bench-");
    Samples many;
    Samples one;
    double resident;
    try (BenchAgent receiver =
        BenchAgent.start(toq, "receiver", String.join(" ", flags(provider, "inbound")))) {
      one = OutboundLoad.inProcess(asked(provider, receiver, home.resolve("one"), 1), List.of());
      many = OutboundLoad.inProcess(
          asked(provider, receiver, home.resolve("many"), CALLERS * UNDER_WAY_EACH),
          recording(provider, "outbound"));
      resident = receiver.residentMegabytes();
    } finally {
      GrowthStore.delete(home);
    }
    report.durable("toq, " + implementation + ", 1 caller", one, Optional.empty());
    report.durable("toq, " + implementation + ", " + CALLERS + " callers, each with " + UNDER_WAY_EACH + " under way",
        many, Optional.of(resident));
    return many;
  }

  /** NATS JetStream, and the share of its messages that ours reach. */
  void beside(Path nats, Optional<Samples> ours) throws Exception {
    NatsPeer theirs = NatsPeer.measure(nats, sizes.warmUpSeconds(), sizes.seconds(), sizes.runs());
    theirs.tell(report);
    String share = "outbound, ACCP, " + CALLERS + " callers: share of NATS JetStream";
    if (!theirs.counts()) {
      report.missing(share, String.format(Locale.ROOT, "its run does not count: %,.0f/s", theirs.many().perSecond()));
    } else if (ours.isEmpty()) {
      report.missing(share, "ACCP does not load on this machine");
    } else {
      report.atLeast(share, 0.9, ours.get().perSecond() / theirs.many().perSecond(),
          Optional.of(theirs.many().perSecond()));
    }
  }

  private OutboundLoad.Asked asked(String provider, BenchAgent receiver, Path home, int threads) {
    return new OutboundLoad.Asked(provider, receiver.address(), home, threads,
        sizes.longWarmUpSeconds(), sizes.seconds(), sizes.runs());
  }

  private List<String> flags(String provider, String direction) {
    List<String> flags = new ArrayList<>(List.of("-Dtoq.ed25519=" + provider));
    flags.addAll(recording(provider, direction));
    return flags;
  }

  private List<String> recording(String provider, String direction) {
    if (options.profile.isEmpty()) {
      return List.of();
    }
    Path recording = options.profile.get().resolve(direction + "-" + provider + ".jfr");
    recordings.add(recording);
    return HotPath.flags(recording);
  }

  /** What took most of the processors' time, where recordings were wanted. */
  void printHotPaths() throws IOException {
    for (Path recording : recordings) {
      HotPath.print(String.valueOf(recording.getFileName()), recording, System.out);
    }
  }
}
