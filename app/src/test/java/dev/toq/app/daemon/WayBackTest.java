package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Handling;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawEnd;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messages to a peer that cannot be dialled go back on the connection that it opened, if it reads there. */
@Timeout(60)
class WayBackTest {
  /** Port 1 answers nobody. */
  private static final RawIdentity HIDDEN = RawIdentity.of("toq://localhost:1/hidden");

  @TempDir Path home;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private static Config settings(Config config) {
    return config.with(ConfigKey.CONNECTION_MODE, "open").with(ConfigKey.CONNECT_TIMEOUT, 20L);
  }

  private TestAgent open(String name) throws Exception {
    return TestAgent.start(home.resolve(name), WayBackTest::settings);
  }

  private static Outgoing text(boolean queue) {
    return new Outgoing(Optional.of(JsonValue.JsonObject.builder().put("text", "back").build()), Optional.empty(),
        Optional.empty(), Optional.empty(), false,
        new Handling(Optional.empty(), OptionalLong.empty(), Optional.empty(), queue));
  }

  private static Outcome send(TestAgent from, String to) throws Exception {
    return from.agent().send(Address.parse(to), text(false), true, RawPeer.PATIENCE);
  }

  private static RawPeer connected(RawIdentity me, TestAgent to, boolean readsAtAnyTime) throws Exception {
    RawPeer peer = RawPeer.afterHandshake(me, "127.0.0.1", to.port());
    peer.negotiate(request -> {
      if (readsAtAnyTime) {
        request.getAsJsonObject("body").getAsJsonObject("features").addProperty("duplex", true);
      }
    });
    peer.exchangeCards();
    return peer;
  }

  @Test
  @DisplayName("an agent whose port nobody reaches gets its answers on the connection that it opened")
  void twoAgents() throws Exception {
    try (TestAgent reachable = open("reachable"); TestAgent hidden = open("hidden")) {
      hidden.closePort();
      String back = hidden.endpoint().address().full();
      assertInstanceOf(Outcome.NotReachable.class, send(reachable, back));
      assertInstanceOf(Outcome.Delivered.class, send(hidden, reachable.endpoint().address().full()));
      for (int i = 0; i < 20; i++) {
        assertInstanceOf(Outcome.Delivered.class, send(reachable, back));
      }
      assertEquals(20, hidden.history().size());
      assertEquals(1, reachable.agent().status().activeConnections());
    }
  }

  @Test
  @DisplayName("a peer that announced that it reads at any time is sent to on its own connection, before it sent "
      + "anything")
  void announced() throws Exception {
    try (TestAgent agent = open("agent"); RawPeer peer = connected(HIDDEN, agent, true)) {
      Future<Outcome> outcome = threads.submit(() -> send(agent, HIDDEN.address()));
      peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
      assertInstanceOf(Outcome.Delivered.class, outcome.get());
    }
  }

  @Test
  @DisplayName("a peer that announced nothing would take a message for its acknowledgement, so it gets none until it "
      + "has sent a heartbeat; what was kept for it comes then")
  void heartbeat() throws Exception {
    try (TestAgent agent = open("agent"); RawPeer peer = connected(HIDDEN, agent, false)) {
      assertInstanceOf(Outcome.NotReachable.class, send(agent, HIDDEN.address()));
      UUID kept = assertInstanceOf(Outcome.Queued.class,
          agent.agent().send(Address.parse(HIDDEN.address()), text(true), false, Duration.ZERO)).id();
      peer.readAck(peer.sendMessage("{}")); // and nothing else before it
      peer.send("system.heartbeat", null, e -> {});
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE);
      if (message.get("type").getAsString().equals("system.heartbeat.ack")) { // two threads write, in either order
        message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      } else {
        peer.readEnvelope(RawPeer.PATIENCE, "system.heartbeat.ack");
      }
      assertEquals(kept.toString(), message.get("id").getAsString());
      peer.ack(message);
      Future<Outcome> outcome = threads.submit(() -> send(agent, HIDDEN.address()));
      peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
      assertInstanceOf(Outcome.Delivered.class, outcome.get());
    }
  }

  @Test
  @DisplayName("A-40: a second key that claims the address gets nothing of what is sent to it")
  void twoClaimants() throws Exception {
    RawIdentity other = RawIdentity.of("toq://localhost:1/other").claiming(HIDDEN.address());
    try (TestAgent agent = open("agent"); RawPeer first = connected(HIDDEN, agent, true);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      first.readAck(first.sendMessage("{}"));
      assertThrows(RawEnd.class, () -> connected(other, agent, true));
      Future<Outcome> outcome = threads.submit(() -> send(agent, HIDDEN.address()));
      first.ack(first.readEnvelope(RawPeer.PATIENCE, "message.send"));
      assertInstanceOf(Outcome.Delivered.class, outcome.get());
    }
  }

  /** The daemon's side of a connection stands a moment after the peer's: its clocks begin then. */
  private static void awaitConnection(TestAgent agent) {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (agent.agent().status().activeConnections() == 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertEquals(1, agent.agent().status().activeConnections());
  }

  @Test
  @DisplayName("R-8.4-01, R-8.4-03, A-68: on a connection that a peer opened no heartbeat goes out before the first "
      + "acknowledgement; one that never answers them is not cut while its own frames come, and then it is")
  void heartbeatsOfAPeerThatDoesNotAnswer() throws Exception {
    ManualTicker ticker = new ManualTicker();
    try (TestAgent agent = TestAgent.start(home, WayBackTest::settings, ticker);
        RawPeer peer = connected(HIDDEN, agent, false)) {
      awaitConnection(agent);
      ticker.pass(Duration.ofSeconds(60));
      peer.readAck(peer.sendMessage("{}"));
      for (int i = 0; i < 5; i++) {
        readUntil(peer, "system.heartbeat");
        ticker.pass(Duration.ofSeconds(60));
        JsonObject message = peer.sendMessage("{}");
        JsonObject ack = readUntil(peer, "message.ack");
        assertEquals(message.get("id"), ack.getAsJsonObject("body").get("ack_id"));
        ticker.pass(Duration.ofSeconds(30));
      }
      ticker.pass(Duration.ofSeconds(91));
      assertTrue(new String(peer.awaitEnd(RawPeer.PATIENCE)).length() < 4_000, "beats, and then the end");
    }
  }

  /** A beat may come before the answer, and a pause where the clock jumps while a message is being stored. */
  private static JsonObject readUntil(RawPeer peer, String type) throws IOException {
    JsonObject next = peer.readEnvelope(RawPeer.PATIENCE);
    while (!next.get("type").getAsString().equals(type)) {
      next = peer.readEnvelope(RawPeer.PATIENCE);
    }
    return next;
  }
}
