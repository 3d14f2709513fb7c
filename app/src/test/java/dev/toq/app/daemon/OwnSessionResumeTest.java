package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that the agent opened, and takes up again after their connection was lost. */
@Timeout(60)
class OwnSessionResumeTest {
  @TempDir Path home;
  private TestAgent agent;

  @BeforeEach
  void start() throws Exception {
    agent = TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.CONNECT_TIMEOUT, 20L).with(ConfigKey.NEGOTIATION_TIMEOUT, 20L));
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
  }

  private Future<Outcome> send(ExecutorService threads, RawReceiver to, String text) {
    Callable<Outcome> sending = () -> agent.agent().send(Address.parse(to.address()), new Outgoing(
        Optional.of(JsonValue.JsonObject.builder().put("text", text).build()), Optional.empty(), Optional.empty(),
        Optional.of("application/json"), false), true, Duration.ofSeconds(30));
    return threads.submit(sending);
  }

  /** The receiver's half up to the handshake; returns the session's name. */
  private static String meet(RawPeer peer) throws Exception {
    peer.startTls();
    peer.readMagic();
    peer.readCredentials();
    String[] name = new String[1];
    peer.sendCredentials(json -> name[0] = json.get("session_id").getAsString());
    return name[0];
  }

  private static void negotiated(RawPeer peer, boolean grantsResumes) throws Exception {
    peer.answerNegotiation(answer -> answer.getAsJsonObject("body").getAsJsonObject("features")
        .addProperty("resume", grantsResumes));
    peer.exchangeCards();
  }

  /** A message goes out, its connection is lost before the acknowledgement; returns the session's name. */
  private static String interrupted(RawReceiver receiver, boolean grantsResumes) throws Exception {
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      String name = meet(peer);
      negotiated(peer, grantsResumes);
      assertEquals(2, peer.readEnvelope(RawPeer.PATIENCE, "message.send").get("sequence").getAsInt());
      peer.reset();
      return name;
    }
  }

  @Test
  @DisplayName("R-8.6-01, R-9.3-01: a session that we opened is resumed, and its numbers go on")
  void resumes() throws Exception {
    try (RawReceiver receiver = RawReceiver.listen("raw");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Outcome> outcome = send(threads, receiver, "hello");
      String name = interrupted(receiver, true);
      try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
        meet(peer);
        JsonObject resume = peer.readEnvelope(RawPeer.PATIENCE, "session.resume");
        assertEquals(0, resume.get("sequence").getAsInt());
        assertEquals(name, resume.getAsJsonObject("body").get("session_id").getAsString());
        assertEquals(1, resume.getAsJsonObject("body").get("last_received_sequence").getAsInt());
        JsonObject beat = peer.send("system.heartbeat", null, e -> {
          e.addProperty("sequence", 2);
          e.add("reply_to", resume.get("id"));
        });
        List<JsonObject> both = List.of(peer.readEnvelope(RawPeer.PATIENCE), peer.readEnvelope(RawPeer.PATIENCE));
        int next = both.getFirst().get("sequence").getAsInt();
        assertTrue(next > 2, "the numbers of the lost connection went up to 2, this one went on with " + next);
        assertEquals(next + 1, both.getLast().get("sequence").getAsInt());
        JsonObject answer = of(both, "system.heartbeat.ack");
        assertEquals(beat.get("id"), answer.get("reply_to"));
        JsonObject ack = new JsonObject();
        ack.add("ack_id", of(both, "message.send").get("id"));
        peer.send("message.ack", ack, e -> e.addProperty("sequence", 3));
        assertInstanceOf(Outcome.Delivered.class, outcome.get());
      }
    }
  }

  private static JsonObject of(List<JsonObject> envelopes, String type) {
    return envelopes.stream().filter(e -> e.get("type").getAsString().equals(type)).findFirst().orElseThrow();
  }

  @Test
  @DisplayName("R-8.6-06: after a refused resume all begins anew on a new connection, and the message arrives")
  void refused() throws Exception {
    try (RawReceiver receiver = RawReceiver.listen("raw");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Outcome> first = send(threads, receiver, "hello");
      try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
        meet(peer);
        negotiated(peer, true);
        peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
        assertInstanceOf(Outcome.Delivered.class, first.get());
        peer.reset();
      }
      while (agent.agent().status().activeConnections() > 0) {
        Thread.onSpinWait();
      }
      Future<Outcome> outcome = send(threads, receiver, "again"); // its caller waits for this attempt and no other
      try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
        meet(peer);
        Says.error(peer, "session_expired", peer.readEnvelope(RawPeer.PATIENCE, "session.resume"));
        peer.expectEof(RawPeer.PATIENCE);
      }
      deliver(receiver, outcome);
    }
  }

  private static void deliver(RawReceiver receiver, Future<Outcome> outcome) throws Exception {
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
      assertInstanceOf(Outcome.Delivered.class, outcome.get());
    }
  }

  @Test
  @DisplayName("a peer that breaks the connection off at the attempt is asked anew as well")
  void brokenOff() throws Exception {
    try (RawReceiver receiver = RawReceiver.listen("raw");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Outcome> outcome = send(threads, receiver, "hello");
      interrupted(receiver, true);
      try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
        meet(peer);
        peer.readEnvelope(RawPeer.PATIENCE, "session.resume");
        peer.reset();
      }
      deliver(receiver, outcome);
    }
  }

  @Test
  @DisplayName("no peer is asked to resume that did not announce that it grants it")
  void notAnnounced() throws Exception {
    try (RawReceiver receiver = RawReceiver.listen("raw");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Outcome> outcome = send(threads, receiver, "hello");
      interrupted(receiver, false);
      deliver(receiver, outcome);
    }
  }

  @Test
  @DisplayName("between two agents a session survives the loss of its connection, under its name")
  void bothOurs() throws Exception {
    try (TestAgent other = TestAgent.start(home.resolve("other"), config -> config
        .with(ConfigKey.CONNECTION_MODE, "open"))) {
      Address there = Address.parse("toq://localhost:" + other.port() + "/tested");
      Outgoing hello = new Outgoing(Optional.of(JsonValue.JsonObject.builder().put("text", "hello").build()),
          Optional.empty(), Optional.empty(), Optional.of("application/json"), false);
      assertInstanceOf(Outcome.Delivered.class, agent.agent().send(there, hello, true, Duration.ofSeconds(30)));
      Session before = agent.endpoint().node().registry().all().getFirst();
      before.cut("the test cuts it");
      assertInstanceOf(Outcome.Delivered.class, agent.agent().send(there, hello, true, Duration.ofSeconds(30)));
      Session after = agent.endpoint().node().registry().all().getFirst();
      assertFalse(before == after);
      assertEquals(before.id(), after.id());
      assertEquals(2, other.history().size());
    }
  }
}
