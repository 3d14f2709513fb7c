package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Handling;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import dev.toq.store.OutboxEntry;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a message whose caller has gone: a clock that the test moves, and a raw peer on the other side. */
@Timeout(60)
class RetransmissionTest {
  private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

  @TempDir Path home;
  private final ManualTicker ticker = new ManualTicker();
  private TestAgent agent;
  private RawReceiver receiver;

  @BeforeEach
  void start() throws Exception {
    agent = start(home);
    receiver = RawReceiver.listen("raw");
  }

  private TestAgent start(Path where) throws Exception {
    return start(where, 10);
  }

  private TestAgent start(Path where, long ackTimeout) throws Exception {
    return TestAgent.start(where, config -> config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.ACK_TIMEOUT, ackTimeout).with(ConfigKey.CONNECT_TIMEOUT, 20L)
        .with(ConfigKey.HEARTBEAT_INTERVAL, 86_400L).with(ConfigKey.HEARTBEAT_TIMEOUT, 86_400L),
        () -> NOON.plusNanos(ticker.getAsLong()), ticker);
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
    receiver.close();
  }

  private UUID queue(String text, String thread, String priority) throws Exception {
    return queue(text, thread, new Handling(Optional.of(priority), OptionalLong.empty(), Optional.empty(), true));
  }

  private UUID queue(String text, String thread, Handling handling) throws Exception {
    Outgoing message = new Outgoing(Optional.of(JsonValue.JsonObject.builder().put("text", text).build()),
        Optional.of(thread), Optional.empty(), Optional.empty(), false, handling);
    return assertInstanceOf(Outcome.Queued.class,
        agent.agent().send(Address.parse(receiver.address()), message, false, Duration.ZERO)).id();
  }

  private OutboxEntry entry(UUID id) {
    return agent.agent().outbox(10, entry -> entry.key().id().equals(id)).getFirst();
  }

  private void awaitState(UUID id, String state) {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (!entry(id).state().word().equals(state)) {
      assertTrue(System.nanoTime() < deadline, "wanted " + state + ", is " + entry(id));
      Thread.onSpinWait();
    }
  }

  @Test
  @DisplayName("R-9.5-05, R-12.3-01, R-12.3-02, R-12.3-03: a message without an ack goes out six times with one id and "
      + "body and rising numbers, the last 16 s after the one before had its 10 s; then what became of it is unknown")
  void sixTimes() throws Exception {
    UUID id = queue("anybody?", "t", "normal");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject first = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      Set<Integer> numbers = new HashSet<>(Set.of(first.get("sequence").getAsInt()));
      for (int pause : new int[] {1, 2, 4, 8, 16}) {
        ticker.pass(Duration.ofSeconds(10));
        ticker.pass(Duration.ofSeconds(pause));
        JsonObject again = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
        assertEquals(id.toString(), again.get("id").getAsString());
        assertEquals(first.get("body"), again.get("body"));
        assertEquals(first.get("timestamp"), again.get("timestamp"));
        assertTrue(numbers.add(again.get("sequence").getAsInt()), "a new number for each transmission");
      }
      ticker.pass(Duration.ofSeconds(10));
      awaitState(id, "unknown");
      assertEquals(6, entry(id).transmissions());
      peer.ack(first); // late, and still the truth
      awaitState(id, "acked");
    }
  }

  @Test
  @DisplayName("A message in flight whose time is over ends, although the peer answers others all the time")
  void overdueInFlight() throws Exception {
    UUID held = queue("held", "t", new Handling(
        Optional.empty(), OptionalLong.empty(), Optional.of(Duration.ofSeconds(30)), true));
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      for (int i = 0; i < 5; i++) {
        ticker.pass(Duration.ofSeconds(6));
        UUID other = queue("other " + i, "u", "normal");
        peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
        awaitState(other, "acked");
      }
      ticker.pass(Duration.ofSeconds(1));
      awaitState(held, "unknown");
      assertEquals(1, entry(held).transmissions());
    }
  }

  @Test
  @DisplayName("A peer that denies this agent has refused what was never sent; what was sent to it before is unknown")
  void deniedAfterwards() throws Exception {
    UUID sent = queue("sent", "t", "normal");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.readEnvelope(RawPeer.PATIENCE, "message.send");
    }
    while (agent.agent().status().activeConnections() > 0) {
      Thread.onSpinWait();
    }
    UUID unsent = queue("unsent", "t", "normal");
    ticker.pass(Duration.ofSeconds(1));
    try (RawPeer next = receiver.accept(RawPeer.PATIENCE)) {
      next.answerHandshake();
      next.readEnvelope(RawPeer.PATIENCE, "negotiate.request");
      next.send("approval.denied", null, straight -> {});
      awaitState(unsent, "refused");
      awaitState(sent, "unknown");
    }
  }

  @Test
  @DisplayName("An answer that comes while another connection is sought counts: the message is not sent again")
  void answeredDuringTheDial() throws Exception {
    agent.close();
    agent = start(home, 1);
    UUID id = queue("once", "t", "normal");
    try (RawPeer leaving = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = leaving.readEnvelope(RawPeer.PATIENCE, "message.send");
      leaving.send("session.disconnect", null, straight -> {});
      ticker.pass(Duration.ofSeconds(1)); // no ack in time: it is to be sent again, and not on this connection
      ticker.pass(Duration.ofSeconds(1));
      try (RawPeer next = receiver.accept(RawPeer.PATIENCE)) {
        leaving.ack(message);
        awaitState(id, "acked");
        next.answerHandshake();
        next.answerNegotiation();
        next.exchangeCards();
        UUID other = queue("other", "t", "normal");
        assertEquals(other.toString(), next.readEnvelope(RawPeer.PATIENCE, "message.send").get("id").getAsString());
      }
    }
  }

  @Test
  @DisplayName("A-19, A-08: after an ack with a forged signature not one byte more goes out on that connection; "
      + "another one carries the message again")
  void forgedAck() throws Exception {
    UUID id = queue("genuine?", "t", "normal");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      JsonObject body = new JsonObject();
      body.addProperty("ack_id", id.toString());
      JsonObject ack = peer.sign(peer.envelope("message.ack", body));
      ack.addProperty("timestamp", "2026-11-24T12:00:01Z"); // so the signature is of another text
      peer.sendRawFrame(ack.toString());
      peer.expectEof(RawPeer.PATIENCE);
      assertEquals(id.toString(), message.get("id").getAsString());
    }
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject again = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      assertEquals(id.toString(), again.get("id").getAsString());
      assertEquals(2, entry(id).transmissions());
      peer.ack(again);
      awaitState(id, "acked");
    }
  }

  @Test
  @DisplayName("the clock of a written message starts anew with every answer: behind others it is not sent twice")
  void clockRestarts() throws Exception {
    UUID first = queue("one", "a", "normal");
    UUID second = queue("two", "b", "normal");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject one = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      JsonObject two = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      ticker.pass(Duration.ofSeconds(9));
      peer.ack(one);
      awaitState(first, "acked");
      ticker.pass(Duration.ofSeconds(9)); // 18 s after it was written
      peer.ack(two);
      awaitState(second, "acked");
      assertEquals(1, entry(second).transmissions());
    }
  }

  @Test
  @DisplayName("R-4.2-12, R-12.3-04: once the ttl of a message is over it is not sent again")
  void lifetime() throws Exception {
    UUID id = queue("mortal", "t", new Handling(
        Optional.empty(), OptionalLong.of(12), Optional.empty(), true));
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      ticker.pass(Duration.ofSeconds(11));
      peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      ticker.pass(Duration.ofSeconds(10));
      awaitState(id, "unknown");
      ticker.pass(Duration.ofSeconds(60));
      Says.andWaits(peer); // and nothing else came
    }
  }

  @Test
  @DisplayName("R-10.3-02: a message that waits for its next attempt holds up its own thread and no other")
  void threadsAreIndependent() throws Exception {
    queue("a1", "a", "normal");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      Says.error(peer, "resource_exhausted", peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
      Says.andWaits(peer);
      queue("a2", "a", "normal");
      queue("b1", "b", "normal");
      assertEquals("b1", text(peer));
      ticker.pass(Duration.ofSeconds(1));
      assertEquals(List.of("a1", "a2"), List.of(text(peer), text(peer)));
    }
  }

  @Test
  @DisplayName("R-12.6-01, A-19: a message for a peer that is not there is tried again until the peer is, or its "
      + "time is "
      + "over, and its sender can ask what became of it")
  void unreachable() throws Exception {
    UUID first = queue("late", "a", "normal");
    receiver.accept(RawPeer.PATIENCE).reset();
    try (RawPeer peer = nextAttempt()) {
      assertEquals("late", text(peer));
      awaitState(first, "acked");
    }
    awaitNoConnection();
    UUID second = queue("too late", "a", new Handling(
        Optional.empty(), OptionalLong.empty(), Optional.of(Duration.ofSeconds(60)), true));
    receiver.accept(RawPeer.PATIENCE).reset();
    ticker.pass(Duration.ofSeconds(60));
    awaitState(second, "expired");
  }

  /** The next connection of the agent, which dials after a pause by the clock of the test. */
  private RawPeer nextAttempt() throws Exception {
    for (int second = 0; second < 50; second++) {
      ticker.pass(Duration.ofSeconds(1));
      try {
        return receiver.acceptActive(Duration.ofMillis(200));
      } catch (SocketTimeoutException notYet) {
        assertTrue(second < 49, "no attempt in 50 seconds of the clock");
      }
    }
    throw new IllegalStateException("the loop ends above");
  }

  private void awaitNoConnection() {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (agent.agent().status().activeConnections() > 0) {
      assertTrue(System.nanoTime() < deadline, "the connection has not ended");
      Thread.onSpinWait();
    }
  }

  @Test
  @DisplayName("A-19: what was accepted and not acknowledged goes out again after a restart, under its id")
  void restart() throws Exception {
    UUID id = queue("before", "t", "normal");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      agent.close();
    }
    agent = start(home);
    ticker.pass(Duration.ofSeconds(2));
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject again = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      assertEquals(id.toString(), again.get("id").getAsString());
      peer.ack(again);
      awaitState(id, "acked");
    }
  }

  @Test
  @DisplayName("A-66, R-9.7-04: an urgent message passes those of other threads, and never one of its own; a clear "
      + "ends a pause at "
      + "once")
  void urgent() throws Exception {
    UUID first = queue("first", "a", "normal");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject one = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      Says.backpressure(peer, 60);
      peer.ack(one);
      awaitState(first, "acked");
      queue("second", "a", "normal");
      queue("urgent in a", "a", "urgent");
      queue("urgent in b", "b", "urgent");
      Says.andWaits(peer); // nothing came meanwhile
      Says.clear(peer);
      assertEquals(List.of("urgent in b", "second", "urgent in a"),
          List.of(text(peer), text(peer), text(peer)));
    }
  }

  private static String text(RawPeer peer) throws Exception {
    JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
    peer.ack(message);
    return message.getAsJsonObject("body").get("text").getAsString();
  }

  @Test
  @DisplayName("R-21.2-03, R-21.2-05, R-21.2-06, A-67: after backpressure nothing is sent until its time is over, "
      + "and acks "
      + "are not late meanwhile")
  void backpressure() throws Exception {
    UUID first = queue("first", "a", "normal");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject one = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      Says.backpressure(peer, 30);
      Says.andWaits(peer); // so the backpressure before it was read
      queue("second", "a", "normal");
      ticker.pass(Duration.ofSeconds(29));
      Says.andWaits(peer); // and nothing else came, nor "first" again
      peer.ack(one);
      awaitState(first, "acked");
      ticker.pass(Duration.ofSeconds(1));
      assertEquals("second", text(peer));
    }
  }

  @Test
  @DisplayName("A-08: a kept message that the peer has no room for goes out again later")
  void noRoom() throws Exception {
    UUID id = queue("big", "a", "normal");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      Says.error(peer, "resource_exhausted", message);
      Says.andWaits(peer);
      ticker.pass(Duration.ofSeconds(1));
      peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
      awaitState(id, "acked");
      assertEquals(2, entry(id).transmissions());
    }
  }

  @Test
  @DisplayName("R-8.3-01, R-8.3-02, A-47: after the peer's goodbye nothing new goes out on the connection, but its "
      + "last "
      + "acknowledgement still counts and nothing is sent twice")
  void lastAcknowledgement() throws Exception {
    UUID id = queue("going", "a", "normal");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      peer.sendDisconnect();
      Says.andWaits(peer);
      queue("new", "b", "normal");
      peer.ack(message);
      peer.expectEof(RawPeer.PATIENCE);
      awaitState(id, "acked");
      assertEquals(1, entry(id).transmissions());
    }
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      assertEquals("new", text(peer));
    }
  }

  @Test
  @DisplayName("A-69: a peer that says goodbye and then owes an acknowledgement is waited for 5 s")
  void goodbyeWithoutEnd() throws Exception {
    queue("going", "a", "normal");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      peer.sendDisconnect();
      Says.andWaits(peer);
      ticker.pass(Duration.ofSeconds(6));
      peer.expectEof(RawPeer.PATIENCE);
    }
  }
}
