package dev.toq.app.bench;

import dev.toq.app.bench.GrowthPicture.Curve;
import dev.toq.app.bench.GrowthStore.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What a message costs when many are stored, and how a daemon starts on them and rests. */
final class Growth {
  private static final Duration REST = Duration.ofSeconds(10);
  private static final int STARTS = 3;
  static final double MOST_RATIO = 1.2;

  private final List<String> toq;
  private final Report report;

  /** {@code toq}: the command of the daemon. */
  Growth(List<String> toq, Report report) {
    this.toq = toq;
    this.report = report;
  }

  /**
   * Measures it with so many messages in the inbox and in the outbox.
   *
   * @param picture where the curve is drawn
   */
  void measure(int messages, Path picture) throws Exception {
    List<Integer> sizes = new ArrayList<>();
    for (int size = messages; size >= 10 * GrowthStore.FEW; size /= 10) {
      sizes.addFirst(size);
    }
    String stored = String.format(Locale.ROOT, "%,d stored", messages);
    try (BenchAgent agent = BenchAgent.setUp(toq, "grown", "-Dtoq.ed25519=bc", Map.of())) {
      List<Point> inbox = GrowthStore.inProcess("inbox", agent.directory(), sizes);
      List<Point> outbox = GrowthStore.inProcess("outbox", agent.directory(), sizes);
      List<Curve> curves = List.of(Curve.of("inbox: a message received", inbox, 0),
          Curve.of("duplicate window: a message repeated", inbox, 1), Curve.of("outbox: a message sent", outbox, 0));
      Files.writeString(picture, GrowthPicture.draw(curves, GrowthStore.FEW, MOST_RATIO));
      for (Curve curve : curves) {
        report.atMost(String.format(Locale.ROOT, "%s, %s: cost, times that with %,d", curve.name(), stored,
            GrowthStore.FEW), MOST_RATIO, curve.ratios().getLast(), Optional.empty());
      }
      start(agent, stored);
    }
  }

  private void start(BenchAgent agent, String stored) throws Exception {
    double slowest = 0;
    for (int i = 0; i < STARTS; i++) { // the first one after a kill
      agent.start();
      slowest = Math.max(slowest, agent.readyMillis());
      if (i < STARTS - 1) {
        agent.stop();
      }
    }
    double grown = resident(agent);
    double empty;
    try (BenchAgent other = BenchAgent.start(toq, "empty", "-Dtoq.ed25519=bc")) {
      empty = resident(other);
    }
    report.atMost(stored + ": start to ready, the slowest of " + STARTS + ", ms", 2_000, slowest, Optional.empty());
    report.atMost(stored + ": memory at rest above that of an empty store, MB", 60, grown - empty, Optional.empty());
  }

  private static double resident(BenchAgent agent) throws IOException, InterruptedException {
    TimeUnit.NANOSECONDS.sleep(REST.toNanos());
    return agent.residentMegabytes();
  }
}
