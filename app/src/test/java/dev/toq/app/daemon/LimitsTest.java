package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running agent takes of one peer and of all: connections, messages, threads (specification 21). */
@Timeout(60)
class LimitsTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7001/stranger");

  @TempDir Path home;
  private final ManualTicker ticker = new ManualTicker();

  private TestAgent open(UnaryOperator<Config> settings) throws Exception {
    return TestAgent.start(home, config -> settings.apply(config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.HEARTBEAT_TIMEOUT, 86_400L)), ticker);
  }

  private static RawPeer active(TestAgent agent) throws Exception {
    return RawPeer.active(PEER, "127.0.0.1", agent.port());
  }

  private static JsonObject message(RawPeer peer, String thread) throws IOException {
    return peer.sendMessage("{\"text\":\"hello\"}", e -> e.addProperty("thread_id", thread));
  }

  private static JsonObject part(RawPeer peer, String type, UUID stream, String thread) throws IOException {
    JsonObject body = new JsonObject();
    body.addProperty("stream_id", stream.toString());
    body.add("data", new JsonPrimitive("part"));
    return peer.send(type, body, e -> e.addProperty("thread_id", thread));
  }

  private static JsonObject chunk(RawPeer peer, UUID stream, String thread) throws IOException {
    return part(peer, "message.stream.chunk", stream, thread);
  }

  private static void expectRefused(RawPeer peer, JsonObject sent) throws IOException {
    JsonObject error = peer.readEnvelope(RawPeer.PATIENCE, "system.error").getAsJsonObject("body");
    assertEquals("resource_exhausted", error.get("code").getAsString());
    assertEquals(sent.get("id"), error.get("related_id"));
  }

  @Test
  @DisplayName("R-21.3-01, R-21.3-02: beyond max_connections a peer is told resource_exhausted and closed; when one "
      + "has gone, the next is served")
  void connections() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.MAX_CONNECTIONS, 1L))) {
      RawPeer first = active(agent);
      try (RawPeer second = RawPeer.afterHandshake(PEER, "127.0.0.1", agent.port())) {
        JsonObject answer = second.negotiate();
        assertEquals("system.error", answer.get("type").getAsString());
        assertEquals("resource_exhausted", answer.getAsJsonObject("body").get("code").getAsString());
        second.expectEof(RawPeer.PATIENCE);
      }
      first.readAck(message(first, "t"));
      first.sendDisconnect();
      first.expectEof(RawPeer.PATIENCE);
      first.close();
      try (RawPeer third = servedAtLast(agent)) {
        third.readAck(message(third, "t"));
      }
    }
  }

  /** The permit of a connection comes back a moment after its end was seen on the other side. */
  private static RawPeer servedAtLast(TestAgent agent) throws Exception {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (true) {
      try {
        return active(agent);
      } catch (AssertionError | IOException full) {
        if (System.nanoTime() > deadline) {
          throw full;
        }
      }
    }
  }

  @Test
  @DisplayName("R-21.1-01, R-21.1-04, R-21.2-01, A-89: with rate_messages set, backpressure comes before the first "
      + "message is refused, and a second later messages are taken again")
  void messageRate() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.RATE_MESSAGES, 10L)); RawPeer peer = active(agent)) {
      List<JsonObject> sent = new ArrayList<>();
      List<String> answers = new ArrayList<>();
      for (int i = 0; i < 11; i++) {
        sent.add(message(peer, "t"));
        JsonObject answer = peer.readEnvelope(RawPeer.PATIENCE);
        if (answer.get("type").getAsString().equals("system.backpressure")) { // R-21.2-02, R-9.7-03
          assertEquals(1, answer.getAsJsonObject("body").get("retry_after").getAsInt());
          answers.add("system.backpressure");
          answer = peer.readEnvelope(RawPeer.PATIENCE);
        }
        answers.add(answer.get("type").getAsString());
      }
      assertEquals(10, answers.stream().filter("message.ack"::equals).count(), () -> "came: " + answers);
      assertEquals("system.error", answers.getLast());
      assertTrue(answers.contains("system.backpressure"), () -> "came: " + answers);
      peer.sendSigned(renumbered(peer, sent.getFirst())); // what is stored is acknowledged, whatever the rate
      peer.readAck(sent.getFirst());
      ticker.pass(Duration.ofSeconds(2));
      peer.sendSigned(renumbered(peer, sent.getLast())); // the refused message comes again and is taken
      peer.readAck(sent.getLast());
      assertEquals(11, agent.history().size());
    }
  }

  private static JsonObject renumbered(RawPeer peer, JsonObject message) {
    JsonObject again = message.deepCopy();
    again.add("sequence", peer.envelope("message.send", null).get("sequence"));
    return again;
  }

  @Test
  @DisplayName("R-21.1-03, A-89: by default no number of messages a second is refused")
  void noRate() throws Exception {
    try (TestAgent agent = open(config -> config); RawPeer peer = active(agent)) {
      for (int i = 0; i < 300; i++) {
        peer.readAck(message(peer, "t"));
      }
    }
  }

  @Test
  @DisplayName("A-68: five heartbeats a second are free, more count against the rate of messages")
  void heartbeatRate() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.RATE_MESSAGES, 1L)); RawPeer peer = active(agent)) {
      for (int i = 0; i < 6; i++) {
        peer.send("system.heartbeat", null, e -> {});
        peer.readEnvelope(RawPeer.PATIENCE, "system.heartbeat.ack");
      }
      expectRefused(peer, peer.send("system.heartbeat", null, e -> {}));
    }
  }

  @Test
  @DisplayName("R-21.3-01, R-21.3-02, R-10.3-01, A-65: threads with open streams hold all slots, so another thread is "
      + "refused; messages of these threads are taken, and when a stream has ended the other thread is")
  void threads() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.MAX_THREADS_PER_CONNECTION, 2L));
        RawPeer peer = active(agent)) {
      UUID stream = UUID.randomUUID();
      peer.readAck(chunk(peer, stream, "a"));
      peer.readAck(chunk(peer, UUID.randomUUID(), "b"));
      expectRefused(peer, message(peer, "c"));
      UUID refused = UUID.randomUUID();
      expectRefused(peer, chunk(peer, refused, "c"));
      peer.readAck(message(peer, "a"));
      peer.readAck(part(peer, "message.stream.end", stream, "a"));
      peer.readAck(message(peer, "c"));
      chunk(peer, refused, "c"); // without its first part it would be another text
      assertEquals("stream_not_found", peer.readErrorCode());
    }
  }

  @Test
  @DisplayName("R-10.5-01, R-10.5-02, R-10.6-02, A-65: a thread that is idle or closed holds no slot, and a message "
      + "after its close begins it anew")
  void idleThreads() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.MAX_THREADS_PER_CONNECTION, 2L));
        RawPeer peer = active(agent)) {
      List<JsonObject> sent = new ArrayList<>();
      for (int i = 0; i < 200; i++) { // as the deployed reference does, which gives each message a thread of its own
        sent.add(message(peer, "thread-" + i));
      }
      for (JsonObject each : sent) {
        peer.readAck(each);
      }
      JsonObject text = new JsonObject();
      text.addProperty("text", "bye");
      peer.readAck(peer.send("thread.close", text, e -> e.addProperty("thread_id", "thread-1")));
      assertEquals("thread.close", agent.history().getLast().type());
      assertTrue(agent.history().getLast().body().orElseThrow().toString().contains("bye"));
      peer.readAck(message(peer, "thread-1"));
      peer.send("thread.close", text, e -> {});
      assertEquals("invalid_envelope", peer.readErrorCode());
      assertEquals(202, agent.history().size());
    }
  }

  @Test
  @DisplayName("R-21.2-01, R-21.3-01, R-9.7-04, A-10, A-67: a disk that does not answer brings backpressure before a "
      + "message is refused; what was taken is acknowledged when it answers again, and the pause is ended")
  void queue() throws Exception {
    HeldFiles disk = new HeldFiles();
    try (TestAgent agent = TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open")
            .with(ConfigKey.MAX_MESSAGE_QUEUE, 10L), disk);
        RawPeer peer = active(agent)) {
      peer.readAck(message(peer, "t")); // a peer takes whatever comes first for its acknowledgement
      disk.hold();
      List<JsonObject> sent = new ArrayList<>();
      for (int i = 0; i < 11; i++) {
        sent.add(message(peer, "t"));
      }
      JsonObject pause = peer.readEnvelope(RawPeer.PATIENCE, "system.backpressure");
      assertEquals(5, pause.getAsJsonObject("body").get("retry_after").getAsInt());
      assertTrue(agent.agent().status().isBackpressureActive());
      disk.release();
      for (JsonObject each : sent.subList(0, 10)) {
        peer.readAck(each);
      }
      expectRefused(peer, sent.getLast());
      peer.readEnvelope(RawPeer.PATIENCE, "system.backpressure.clear");
      assertFalse(agent.agent().status().isBackpressureActive());
      assertEquals(11, agent.history().size());
    }
  }

  @Test
  @DisplayName("R-21.2-04, R-8.4-01: a peer that asked for a pause gets heartbeats and acknowledgements all the same")
  void heartbeatsInAPause() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.HEARTBEAT_INTERVAL, 30L));
        RawPeer peer = active(agent)) {
      peer.readAck(message(peer, "t"));
      Says.backpressure(peer, 60);
      peer.readAck(message(peer, "t"));
      ticker.pass(Duration.ofSeconds(30));
      peer.readEnvelope(RawPeer.PATIENCE, "system.heartbeat");
    }
  }

  @Test
  @DisplayName("heartbeats are sent while a message waits for the disk")
  void heartbeatsGoOn() throws Exception {
    HeldFiles disk = new HeldFiles();
    try (TestAgent agent = TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open")
            .with(ConfigKey.HEARTBEAT_INTERVAL, 1L), disk);
        RawPeer peer = active(agent)) {
      peer.readAck(message(peer, "t"));
      disk.hold();
      JsonObject waits = message(peer, "t");
      JsonObject beat = peer.readEnvelope(RawPeer.PATIENCE, "system.heartbeat");
      disk.release();
      peer.send("system.heartbeat.ack", null, e -> e.add("reply_to", beat.get("id")));
      for (JsonObject next = beat; !next.get("type").getAsString().equals("message.ack"); ) {
        next = peer.readEnvelope(RawPeer.PATIENCE);
      }
      assertEquals(2, agent.history().size(), () -> "stored: " + waits);
    }
  }

  @Test
  @DisplayName("A-15, A-77: a disk that takes nothing costs at most ten error answers a second")
  void errorsOfTheDisk() throws Exception {
    HeldFiles disk = new HeldFiles();
    try (TestAgent agent = TestAgent.start(
            home, config -> config.with(ConfigKey.CONNECTION_MODE, "open"), disk, ticker);
        RawPeer peer = active(agent)) {
      disk.fail(true);
      for (int i = 0; i < 30; i++) {
        message(peer, "t");
      }
      peer.send("system.heartbeat", null, e -> {});
      for (int i = 0; i < 10; i++) {
        assertEquals("resource_exhausted", peer.readErrorCode());
      }
      peer.readEnvelope(RawPeer.PATIENCE, "system.heartbeat.ack");
    }
  }
}
