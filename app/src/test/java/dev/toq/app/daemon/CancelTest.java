package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Handling;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.app.daemon.Agent.Recipient;
import dev.toq.app.daemon.Agent.TakenBack;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import dev.toq.store.OutboxEntry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Messages that their owner takes back, and messages to several recipients. */
@Timeout(60)
class CancelTest {
  private static final Address NOBODY = Address.parse("toq://localhost:1/nobody");

  @TempDir Path home;
  private final ManualTicker ticker = new ManualTicker();
  private final HeldFiles disk = new HeldFiles("outbox.jsonl");
  private TestAgent agent;
  private RawReceiver receiver;

  @BeforeEach
  void start() throws Exception {
    agent = start(home);
    receiver = RawReceiver.listen("raw");
  }

  private TestAgent start(Path where) throws Exception {
    return TestAgent.start(where, config -> config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.CONNECT_TIMEOUT, 20L).with(ConfigKey.HEARTBEAT_INTERVAL, 86_400L)
        .with(ConfigKey.HEARTBEAT_TIMEOUT, 86_400L).with(ConfigKey.WRITE_TIMEOUT, 86_400L), disk, ticker);
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
    receiver.close();
  }

  private static Outgoing text(String text, boolean queue) {
    return new Outgoing(Optional.of(JsonValue.JsonObject.builder().put("text", text).build()), Optional.of("t"),
        Optional.empty(), Optional.empty(), false,
        new Handling(Optional.empty(), OptionalLong.empty(), Optional.empty(), queue));
  }

  private UUID queue(Address to, String text) throws Exception {
    return assertInstanceOf(
        Outcome.Queued.class, agent.agent().send(to, text(text, true), false, Duration.ZERO)).id();
  }

  private UUID queue(String text) throws Exception {
    return queue(Address.parse(receiver.address()), text);
  }

  private TakenBack cancel(UUID id) throws Exception {
    return agent.agent().cancel(id, any -> true);
  }

  private String state(UUID id) {
    return agent.agent().outbox(10, entry -> entry.key().id().equals(id)).getFirst().state().word();
  }

  private void awaitState(UUID id, String state) {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (!state(id).equals(state)) {
      assertTrue(System.nanoTime() < deadline, "wanted " + state + ", is " + state(id));
      Thread.onSpinWait();
    }
  }

  @Test
  @DisplayName("A-64: what was never sent is not sent any more, also after a restart; later messages of its thread go "
      + "on")
  void beforeItIsSent() throws Exception {
    UUID first = queue("first");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject sent = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      Says.backpressure(peer, 60);
      peer.ack(sent);
      awaitState(first, "acked");
      UUID second = queue("second");
      queue("third");
      TakenBack taken = cancel(second);
      assertEquals(1, taken.cancelled());
      assertEquals("cancelled", state(second));
      assertEquals(0, taken.entries().getFirst().transmissions());
      Says.clear(peer);
      assertEquals("third", text(peer.readEnvelope(RawPeer.PATIENCE, "message.send")));
    }
    UUID kept = queue(NOBODY, "for nobody");
    assertEquals(1, cancel(kept).cancelled());
    agent.close();
    agent = start(home);
    assertEquals("cancelled", state(kept));
  }

  @Test
  @DisplayName("what is not on the disk when its caller has waited long enough is not sent, and called so")
  void tooLateOnTheDisk() throws Exception {
    disk.hold();
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    Thread caller = Thread.ofPlatform().start(() -> {
      try {
        outcome.complete(agent.agent().send(
            Address.parse(receiver.address()), text("late", false), true, Duration.ofSeconds(5)));
      } catch (InterruptedException stopped) {
        outcome.completeExceptionally(stopped);
      }
    });
    while (Arrays.stream(caller.getStackTrace()).noneMatch(frame -> frame.getMethodName().equals("timedOut"))) {
      assertTrue(caller.isAlive(), "it was told something else");
      ticker.pass(Duration.ofSeconds(1)); // until the caller waits, and has waited for its time
    }
    disk.release();
    String said = assertInstanceOf(Outcome.NotReachable.class, outcome.get()).reason();
    assertTrue(said.contains("in time"), said);
    UUID next = queue("next");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      assertEquals("next", text(peer.readEnvelope(RawPeer.PATIENCE, "message.send")));
      assertEquals(List.of("failed"), agent.agent().outbox(10, entry -> !entry.key().id().equals(next)).stream()
          .map(entry -> entry.state().word()).toList());
    }
  }

  private static String text(JsonObject message) {
    return message.getAsJsonObject("body").get("text").getAsString();
  }

  @Test
  @DisplayName("R-9.5-06, R-9.5-07: a message that was sent and has no answer is taken back from the peer, is not sent "
      + "again, and how often it was sent stays known; a late ack does not turn it into another end")
  void afterItWasSent() throws Exception {
    UUID id = queue("sent");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      awaitState(id, "sent");
      TakenBack taken = cancel(id);
      assertEquals(1, taken.entries().getFirst().transmissions());
      JsonObject cancel = peer.readEnvelope(RawPeer.PATIENCE, "message.cancel");
      assertEquals(id.toString(), cancel.getAsJsonObject("body").get("cancel_id").getAsString());
      peer.ack(cancel);
      peer.ack(message);
      ticker.pass(Duration.ofSeconds(60));
      Says.andWaits(peer); // nothing was sent again
      assertEquals("cancelled", state(id));
    }
  }

  @Test
  @DisplayName("what has come to an end stays: the answer says how it ended, and that nothing was taken back")
  void tooLate() throws Exception {
    UUID id = queue("quick");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
      awaitState(id, "acked");
      TakenBack taken = cancel(id);
      assertEquals(0, taken.cancelled());
      assertEquals("acked", taken.entries().getFirst().state().word());
      Says.andWaits(peer); // no cancel came
      assertEquals(List.of(), cancel(UUID.randomUUID()).entries());
    }
  }

  @Test
  @DisplayName("a caller that waits for the message is told that it was cancelled")
  void whileACallerWaits() throws Exception {
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    Thread.ofVirtual().start(() -> {
      try {
        outcome.complete(agent.agent().send(
            Address.parse(receiver.address()), text("hello", false), true, Duration.ofSeconds(50)));
      } catch (InterruptedException stopped) {
        outcome.completeExceptionally(stopped);
      }
    });
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      cancel(UUID.fromString(message.get("id").getAsString()));
      assertEquals(new Outcome.NotReachable("it was cancelled"), outcome.get());
    }
  }

  @Test
  @DisplayName("while its recipient is being dialled a message can be taken back, and is not sent when the dial "
      + "succeeds")
  void duringTheDial() throws Exception {
    UUID id = queue("early");
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      assertEquals(1, cancel(id).cancelled());
      UUID next = queue("next");
      peer.answerHandshake();
      peer.answerNegotiation();
      peer.exchangeCards();
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      assertEquals(next.toString(), message.get("id").getAsString());
      assertEquals("cancelled", state(id));
    }
  }

  @Test
  @DisplayName("R-12.8-01, A-70: of three recipients one acknowledges, one is silent, one is down: each has its own "
      + "state under one id, and can be taken back alone")
  void several() throws Exception {
    try (RawReceiver silent = RawReceiver.listen("silent")) {
      List<Recipient> recipients = agent.agent().sendAll(
          List.of(Address.parse(receiver.address()), Address.parse(silent.address()), NOBODY),
          text("all", true), false);
      UUID id = assertInstanceOf(Outcome.Queued.class, recipients.getFirst().outcome()).id();
      try (RawPeer acking = receiver.acceptActive(RawPeer.PATIENCE);
          RawPeer mute = silent.acceptActive(RawPeer.PATIENCE)) {
        JsonObject copy = acking.readEnvelope(RawPeer.PATIENCE, "message.send");
        assertEquals(3, copy.getAsJsonArray("to").size());
        acking.ack(copy);
        assertEquals(id.toString(), mute.readEnvelope(RawPeer.PATIENCE, "message.send").get("id").getAsString());
        awaitStates(id, Map.of(receiver.address(), "acked", silent.address(), "sent", NOBODY.full(), "accepted"));
        assertEquals(
            1, agent.agent().cancel(id, entry -> entry.key().recipient().equals(silent.address())).cancelled());
        awaitStates(id, Map.of(receiver.address(), "acked", silent.address(), "cancelled", NOBODY.full(), "accepted"));
        assertEquals(1, cancel(id).cancelled()); // the one that was left
      }
    }
  }

  private void awaitStates(UUID id, Map<String, String> wanted) {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (!states(id).equals(wanted)) {
      assertTrue(System.nanoTime() < deadline, "wanted " + wanted + ", are " + states(id));
      Thread.onSpinWait();
    }
  }

  private Map<String, String> states(UUID id) {
    return agent.agent().outbox(10, entry -> entry.key().id().equals(id)).stream()
        .collect(Collectors.toMap(entry -> entry.key().recipient(), entry -> entry.state().word()));
  }

  @Test
  @DisplayName("A-70: separate copies have ids of their own, and tell no recipient of the others")
  void separate() throws Exception {
    List<Recipient> recipients = agent.agent().sendAll(
        List.of(Address.parse(receiver.address()), NOBODY), text("each", true), true);
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject copy = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      assertEquals(1, copy.getAsJsonArray("to").size());
      UUID first = assertInstanceOf(Outcome.Queued.class, recipients.get(0).outcome()).id();
      UUID second = assertInstanceOf(Outcome.Queued.class, recipients.get(1).outcome()).id();
      assertEquals(first.toString(), copy.get("id").getAsString());
      assertNotEquals(first, second);
      List<OutboxEntry> entries = agent.agent().outbox(10, entry -> entry.key().id().equals(second));
      assertEquals(List.of(NOBODY.full()), entries.stream().map(entry -> entry.key().recipient()).toList());
    }
  }
}
