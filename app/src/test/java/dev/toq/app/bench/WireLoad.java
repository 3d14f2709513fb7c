package dev.toq.app.bench;

import dev.toq.protocol.identity.Address;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLContext;

/**
 * The load on the wire as a process of its own, so that it signs and verifies with the same provider as the agent: an
 * endpoint that is faster than the other would make the share of the crypto bound look better than it is.
 */
final class WireLoad {
  static final int CONNECTIONS = 4;
  static final int WINDOW = 32;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String TEXT = "x".repeat(60);

  private WireLoad() {}

  /** Runs the load against the agent at this address in a new process, and returns the run in the middle. */
  static Samples inProcess(String provider, String address, int connections, int window, long warmUpSeconds,
      long seconds, int runs) throws Exception {
    List<String> command = List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-Xmx256m", "-Xmn16m",
        "--enable-native-access=ALL-UNNAMED", "-Dtoq.ed25519=" + provider, "-cp",
        System.getProperty("java.class.path"), WireLoad.class.getName(), address, Integer.toString(connections),
        Integer.toString(window), Long.toString(warmUpSeconds), Long.toString(seconds), Integer.toString(runs));
    Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT)
        .redirectInput(new File("/dev/null")).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.waitFor() != 0) {
      throw new IOException("the load on the wire failed: " + output);
    }
    String[] figures = output.split(" ");
    return new Samples(
        Double.parseDouble(figures[0]), Double.parseDouble(figures[1]), Double.parseDouble(figures[2]));
  }

  /** Address, connections, window, seconds of warm-up, seconds of a run, runs; prints the three figures. */
  public static void main(String[] arguments) throws Exception {
    Address address = Address.parse(arguments[0]);
    int window = Integer.parseInt(arguments[2]);
    SSLContext tls = BenchTls.client();
    List<WirePeer> peers = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      peers.add(WirePeer.connect(tls, address, WirePeer.newSelf("load" + i), PATIENCE));
    }
    WirePeer.runAll(peers, window, TEXT, Long.parseLong(arguments[3]));
    List<Samples> measured = new ArrayList<>();
    for (int run = 0; run < Integer.parseInt(arguments[5]); run++) {
      measured.add(WirePeer.runAll(peers, window, TEXT, Long.parseLong(arguments[4])));
    }
    for (WirePeer loader : peers) {
      loader.close();
    }
    Samples median = Samples.median(measured);
    System.out.printf(
        Locale.ROOT, "%.1f %.4f %.4f%n", median.perSecond(), median.p50Millis(), median.p99Millis());
  }
}
