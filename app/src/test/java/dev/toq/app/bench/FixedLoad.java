package dev.toq.app.bench;

import dev.toq.protocol.identity.Address;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.SSLContext;

/**
 * Honest peers of one agent, as a process of its own. It reads commands, one a line, and answers each with one:
 *
 * <pre>
 *   max SECONDS            max MESSAGES_A_SECOND: as many as are acknowledged
 *   fixed RATE SECONDS     fixed OFFERED ACKNOWLEDGED P50_MS P99_MS: so many a second in all, whatever comes back
 * </pre>
 */
public final class FixedLoad {
  private static final int CONNECTIONS = 4;
  private static final int WINDOW = 32;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String TEXT = "x".repeat(60);

  private FixedLoad() {}

  /** The agent's address. */
  public static void main(String[] arguments) throws Exception {
    Address address = Address.parse(arguments[0]);
    SSLContext tls = BenchTls.client();
    List<WirePeer> peers = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      peers.add(WirePeer.connect(tls, address, WirePeer.newSelf("honest" + i), PATIENCE));
    }
    System.out.println("ready");
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "max" -> System.out.printf(Locale.ROOT, "max %.0f%n",
            WirePeer.runAll(peers, WINDOW, TEXT, Long.parseLong(words[1])).perSecond());
        case "fixed" -> fixed(peers, Double.parseDouble(words[1]), Long.parseLong(words[2]));
        default -> throw new IllegalArgumentException("no command: " + line);
      }
    }
  }

  private static void fixed(List<WirePeer> peers, double perSecond, long seconds) throws Exception {
    double share = perSecond / peers.size();
    List<Future<long[]>> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory())) {
      for (WirePeer peer : peers) {
        results.add(threads.submit(() -> peer.runFixed(share, TEXT, seconds)));
      }
    }
    List<long[]> all = new ArrayList<>();
    for (Future<long[]> result : results) {
      all.add(result.get());
    }
    long[] latencies = all.stream().flatMapToLong(Arrays::stream).toArray();
    Samples samples = Samples.of(latencies, seconds * 1_000_000_000L);
    System.out.printf(Locale.ROOT, "fixed %d %d %.2f %.2f%n", (long) (share * seconds) * peers.size(),
        latencies.length, samples.p50Millis(), samples.p99Millis());
  }
}
