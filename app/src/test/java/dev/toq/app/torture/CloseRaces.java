package dev.toq.app.torture;

import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.protocol.identity.Address;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Close, send, receive and displace race each other: in every round two agents send to each other, both dialling where
 * no connection stands, a third peer of one key comes anew and displaces its last connection, and somebody closes. Each
 * starts after a pause drawn from the seed. Nobody may hang, and what was acknowledged must be there, once.
 */
final class CloseRaces implements Torture.Test {
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  /** The longest that a send may take by its own word: to connect, and to be acknowledged. */
  private static final Duration LONGEST_SEND = Duration.ofSeconds(2).plus(TIMEOUT);
  private static final int LONGEST_PAUSE_MICROS = 4_000;
  private static final int BETWEEN_SILENCES = 50;
  private static final RawIdentity THIRD = RawIdentity.of("toq://localhost:7003/third");

  /** What was acknowledged: the text and whose inbox it must be in. */
  private record Acknowledged(TestAgent at, String text) {}

  /** How late anything may be; the short form runs beside other tests. */
  private Duration lateness = Duration.ofSeconds(1);

  private final Queue<Acknowledged> acknowledged = new ConcurrentLinkedQueue<>();
  private final Queue<RawPeer> left = new ConcurrentLinkedQueue<>();

  private interface Act {
    void act() throws Exception;
  }

  @Override
  public void run(Options options, Findings findings) throws Exception {
    int rounds = options.number("rounds", 60, 10_000);
    acknowledged.clear();
    lateness = Duration.ofSeconds(options.isShort() ? 5 : 1);
    try (Pair pair = Pair.start(config -> config);
        Proxy toSecond = new Proxy(pair.second().port(), connection -> Proxy.Ways.STRAIGHT);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long slowest = 0;
      int silences = 0;
      for (int round = 0; round < rounds && findings.count() == 0; round++) {
        slowest = Math.max(slowest, round(round, pair, toSecond, options.chance(round), threads, findings));
        if (round % BETWEEN_SILENCES == BETWEEN_SILENCES - 1) {
          silence(round, pair, findings);
          silences++;
        }
      }
      silence(rounds, pair, findings);
      findings.figure("races: %d rounds, slowest act %d ms, %d messages acknowledged, silent within "
          + lateness.toSeconds() + " s after each of %d cuts", rounds, slowest, acknowledged.size(), silences + 1);
      allThereOnce(pair, findings);
    }
  }

  private long round(int round, Pair pair, Proxy toSecond, Random chance, ExecutorService threads, Findings findings)
      throws Exception {
    Address second = Pair.at(toSecond.port());
    Address first = Pair.at(pair.first().port());
    boolean waits = chance.nextInt(4) > 0;
    int closing = chance.nextInt(6);
    int parting = chance.nextInt(4);
    List<Act> acts = List.of(
        () -> send(pair.first(), second, pair.second(), round + " to the second", true),
        () -> send(pair.second(), first, pair.first(), round + " to the first", waits),
        () -> displace(pair.second(), "third " + round, parting),
        () -> close(pair, toSecond, closing));
    List<Future<Long>> running = new ArrayList<>();
    for (Act act : acts) {
      long pauseNanos = chance.nextInt(LONGEST_PAUSE_MICROS) * 1_000L;
      running.add(threads.submit(() -> {
        LockSupport.parkNanos(pauseNanos);
        long start = System.nanoTime();
        act.act();
        return System.nanoTime() - start;
      }));
    }
    long slowest = 0;
    for (int i = 0; i < running.size(); i++) {
      try {
        slowest = Math.max(slowest,
            running.get(i).get(LONGEST_SEND.plus(lateness).toMillis(), TimeUnit.MILLISECONDS));
      } catch (TimeoutException hangs) {
        findings.wrong("round " + round + ": act " + i + " hangs; threads " + Descriptors.threads());
      }
    }
    return slowest / 1_000_000;
  }

  private void send(TestAgent from, Address to, TestAgent recipient, String text, boolean waits) throws Exception {
    Outcome outcome = from.agent().send(to, Pair.text(text), waits, TIMEOUT);
    if (outcome instanceof Outcome.Delivered) {
      acknowledged.add(new Acknowledged(recipient, text));
    }
  }

  /** The newest connection of a key wins: the last round's is displaced where it still stands. */
  private void displace(TestAgent at, String text, int parting) {
    try {
      RawPeer peer = RawPeer.active(THIRD, "localhost", at.port());
      peer.readAck(peer.sendMessage("{\"text\":\"" + text + "\"}"));
      acknowledged.add(new Acknowledged(at, text));
      for (RawPeer before = left.poll(); before != null; before = left.poll()) {
        before.drop();
      }
      switch (parting) {
        case 0 -> peer.reset();
        case 1 -> peer.drop();
        case 2 -> peer.close();
        default -> left.add(peer);
      }
    } catch (IOException | AssertionError raced) {
      return; // closed meanwhile: that is what the others try to do
    }
  }

  private static void close(Pair pair, Proxy toSecond, int how) throws IOException {
    switch (how) {
      case 0, 1, 2 -> toSecond.resetAll();
      case 3 -> blockForAMoment(pair.first(), pair.second());
      case 4 -> blockForAMoment(pair.second(), pair.first());
      default -> { } // nobody closes: the others race alone
    }
  }

  private static void blockForAMoment(TestAgent who, TestAgent whom) throws IOException {
    Rule rule = new Rule.ByKey(Pair.key(whom));
    who.agent().block(rule);
    who.agent().unblock(rule);
  }

  /** Both block each other and the third: within a second no connection stands. */
  private void silence(int round, Pair pair, Findings findings) throws Exception {
    Rule second = new Rule.ByKey(Pair.key(pair.second()));
    Rule first = new Rule.ByKey(Pair.key(pair.first()));
    Rule third = new Rule.ByAddress(THIRD.address());
    pair.first().agent().block(second);
    pair.second().agent().block(first);
    pair.second().agent().block(third);
    boolean silent = Waiting.until(lateness, () -> pair.first().agent().status().activeConnections() == 0
        && pair.second().agent().status().activeConnections() == 0);
    findings.require(silent, "round " + round + ": " + lateness.toSeconds() + " s after all were cut "
        + pair.first().agent().status().activeConnections() + " and "
        + pair.second().agent().status().activeConnections() + " connections stand");
    pair.first().agent().unblock(second);
    pair.second().agent().unblock(first);
    pair.second().agent().unblock(third);
    for (RawPeer before = left.poll(); before != null; before = left.poll()) {
      before.drop();
    }
  }

  private void allThereOnce(Pair pair, Findings findings) throws IOException {
    for (TestAgent agent : List.of(pair.first(), pair.second())) {
      List<Stored> stored = Stored.read(agent.directory().messages());
      Map<String, Integer> counts = Stored.byText(stored);
      for (Acknowledged one : acknowledged) {
        int count = one.at() == agent ? counts.getOrDefault(one.text(), 0) : 1;
        findings.require(count == 1, "acknowledged, and stored " + count + " times: " + one.text());
      }
      findings.require(Stored.twice(stored) == 0, Stored.twice(stored) + " ids stand twice");
    }
  }
}
