package dev.toq.app.torture;

import com.google.gson.JsonObject;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * One agent's clock is set forward and back, by a day and by less, while connections stand; and a daemon is stopped and
 * continued. Connections must stay, messages, errors and heartbeats must go on, nothing is delivered twice, and nobody
 * dials in a storm.
 */
final class ClockJumps implements Torture.Test {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final List<Duration> JUMPS = List.of(Duration.ofDays(1), Duration.ofDays(-1), Duration.ofHours(1),
      Duration.ofHours(-1), Duration.ofMinutes(6), Duration.ofMinutes(-6), Duration.ofSeconds(-90));
  /** Longer than two of the heartbeat intervals that the test sets. */
  private static final Duration WATCHED = Duration.ofSeconds(3);
  private static final int ERRORS_A_SECOND = 10;
  private static final RawIdentity RAW = RawIdentity.of("toq://localhost:7004/raw");

  @Override
  public void run(Options options, Findings findings) throws Exception {
    int jumps = options.number("jumps", 2, 28);
    int offset = new Random(options.seed()).nextInt(JUMPS.size());
    List<Duration> wrong = new ArrayList<>();
    for (int i = 0; i < jumps; i++) {
      Duration jump = options.isShort() ? JUMPS.get(i % 2) : JUMPS.get((offset + i) % JUMPS.size());
      int faults = findings.count();
      jump(jump, options.chance(i), findings);
      if (findings.count() != faults) {
        wrong.add(jump);
      }
    }
    findings.figure("%d jumps of the clock, of %s in turn; wrong after %s", jumps, JUMPS, wrong);
    suspend(options.number("suspended", 2, 20), findings);
  }

  private static Config quick(Config config) {
    return Pair.patient(config).with(ConfigKey.HEARTBEAT_INTERVAL, 1L);
  }

  private static void jump(Duration jump, Random chance, Findings findings) throws Exception {
    JumpingClock clock = new JumpingClock();
    String context = "after " + jump + ": ";
    try (Pair pair = Pair.start(ClockJumps::quick, clock);
        Proxy toFirst = new Proxy(pair.first().port(), connection -> Proxy.Ways.STRAIGHT);
        Proxy toSecond = new Proxy(pair.second().port(), connection -> Proxy.Ways.STRAIGHT);
        RawPeer raw = RawPeer.active(RAW, "localhost", pair.first().port())) {
      exchange(pair, toFirst, toSecond, "before", findings);
      JsonObject old = raw.sendMessage("{\"text\":\"old " + chance.nextInt() + "\"}");
      raw.readAck(old);
      broken(raw, chance);
      findings.require(drain(raw).contains("system.error"), context + "a broken envelope was not answered before");
      int dialled = toFirst.accepted() + toSecond.accepted();

      clock.setAhead(jump);
      stays(raw, context, findings);
      answersErrors(raw, chance, context, findings);
      resent(pair.first(), raw, old, context, findings);
      exchange(pair, toFirst, toSecond, context, findings);
      int more = toFirst.accepted() + toSecond.accepted() - dialled;
      findings.require(more <= 1, context + more + " connections were opened anew");
      findings.require(pair.first().agent().ping(Pair.at(pair.second().port())) instanceof
          dev.toq.app.daemon.Agent.Ping.Reached, context + "a ping fails");
    }
  }

  /** A message each way. */
  private static void exchange(Pair pair, Proxy toFirst, Proxy toSecond, String context, Findings findings)
      throws InterruptedException {
    Outcome there = pair.first().agent().send(Pair.at(toSecond.port()), Pair.text(context), true, TIMEOUT);
    Outcome back = pair.second().agent().send(Pair.at(toFirst.port()), Pair.text(context), true, TIMEOUT);
    findings.require(there instanceof Outcome.Delivered, context + "a message there ends in " + there);
    findings.require(back instanceof Outcome.Delivered, context + "a message back ends in " + back);
  }

