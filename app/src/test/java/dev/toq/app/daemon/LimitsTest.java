package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawJson;
import dev.toq.spectests.RawPeer;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import dev.toq.store.Permissions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running agent takes of others: connections, messages, threads (specification 21). */
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
  @DisplayName("R-5.8-01, R-5.8-02, R-5.8-03: a source that connects more often than it may is closed before TLS, and "
      + "served again a second later")
  void connectionRate() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.RATE_LIMIT_LOOPBACK, true)
        .with(ConfigKey.RATE_CONNECTIONS_PER_IP, 3L))) {
      for (int i = 0; i < 3; i++) {
        active(agent).close();
      }
      expectClosed(agent);
      ticker.pass(Duration.ofSeconds(2));
      active(agent).close();
    }
  }

  /** Before a word was said; a reset may even come before the connection is used at all. */
  private static void expectClosed(TestAgent agent) throws IOException {
    try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      peer.expectEof(RawPeer.PATIENCE);
    } catch (SocketException reset) {
      assertTrue(String.valueOf(reset.getMessage()).contains("reset"), reset::toString);
    }
  }

  @Test
  @DisplayName("A-57: forged signatures add up to a penalty that closes the source's connections before TLS; the owner "
      + "is told and still served, and when the penalty has run out, so is the source")
  void penalties() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.RATE_LIMIT_LOOPBACK, true)
        .with(ConfigKey.RATE_CONNECTIONS_PER_IP, 0L))) {
      for (int i = 0; i < 4; i++) {
        active(agent).close();
        forge(agent);
      }
      awaitPenalty(agent);
      try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
        peer.sendBytes(new byte[] {0x16});
        peer.expectEof(RawPeer.PATIENCE);
      }
      assertTrue(health(agent).startsWith("HTTP/1.1 200"));
      ticker.pass(Duration.ofSeconds(20).minusMillis(1));
      awaitPenalty(agent);
      ticker.pass(Duration.ofMillis(1));
      assertEquals(0, agent.agent().penalisedSources());
      active(agent).close();
    }
  }

  private static void forge(TestAgent agent) throws IOException {
    try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      peer.startTls();
      peer.sendMagic();
      peer.sendCredentials(own -> own.addProperty("challenge_signature", PEER.sign(new byte[32])));
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  private static String health(TestAgent agent) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), agent.port())) {
      socket.setSoTimeout(Math.toIntExact(RawPeer.PATIENCE.toMillis()));
      socket.getOutputStream().write(("GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1:" + agent.port()
          + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  @Test
  @DisplayName("A-57: handshakes that are not finished, credentials that come again and envelopes that are forged count "
      + "against the source; a wrong agent, a blocked key and a peer that leaves after the handshake do not")
  void whatCounts() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.RATE_LIMIT_LOOPBACK, true)
        .with(ConfigKey.RATE_CONNECTIONS_PER_IP, 0L))) {
      RawIdentity blocked = RawIdentity.of("toq://localhost:7002/blocked");
      agent.agent().block(new Permissions.Rule.ByKey(PublicKey.parse(blocked.publicKey())));
      for (int i = 0; i < 20; i++) {
        offers(agent, blocked, own -> { });
        offers(agent, PEER, own -> own.addProperty("target_agent", "another"));
        try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
          peer.startTls();
          peer.sendMagic();
          peer.sendCredentials();
          peer.readCredentials();
        }
      }
      assertEquals(0, agent.agent().penalisedSources());
      forge(agent); // 5 s
      try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) { // 5 s
        peer.startTls();
        peer.sendMagic();
        peer.sendCredentials();
        peer.readCredentials();
        JsonObject request = peer.envelope("negotiate.request", RawJson.value("{}"));
        request.addProperty("signature", PEER.sign(new byte[1]));
        peer.sendRawFrame(request.toString());
        peer.awaitEnd(RawPeer.PATIENCE);
      }
      for (int i = 0; i < 6; i++) { // 1 s each
        assertEquals(0, agent.agent().penalisedSources(), "after " + i);
        offers(agent, PEER, own -> own.remove("public_key"));
      }
      awaitPenalty(agent);
    }
  }

  private static void offers(TestAgent agent, RawIdentity who, Consumer<JsonObject> bend) throws IOException {
    try (RawPeer peer = RawPeer.connectTcp(who, "127.0.0.1", agent.port())) {
      peer.startTls();
      peer.sendMagic();
      peer.sendCredentials(bend);
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @DisplayName("A-57: connections that say nothing until the deadline count against the source; an approved key's source "
      + "is not penalised for them")
  void stalled() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.RATE_LIMIT_LOOPBACK, true)
        .with(ConfigKey.RATE_CONNECTIONS_PER_IP, 0L))) {
      stall(agent, 4);
      awaitPenalty(agent);
      ticker.pass(Duration.ofSeconds(21));
      agent.agent().approve(new Permissions.Rule.ByKey(PublicKey.parse(PEER.publicKey())));
      active(agent).close();
      stall(agent, 4);
      assertEquals(0, agent.agent().penalisedSources());
    }
  }

  /** A peer sees its end before the penalty is noted. */
  private static void awaitPenalty(TestAgent agent) {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (agent.agent().penalisedSources() != 1 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertEquals(1, agent.agent().penalisedSources());
  }

  private void stall(TestAgent agent, int count) throws Exception {
    List<RawPeer> silent = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port());
      peer.startTls(); // so that it has been accepted, and its next deadline runs
      silent.add(peer);
    }
    for (RawPeer peer : silent) {
      while (true) { // the deadline begins when the daemon's side of TLS is done
        ticker.pass(Duration.ofMillis(100));
        try {
          peer.expectEof(Duration.ofMillis(20));
          break;
        } catch (AssertionError notYet) {
          assertTrue(String.valueOf(notYet.getMessage()).contains("NOTHING"), notYet::toString);
        }
      }
      peer.close();
    }
  }

  @Test
  @DisplayName("A-57: this machine's own connections are not counted unless the owner says so")
  void loopbackIsExempt() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.RATE_CONNECTIONS_PER_IP, 1L))) {
      for (int i = 0; i < 3; i++) {
        active(agent).close();
      }
    }
  }

  @Test
  @DisplayName("R-21.3-01, R-21.3-02: beyond max_connections a peer is told resource_exhausted and closed; when one "
      + "has "
      + "gone, the next is served")
  void connections() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.MAX_CONNECTIONS, 1L))) {
      RawPeer first = active(agent);
      try (RawPeer second = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
        second.startTls();
        second.sendMagic();
        second.sendCredentials();
        second.readCredentials();
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
      + "message "
      + "is refused, and a second later messages are taken again")
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
  @DisplayName("R-21.3-01, R-21.3-02, R-10.3-01, A-65: threads with open streams hold all slots, so another thread "
      + "is refused; "
      + "messages of these threads are taken, and when a stream has ended the other thread is")
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
      + "after its close "
      + "begins it anew")
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
      + "message is "
      + "refused; what was taken is acknowledged when it answers again, and the pause is ended")
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
      disk.release();
      for (JsonObject each : sent.subList(0, 10)) {
        peer.readAck(each);
      }
      expectRefused(peer, sent.getLast());
      peer.readEnvelope(RawPeer.PATIENCE, "system.backpressure.clear");
      assertEquals(11, agent.history().size());
    }
  }

  @Test
  @DisplayName("R-21.2-04, R-8.4-01: a peer that asked for a pause gets heartbeats and acknowledgements all the same")
  void heartbeatsInAPause() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.HEARTBEAT_INTERVAL, 30L)); RawPeer peer = active(agent)) {
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
