package dev.toq.app.torture;

import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.torture.Proxy.Way;
import dev.toq.app.torture.Proxy.Ways;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A connection between two agents is reset at every byte offset of handshake and first message, in each direction. What
 * it cost both of them, sockets, threads and entries, must be given back within ten seconds.
 */
final class Resets implements Torture.Test {
  private static final Duration FORGOTTEN = Duration.ofSeconds(10);
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final int CALLERS = 4;

  /** Passes so many bytes and then resets; counts what it passed. */
  private static final class Cut implements Way {
    private final AtomicLong left;
    private final AtomicLong passed = new AtomicLong();

    Cut(long offset) {
      left = new AtomicLong(offset);
    }

    @Override
    public int pass(int count) {
      int passes = (int) Math.min(count, left.getAndAdd(-count));
      passed.addAndGet(Math.max(0, passes));
      return Math.max(0, passes);
    }
  }

  @Override
  public void run(Options options, Findings findings) throws Exception {
    try (Pair pair = Pair.start(Pair::patient)) {
      long[] whole = measure(pair);
      int stride = options.number("stride", 151, 1);
      List<Boolean> directions = List.of(true, false);
      long pid = ProcessHandle.current().pid();
      long socketsBefore = Descriptors.sockets(pid);
      int cuts = 0;
      int delivered = 0;
      try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
        List<Future<Boolean>> all = new ArrayList<>();
        for (boolean up : directions) {
          for (long offset = options.seed() % stride; offset <= whole[up ? 0 : 1]; offset += stride) {
            long at = offset;
            all.add(callers.submit(() -> cutAt(pair, up, at)));
          }
        }
        for (Future<Boolean> one : all) {
          cuts++;
          delivered += one.get(5, TimeUnit.MINUTES) ? 1 : 0;
        }
      }
      findings.figure("resets: %d, at offsets 0 to %d from the initiator and 0 to %d from the receiver; %d of their "
          + "messages came to an acknowledgement", cuts, whole[0], whole[1], delivered);
      nothingLeft(pair, socketsBefore, findings);
      honest(pair, findings);
    }
  }

  /** How many bytes each direction has up to the first acknowledgement, in a connection that nobody cuts. */
  private static long[] measure(Pair pair) throws Exception {
    Cut up = new Cut(Long.MAX_VALUE / 2);
    Cut down = new Cut(Long.MAX_VALUE / 2);
    try (Proxy proxy = new Proxy(pair.second().port(), connection -> new Ways(up, down))) {
      Outcome outcome = pair.first().agent().send(
          Pair.at(proxy.port()), Pair.text("whole"), true, TIMEOUT.multipliedBy(10));
      if (!(outcome instanceof Outcome.Delivered)) {
        throw new IllegalStateException("not even an uncut message is delivered: " + outcome);
      }
      return new long[] {up.passed.get(), down.passed.get()};
    }
  }

  /** One message over a proxy of its own, so over fresh connections, each of which is cut at this offset. */
  private static boolean cutAt(Pair pair, boolean up, long offset) throws Exception {
    try (Proxy proxy = new Proxy(pair.second().port(), connection ->
        up ? new Ways(new Cut(offset), Way.STRAIGHT) : new Ways(Way.STRAIGHT, new Cut(offset)))) {
      Outcome outcome = pair.first().agent().send(Pair.at(proxy.port()), Pair.text("cut"), true, TIMEOUT);
      return outcome instanceof Outcome.Delivered;
    }
  }

  private static void nothingLeft(Pair pair, long socketsBefore, Findings findings) throws Exception {
    long pid = ProcessHandle.current().pid();
    long start = System.nanoTime();
    boolean clean = Waiting.until(FORGOTTEN, () -> Descriptors.sockets(pid) <= socketsBefore
        && connections(pair) == 0 && Descriptors.threads().isEmpty());
    Map<String, Integer> threads = Descriptors.threads();
    findings.figure("left %.1f s later: %d sockets, %s threads, %d connections, %d pending approvals",
        (System.nanoTime() - start) / 1e9, Descriptors.sockets(pid) - socketsBefore, threads, connections(pair),
        pending(pair));
    findings.require(clean, "10 s after the last reset something is left");
    findings.require(pending(pair) == 0, "approvals are pending");
  }

  private static int connections(Pair pair) {
    return status(pair.first()) + status(pair.second());
  }

  private static int status(TestAgent agent) {
    return agent.agent().status().activeConnections();
  }

  private static int pending(Pair pair) {
    return pair.first().agent().status().pendingApprovals() + pair.second().agent().status().pendingApprovals();
  }

  private static void honest(Pair pair, Findings findings) throws InterruptedException, IOException {
    Outcome outcome = pair.first().agent().send(
        Pair.at(pair.second().port()), Pair.text("honest"), true, TIMEOUT.multipliedBy(10));
    findings.require(outcome instanceof Outcome.Delivered, "afterwards an honest message ends in " + outcome);
    List<Stored> stored = Stored.read(pair.second().directory().messages());
    findings.require(Stored.twice(stored) == 0, Stored.twice(stored) + " messages were delivered twice");
  }
}
