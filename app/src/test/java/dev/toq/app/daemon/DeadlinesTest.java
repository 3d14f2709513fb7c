package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.protocol.identity.Address;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every timeout and limit of the configuration acts; each test sets one and sees it at work. */
class DeadlinesTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7001/slow");

  @TempDir Path home;

  private TestAgent start(ConfigKey key, long value) throws Exception {
    return TestAgent.start(home, config -> open(config).with(key, value));
  }

  /** Anybody may come, and no deadline ends a wait of the test but the one that it sets. */
  private static Config open(Config config) {
    return config.with(ConfigKey.CONNECTION_MODE, "open").with(ConfigKey.HANDSHAKE_TIMEOUT, 60L)
        .with(ConfigKey.NEGOTIATION_TIMEOUT, 60L);
  }

  @Test
  @DisplayName("A deadline whose action fails costs no other")
  void failingAction() {
    ManualTicker ticker = new ManualTicker();
    List<String> done = new ArrayList<>();
    try (Deadlines deadlines = new Deadlines(ticker)) {
      for (String name : List.of("one", "two")) {
        deadlines.create(() -> {
          done.add(name);
          throw new IllegalStateException("on purpose");
        }).in(Duration.ofSeconds(1));
      }
      ticker.pass(Duration.ofSeconds(2));
      deadlines.sweep();
      assertEquals(List.of("one", "two"), done.stream().sorted().toList());
    }
  }

  interface Stall {
    void reach(RawPeer peer) throws Exception;
  }

  static Stream<Arguments> stalls() {
    return Stream.of(
        Arguments.of("R-5.7-01: a silent connection", ConfigKey.HANDSHAKE_TIMEOUT, (Stall) peer -> {}),
        Arguments.of("half a ClientHello", ConfigKey.HANDSHAKE_TIMEOUT,
            (Stall) peer -> peer.sendBytes(new byte[] {0x16, 3, 1, 2, 0, 1})),
        Arguments.of("R-5.7-02: silence after TLS", ConfigKey.HANDSHAKE_TIMEOUT, (Stall) RawPeer::startTls),
        Arguments.of("R-5.7-02: half credentials", ConfigKey.HANDSHAKE_TIMEOUT, (Stall) peer -> {
          peer.startTls();
          peer.sendMagic();
          peer.sendBytes(new byte[] {0, 0, 1, 0, '{'});
        }),
        Arguments.of("R-6.4-01: no negotiate.request", ConfigKey.NEGOTIATION_TIMEOUT, (Stall) peer -> {
          peer.startTls();
          peer.sendMagic();
          peer.sendCredentials();
          peer.readCredentials();
        }),
        Arguments.of("no card", ConfigKey.NEGOTIATION_TIMEOUT, (Stall) peer -> {
          peer.startTls();
          peer.sendMagic();
          peer.sendCredentials();
          peer.readCredentials();
          peer.negotiate();
          peer.readEnvelope(RawPeer.PATIENCE, "card.exchange");
        }));
  }

  @DisplayName("R-24-01: a stalled setup is closed when its time is over")
  @ParameterizedTest(name = "R-24-01, {0}, ended by {1}")
  @MethodSource("stalls")
  void stalled(String name, ConfigKey key, Stall stall) throws Exception {
    try (TestAgent agent = start(key, 1);
        RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      stall.reach(peer);
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @Timeout(60)
  @DisplayName("R-5.7-01, A-56: the time for TLS is one, and that for the handshake another which begins after it")
  void handshakeAfterTls() throws Exception {
    ManualTicker ticker = new ManualTicker();
    try (TestAgent agent = TestAgent.start(home, config -> open(config).with(ConfigKey.CONNECT_TIMEOUT, 300L), ticker);
        RawReceiver receiver = RawReceiver.listen("slow")) {
      agent.agent().send(Address.parse(receiver.address()), Says.text("anybody?"), false, Duration.ZERO);
      try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
        while (!peer.hasBytes()) { // then the time for TLS runs
          Thread.onSpinWait();
        }
        ticker.pass(Duration.ofSeconds(40));
        peer.startTls();
        peer.readMagic();
        peer.readCredentials(); // and that for the handshake
        ticker.pass(Duration.ofSeconds(40));
        agent.endpoint().node().deadlines().sweep(); // what is due by now has its effect
        peer.sendCredentials();
        peer.readEnvelope(RawPeer.PATIENCE, "negotiate.request");
      }
    }
  }

  @Test
  @DisplayName("R-6.4-02: where nobody answers our negotiate.request, we close")
  void noAnswer() throws Exception {
    try (TestAgent agent = start(ConfigKey.NEGOTIATION_TIMEOUT, 1); RawReceiver receiver = RawReceiver.listen("mute")) {
      agent.agent().send(Address.parse(receiver.address()), Says.text("anybody?"), false, Duration.ZERO);
      try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
        peer.answerHandshake();
        peer.readEnvelope(RawPeer.PATIENCE, "negotiate.request");
        peer.expectEof(RawPeer.PATIENCE);
      }
    }
  }

  @Test
  @DisplayName("R-8.4-01: heartbeat_interval sets the pace of heartbeats, after the first acknowledgement")
  void heartbeats() throws Exception {
    try (TestAgent agent = start(ConfigKey.HEARTBEAT_INTERVAL, 1);
        RawPeer peer = RawPeer.active(PEER, "127.0.0.1", agent.port())) {
      peer.readAck(peer.sendMessage("{\"text\":\"first\"}"));
      peer.readEnvelope(RawPeer.PATIENCE, "system.heartbeat");
      peer.readEnvelope(RawPeer.PATIENCE, "system.heartbeat");
    }
  }

  @Test
  @DisplayName("R-8.4-03: a peer that sends nothing for heartbeat_timeout is closed")
  void heartbeatTimeout() throws Exception {
    try (TestAgent agent = start(ConfigKey.HEARTBEAT_TIMEOUT, 1);
        RawPeer peer = RawPeer.active(PEER, "127.0.0.1", agent.port())) {
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @DisplayName("R-4.6-03: max_message_size sets the largest frame")
  void messageSize() throws Exception {
    try (TestAgent agent = start(ConfigKey.MAX_MESSAGE_SIZE, 2_000);
        RawPeer peer = RawPeer.active(PEER, "127.0.0.1", agent.port())) {
      peer.readAck(peer.sendMessage("{\"text\":\"" + "x".repeat(1_200) + "\"}"));
      peer.sendMessage("{\"text\":\"" + "x".repeat(2_000) + "\"}");
      assertEquals("message_too_large", peer.readErrorCode());
    }
  }

  @Test
  @DisplayName("R-21.3-01: max_connections bounds the connections that are served")
  void connections() throws Exception {
    try (TestAgent agent = start(ConfigKey.MAX_CONNECTIONS, 2)) {
      List<RawPeer> held = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        held.add(RawPeer.active(RawIdentity.of("toq://localhost:7001/held-" + i), "127.0.0.1", agent.port()));
      }
      assertThrows(Exception.class, () -> RawPeer.active(PEER, "127.0.0.1", agent.port()));
      for (RawPeer peer : held) {
        peer.close();
      }
    }
  }

  @Test
  @DisplayName("R-4.8-03: blocked_content_types refuses more types")
  void blockedTypes() throws Exception {
    try (TestAgent agent = TestAgent.start(
            home, config -> open(config).with(ConfigKey.BLOCKED_CONTENT_TYPES, List.of("text/html")));
        RawPeer peer = RawPeer.active(PEER, "127.0.0.1", agent.port())) {
      peer.sendMessage("\"<p>\"", envelope -> envelope.addProperty("content_type", "text/html; charset=utf-8"));
      assertEquals("executable_content_blocked", peer.readErrorCode());
    }
  }

  @Test
  @DisplayName("a deadline acts once its time has passed, and not when it was cleared")
  void sweep() {
    AtomicLong now = new AtomicLong();
    AtomicLong expired = new AtomicLong();
    try (Deadlines deadlines = new Deadlines(now::get)) {
      Deadlines.Deadline first = deadlines.create(expired::incrementAndGet);
      Deadlines.Deadline second = deadlines.create(() -> expired.addAndGet(100));
      first.in(Duration.ofSeconds(5));
      second.in(Duration.ofSeconds(5));
      second.clear();
      now.set(Duration.ofSeconds(4).toNanos());
      deadlines.sweep();
      assertEquals(0, expired.get());
      now.set(Duration.ofSeconds(6).toNanos());
      deadlines.sweep();
      deadlines.sweep();
      assertEquals(1, expired.get());
    }
  }

  @Test
  @DisplayName("a future is waited for until it has come to something, or the time has passed, which leaves it alone")
  void await() throws Exception {
    AtomicLong now = new AtomicLong();
    try (Deadlines deadlines = new Deadlines(now::get);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture<String> slow = new CompletableFuture<>();
      Future<String> waited = threads.submit(() -> deadlines.await(slow, Duration.ofSeconds(5)));
      Future<String> late = threads.submit(() -> deadlines.await(slow, Duration.ofSeconds(5)));
      while (!late.isDone() || !waited.isDone()) { // until both wait, and then until their time is over
        now.addAndGet(Duration.ofSeconds(6).toNanos());
        deadlines.sweep();
      }
      assertInstanceOf(TimeoutException.class, waited.exceptionNow());
      assertInstanceOf(TimeoutException.class, late.exceptionNow());
      assertFalse(slow.isDone());
      Future<String> inTime = threads.submit(() -> deadlines.await(slow, Duration.ofSeconds(5)));
      slow.complete("done");
      assertEquals("done", inTime.get());
      assertEquals("done", deadlines.await(slow, Duration.ZERO));
      ExecutionException failed = assertThrows(ExecutionException.class,
          () -> deadlines.await(CompletableFuture.failedFuture(new IOException("broken")), Duration.ofSeconds(5)));
      assertInstanceOf(IOException.class, failed.getCause());
    }
  }
}
