package dev.toq.app.torture;

import com.google.gson.JsonObject;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A thousand connections stall at each of eight places, one place after the other (in the short form: few, at all
 * places at once). The daemon must close all of them at the deadline of their stage and at most a second later, and
 * serve an honest peer meanwhile.
 */
final class StalledPlaces implements Torture.Test {
  private static final int AT_ONCE = 16;
  private static final int HANDSHAKES = 200;
  private static final Duration LATENESS = Duration.ofSeconds(1);
  /** In the short form, which runs while a build keeps the machine busy. */
  private static final Duration LATENESS_IN_A_BUILD = Duration.ofSeconds(4);
  private static final RawIdentity HONEST = RawIdentity.of("toq://localhost:7002/honest");

  /** How far a connection goes. */
  enum Place {
    TCP, HALF_CLIENT_HELLO, AFTER_TLS, MAGIC, HALF_CREDENTIALS, BEFORE_NEGOTIATE, HALF_CARD, MID_FRAME;

    /** Goes there; returns when the last step began that the stage waited for, so just before its deadline begins. */
    long reach(RawPeer peer) throws IOException {
      long began = System.nanoTime();
      switch (this) {
        case TCP -> { }
        case HALF_CLIENT_HELLO -> peer.sendBytes(new byte[] {0x16, 3, 1, 2, 0, 1});
        case AFTER_TLS -> peer.startTls();
        case MAGIC -> {
          peer.startTls();
          peer.sendMagic();
        }
        case HALF_CREDENTIALS -> {
          peer.startTls();
          peer.sendMagic();
          half(peer, peer.credentials());
        }
        case BEFORE_NEGOTIATE -> began = prove(peer);
        case HALF_CARD -> {
          prove(peer);
          began = System.nanoTime();
          peer.negotiate();
          half(peer, peer.sign(peer.envelope("card.exchange", peer.card())));
        }
        case MID_FRAME -> {
          began = prove(peer); // its silence since then has the same deadline as its half frame
          peer.negotiate();
          peer.exchangeCards();
          half(peer, peer.sign(peer.envelope("message.send", null)));
        }
      }
      return began;
    }

    /** Begins a while before the stage that it leads to: TLS, credentials and the answer to them come before. */
    private static long prove(RawPeer peer) throws IOException {
      peer.startTls();
      peer.sendMagic();
      long began = System.nanoTime();
      peer.sendCredentials();
      peer.readCredentials();
      return began;
    }

    private static void half(RawPeer peer, JsonObject payload) throws IOException {
      byte[] bytes = payload.toString().getBytes(StandardCharsets.UTF_8);
      peer.sendBytes(ByteBuffer.allocate(Integer.BYTES + bytes.length / 2).putInt(bytes.length)
          .put(bytes, 0, bytes.length / 2).array());
    }
  }

  /** When one of them was closed: so long after the last step began, and so long after it ended. */
  private record Closed(Duration sinceBegan, Duration sinceReached) {}

  @Override
  public void run(Options options, Findings findings) throws Exception {
    int each = options.number("each", 5, 1_000);
    Duration deadline = Duration.ofSeconds(options.number("deadline", 4, 20));
    List<Place> chosen = options.numbers().containsKey("place")
        ? List.of(Place.values()[options.number("place", 0, 0)]) : List.of(Place.values());
    String seconds = Long.toString(deadline.toSeconds());
    try (DaemonProcess daemon = DaemonProcess.start(Map.of("handshake_timeout", seconds, "negotiation_timeout", seconds,
        "heartbeat_timeout", seconds, "max_connections", "10000"))) {
      long before = daemon.sockets();
      honest(daemon.port(), options.isShort() ? 10 : 500);
      double[] unloaded = honest(daemon.port(), HANDSHAKES / (options.isShort() ? 10 : 1));
      findings.figure("honest handshake, nobody stalled: p50 %.1f ms, p99 %.1f ms", unloaded[0], unloaded[1]);
      findings.figure("%-18s %7s %9s %9s %10s %10s %6s", "place", "sockets", "earliest", "latest", "honest p50",
          "p99 (ms)", "ratio");
      try (ExecutorService places = Executors.newFixedThreadPool(options.isShort() ? Place.values().length : 1)) {
        List<Future<?>> all = new ArrayList<>();
        for (Place place : chosen) {
          all.add(places.submit(() -> {
            stall(daemon.port(), place, each, deadline, options.isShort(), unloaded[1], findings);
            return null;
          }));
        }
        for (Future<?> one : all) {
          one.get(1, TimeUnit.HOURS);
        }
      }
      findings.require(Waiting.until(Duration.ofSeconds(10), () -> daemon.sockets() <= before),
          daemon.sockets() + " sockets are left, of " + before);
      daemon.errorLines().stream().limit(5).forEach(line -> findings.wrong("in the log: " + line));
    }
  }

