package dev.toq.app.torture;

import dev.toq.spectests.RawEnd;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawMutations;
import dev.toq.spectests.RawPeer;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * Malformed input over live sockets, one connection for each, in six phases; in the last three, half of it is spoiled
 * first and then signed, so that it passes the signature. An honest handshake after every hundred shows that the daemon
 * still serves; its log and its memory show what the input left behind.
 */
final class Malformed implements Torture.Test {
  private static final int BETWEEN_PINGS = 100;
  private static final int CALLERS = 8;
  private static final long SLOWEST_PING_MILLIS = 1_000;
  private static final double MOST_GROWTH_MEGABYTES = 20;
  /** In the short form the daemon has not warmed up before. */
  private static final double MOST_COLD_GROWTH_MEGABYTES = 80;
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final RawIdentity CONTROL = RawIdentity.of("toq://localhost:7002/control");
  private static final Pattern CODE = Pattern.compile("\"code\":\"([a-z_0-9]+)\"");

  /** Where in a connection's life the malformed input comes. */
  enum Phase { TLS, MAGIC, CREDENTIALS, NEGOTIATE, CARD, ENVELOPE }

  /** What a connection said last: the code of an error, "no answer", or "answered". */
  private final Map<String, Integer> ends = new ConcurrentHashMap<>();

  @Override
  public void run(Options options, Findings findings) throws Exception {
    int each = options.number("each", 40, 10_000);
    int warmUp = options.number("warm-up", 0, 1_500);
    List<Phase> chosen = options.numbers().containsKey("phase")
        ? List.of(Phase.values()[options.number("phase", 0, 0)]) : List.of(Phase.values());
    try (DaemonProcess daemon = DaemonProcess.start(Map.of())) {
      for (Phase phase : Phase.values()) { // classes are loaded and code is compiled, so that growth is not theirs
        attack(daemon, phase, warmUp, options.chance(100 + phase.ordinal()), new Findings());
      }
      double before = daemon.residentMegabytes();
      findings.figure("%-12s %7s %7s %12s  %s", "phase", "inputs", "signed", "slowest ping", "ends");
      for (Phase phase : chosen) {
        ends.clear();
        Attack attack = attack(daemon, phase, each, options.chance(phase.ordinal()), findings);
        findings.figure("%-12s %7d %7d %9d ms  %s", phase, each, attack.signed, attack.slowestPing,
            new TreeMap<>(ends));
        findings.require(phase.ordinal() < Phase.NEGOTIATE.ordinal() || attack.signed >= each / 2,
            phase + ": only " + attack.signed + " were spoiled before they were signed");
      }
      double growth = daemon.residentMegabytes() - before;
      findings.figure("memory: %.1f MB before, %+.1f MB after; %d sockets left", before, growth, daemon.sockets());
      double most = options.isShort() ? MOST_COLD_GROWTH_MEGABYTES : MOST_GROWTH_MEGABYTES;
      findings.require(growth <= most, "memory grew by " + growth + " MB");
      List<String> errors = daemon.errorLines();
      findings.figure("ERROR lines: %d", errors.size());
      errors.stream().limit(5).forEach(line -> findings.wrong("in the log: " + line));
      findings.require(daemon.isAlive(), "the daemon is dead");
    }
  }

  private record Attack(int signed, long slowestPing) {}

  private Attack attack(DaemonProcess daemon, Phase phase, int inputs, Random chance, Findings findings)
      throws Exception {
    long slowest = 0;
    int signed = 0;
    try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
      for (int done = 0; done < inputs; done += BETWEEN_PINGS) {
        List<Future<?>> batch = new ArrayList<>();
        for (int input = done; input < Math.min(inputs, done + BETWEEN_PINGS); input++) {
          long seed = chance.nextLong();
          boolean signsLast = phase.ordinal() >= Phase.NEGOTIATE.ordinal() && input % 2 == 0;
          signed += signsLast ? 1 : 0;
          batch.add(callers.submit(() -> input(daemon.port(), phase, signsLast, seed, findings)));
        }
        for (Future<?> one : batch) {
          one.get(2, TimeUnit.MINUTES);
        }
        slowest = Math.max(slowest, ping(daemon.port(), phase, findings));
      }
    }
    return new Attack(signed, slowest);
  }

  /** TCP, TLS and the handshake of an honest peer, in milliseconds. */
  private static long ping(int port, Phase phase, Findings findings) {
    long start = System.nanoTime();
    try {
      RawPeer.afterHandshake(CONTROL, "localhost", port).close();
    } catch (IOException | AssertionError unserved) {
      findings.wrong(phase + ": an honest peer is not served: " + unserved);
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    findings.require(millis <= SLOWEST_PING_MILLIS, phase + ": an honest peer waited " + millis + " ms");
    return millis;
  }

  private void input(int port, Phase phase, boolean signsLast, long seed, Findings findings) {
    Random chance = new Random(seed);
    String context = phase + ", input " + seed + (signsLast ? ", signed after" : "");
    RawIdentity stranger = RawIdentity.of("toq://localhost:7001/stranger-" + chance.nextInt(100));
    try (RawPeer peer = RawPeer.connectTcp(stranger, "localhost", port)) {
      String end;
      try {
        MalformedInput.say(peer, phase, signsLast, new RawMutations(chance));
        end = end(new String(peer.finish(PATIENCE), StandardCharsets.ISO_8859_1));
      } catch (RawEnd | SocketException | SSLException ended) {
        end = "closed while it was said";
      }
      ends.merge(end, 1, Integer::sum);
      findings.require(!signsLast || !end.equals("invalid_signature"),
          context + ": what was signed after it was spoiled fails for its signature");
    } catch (SocketTimeoutException standing) {
      findings.wrong(context + ": the daemon does not end a connection whose peer has left");
    } catch (IOException | RuntimeException | AssertionError broken) {
      findings.wrong(context + ": " + broken);
    }
  }

  private static String end(String lastWords) {
    Matcher code = CODE.matcher(lastWords);
    return code.find() ? code.group(1) : lastWords.isEmpty() ? "no answer" : "answered";
  }
}