  /** The connection lives, and heartbeats come on it. */
  private static void stays(RawPeer raw, String context, Findings findings) throws IOException {
    long end = System.nanoTime() + WATCHED.toNanos();
    int beats = 0;
    try {
      while (System.nanoTime() < end) {
        JsonObject envelope = raw.readEnvelope(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
        if (envelope.get("type").getAsString().equals("system.heartbeat")) {
          beats++;
          answer(raw, envelope);
        }
      }
    } catch (SocketTimeoutException watchedLongEnough) {
      findings.require(beats > 0, context + "no heartbeat within " + WATCHED);
      return;
    } catch (IOException cut) {
      findings.wrong(context + "the connection was cut: " + cut.getMessage());
      return;
    }
    findings.require(beats > 0, context + "no heartbeat within " + WATCHED);
  }

  private static void answer(RawPeer raw, JsonObject beat) throws IOException {
    raw.send("system.heartbeat.ack", null, ack -> ack.addProperty("reply_to", beat.get("id").getAsString()));
  }

  private static void broken(RawPeer raw, Random chance) throws IOException {
    raw.sendMessage("{\"text\":\"" + chance.nextInt() + "\"}", envelope -> envelope.addProperty("from", "nobody"));
  }

  /** More errors than one second allows, and one in the next second, which must be answered again. */
  private static void answersErrors(RawPeer raw, Random chance, String context, Findings findings) throws Exception {
    try {
      for (int i = 0; i < 2 * ERRORS_A_SECOND; i++) {
        broken(raw, chance);
      }
      TimeUnit.MILLISECONDS.sleep(1_200); // the second that the budget of errors counts
      drain(raw);
      broken(raw, chance);
      findings.require(drain(raw).contains("system.error"), context + "a broken envelope is not answered any more");
    } catch (IOException gone) {
      findings.wrong(context + "the connection is gone: " + gone.getMessage());
    }
  }

  /** The types of all that comes within half a second; heartbeats among it are answered. */
  private static String drain(RawPeer raw) throws IOException {
    StringBuilder types = new StringBuilder();
    try {
      while (true) {
        JsonObject envelope = raw.readEnvelope(Duration.ofMillis(500));
        types.append(envelope.get("type").getAsString()).append(' ');
        if (envelope.get("type").getAsString().equals("system.heartbeat")) {
          answer(raw, envelope);
        }
      }
    } catch (SocketTimeoutException all) {
      return types.toString();
    }
  }

  /** A message that was taken before the jump is still known. Only for jumps below the window of a day. */
  private static void resent(TestAgent agent, RawPeer raw, JsonObject old, String context, Findings findings)
      throws IOException {
    try {
      JsonObject again = old.deepCopy();
      again.addProperty("sequence", 1_000_000);
      raw.sendSigned(again);
      drain(raw);
    } catch (IOException gone) {
      findings.wrong(context + "the connection is gone: " + gone.getMessage());
    }
    long times = Stored.read(agent.directory().messages()).stream()
        .filter(message -> message.id().equals(old.get("id").getAsString())).count();
    findings.require(times == 1, context + "a message that was sent again stands " + times + " times");
  }

  /** A process that was stopped for a while, as when the lid of a notebook is closed, goes on. */
  private static void suspend(int seconds, Findings findings) throws Exception {
    try (DaemonProcess daemon = DaemonProcess.start(Map.of());
        RawPeer raw = RawPeer.active(RAW, "localhost", daemon.port())) {
      raw.readAck(raw.sendMessage("{\"text\":\"before\"}"));
      daemon.signal("STOP");
      TimeUnit.SECONDS.sleep(seconds);
      daemon.signal("CONT");
      long start = System.nanoTime();
      raw.readAck(raw.sendMessage("{\"text\":\"after\"}"));
      try (RawPeer fresh = RawPeer.active(RawIdentity.of("toq://localhost:7005/fresh"), "localhost", daemon.port())) {
        fresh.readAck(fresh.sendMessage("{\"text\":\"fresh\"}"));
      }
      long millis = (System.nanoTime() - start) / 1_000_000;
      findings.figure("suspended %d s: the connection that stood and a new one are served after %d ms", seconds,
          millis);
      findings.require(millis <= 2_000, "after a suspension of " + seconds + " s it took " + millis + " ms");
    } catch (IOException | AssertionError failed) {
      findings.wrong("after a suspension of " + seconds + " s: " + failed);
    }
  }
}