  private static void stall(int port, Place place, int each, Duration deadline, boolean isShort, double unloadedP99,
      Findings findings) throws Exception {
    Semaphore opening = new Semaphore(AT_ONCE);
    CountDownLatch standing = new CountDownLatch(each);
    List<Future<Closed>> all = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < each; i++) {
        RawIdentity as = RawIdentity.of("toq://localhost:7001/stalled-" + i);
        all.add(threads.submit(() -> one(port, place, as, deadline, opening, standing)));
      }
      if (!standing.await(2, TimeUnit.MINUTES)) {
        findings.wrong(place + ": " + standing.getCount() + " of " + each + " do not stand");
      }
      double[] loaded = honest(port, isShort ? 3 : HANDSHAKES);
      List<Duration> earliest = new ArrayList<>();
      List<Duration> latest = new ArrayList<>();
      for (Future<Closed> one : all) {
        Closed closed = one.get(5, TimeUnit.MINUTES);
        earliest.add(closed.sinceBegan());
        latest.add(closed.sinceReached());
      }
      Duration first = earliest.stream().min(Duration::compareTo).orElseThrow();
      Duration last = latest.stream().max(Duration::compareTo).orElseThrow();
      findings.figure("%-18s %7d %7.2f s %7.2f s %10.1f %10.1f %6.1f", place, all.size(), first.toMillis() / 1e3,
          last.toMillis() / 1e3, loaded[0], loaded[1], loaded[1] / unloadedP99);
      findings.require(first.compareTo(deadline) >= 0, place + ": one was closed after " + first);
      findings.require(last.compareTo(deadline.plus(isShort ? LATENESS_IN_A_BUILD : LATENESS)) <= 0,
          place + ": one was closed after " + last);
    }
  }

  private static Closed one(int port, Place place, RawIdentity as, Duration deadline, Semaphore opening,
      CountDownLatch standing) throws Exception {
    opening.acquire();
    RawPeer peer;
    long began;
    try {
      peer = RawPeer.connectTcp(as, "localhost", port);
      began = place.reach(peer);
    } finally {
      opening.release();
      standing.countDown();
    }
    long reached = System.nanoTime();
    try (peer) {
      peer.awaitEnd(deadline.multipliedBy(3));
    } catch (SocketTimeoutException standsStill) {
      return new Closed(Duration.ofNanos(System.nanoTime() - began), Duration.ofNanos(System.nanoTime() - reached));
    }
    return new Closed(Duration.ofNanos(System.nanoTime() - began), Duration.ofNanos(System.nanoTime() - reached));
  }

  /** Honest peers that connect, prove themselves and leave, one after the other: p50 and p99 in milliseconds. */
  private static double[] honest(int port, int handshakes) throws IOException {
    double[] millis = new double[handshakes];
    for (int i = 0; i < handshakes; i++) {
      long start = System.nanoTime();
      RawPeer.afterHandshake(HONEST, "localhost", port).close();
      millis[i] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(millis);
    return new double[] {millis[handshakes / 2], millis[handshakes * 99 / 100]};
  }
}
