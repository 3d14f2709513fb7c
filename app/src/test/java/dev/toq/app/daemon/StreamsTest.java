package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawJson;
import dev.toq.spectests.RawPeer;
import dev.toq.store.ConfigKey;
import dev.toq.store.StoredMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Streams and compressed bodies of a raw peer, over real TLS. */
@Timeout(60)
class StreamsTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7001/streamer");
  @TempDir Path home;
  private TestAgent agent;

  @BeforeEach
  void start() throws Exception {
    agent = TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open"));
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
  }

  private RawPeer active() throws Exception {
    return RawPeer.active(PEER, "127.0.0.1", agent.port());
  }

  private static JsonObject part(RawPeer peer, String type, UUID stream, String text) throws IOException {
    JsonObject body = new JsonObject();
    body.addProperty("stream_id", stream.toString());
    if (!text.isEmpty()) {
      body.add("data", new JsonPrimitive(text));
    }
    return peer.send(type, body, straight -> {});
  }

  private static JsonObject chunk(RawPeer peer, UUID stream, String text) throws IOException {
    return part(peer, "message.stream.chunk", stream, text);
  }

  private static JsonObject end(RawPeer peer, UUID stream, String text) throws IOException {
    return part(peer, "message.stream.end", stream, text);
  }

  private static String body(StoredMessage message) {
    return message.body().orElseThrow().toString();
  }

  @Test
  @DisplayName("R-11.3-01, R-11.4-01, R-11.5-01: the parts of a stream are acknowledged one by one, joined, and stored "
      + "once when the end has come; listeners see each part live")
  void joined() throws Exception {
    UUID stream = UUID.randomUUID();
    try (Agent.Subscription live = agent.agent().subscribe(any -> true); RawPeer peer = active()) {
      peer.readAck(chunk(peer, stream, "one "));
      peer.readAck(chunk(peer, stream, "two "));
      assertEquals(List.of(), agent.history());
      peer.readAck(end(peer, stream, "three"));
      assertEquals(1, agent.history().size());
      assertEquals("{\"stream_id\":\"" + stream + "\",\"data\":\"one two three\"}", body(agent.history().getFirst()));
      assertEquals("message.stream.end", agent.history().getFirst().type());
      for (String type : List.of("message.stream.chunk", "message.stream.chunk", "message.stream.end")) {
        StoredMessage event = live.next(Duration.ofSeconds(10)).orElseThrow();
        assertEquals(type, event.type());
      }
    }
  }

  @Test
  @DisplayName("Parts as deep as an envelope may be come back joined, also after a restart")
  void deep() throws Exception {
    UUID stream = UUID.randomUUID();
    String data = "[".repeat(62) + "]".repeat(62);
    JsonObject body = RawJson.value("{\"stream_id\":\"" + stream + "\",\"data\":" + data + "}").getAsJsonObject();
    try (RawPeer peer = active()) {
      peer.readAck(peer.send("message.stream.chunk", body, straight -> {}));
      peer.readAck(peer.send("message.stream.end", body, straight -> {}));
    }
    String joined = "{\"stream_id\":\"" + stream + "\",\"data\":[" + data + "," + data + "]}";
    assertEquals(joined, body(agent.history().getFirst()));
    agent.close();
    start();
    assertEquals(joined, body(agent.history().getFirst()));
  }

  @Test
  @DisplayName("R-11.6-01, R-11.6-03: while a stream is open heartbeats go out and are answered, and are no part of it")
  void heartbeats() throws Exception {
    ManualTicker ticker = new ManualTicker();
    UUID stream = UUID.randomUUID();
    try (TestAgent beating = TestAgent.start(
            home.resolve("beating"), config -> config.with(ConfigKey.CONNECTION_MODE, "open"), ticker);
        RawPeer peer = RawPeer.active(PEER, "127.0.0.1", beating.port())) {
      peer.readAck(peer.sendMessage("{\"text\":\"first\"}")); // before which no heartbeat goes out
      peer.readAck(chunk(peer, stream, "one "));
      ticker.pass(Duration.ofSeconds(30));
      peer.readEnvelope(RawPeer.PATIENCE, "system.heartbeat");
      Says.andWaits(peer);
      peer.readAck(end(peer, stream, "two"));
      assertEquals("{\"stream_id\":\"" + stream + "\",\"data\":\"one two\"}", body(beating.history().getLast()));
    }
  }

  @Test
  @DisplayName("A-26, A-62: of a stream whose first part was too large no rest is delivered as the whole")
  void beginningTooLarge() throws Exception {
    try (TestAgent small = TestAgent.start(home.resolve("small"),
            config -> config.with(ConfigKey.CONNECTION_MODE, "open").with(ConfigKey.MAX_MESSAGE_SIZE, 2_000L));
        RawPeer peer = RawPeer.active(PEER, "127.0.0.1", small.port())) {
      UUID stream = UUID.randomUUID();
      chunk(peer, stream, "x".repeat(2_000));
      assertEquals("message_too_large", peer.readErrorCode());
      end(peer, stream, "the rest");
      assertEquals("resource_exhausted", peer.readErrorCode());
      assertEquals(List.of(), small.history());
    }
  }

  @Test
  @DisplayName("A message that is refused under a good signature ends no stream: it was no part of one")
  void refusedMessage() throws Exception {
    UUID stream = UUID.randomUUID();
    try (RawPeer peer = active()) {
      peer.readAck(chunk(peer, stream, "one "));
      peer.send("message.send", null, straight -> straight.addProperty("ttl", 0));
      assertEquals("ttl_expired", peer.readErrorCode());
      peer.readAck(end(peer, stream, "two"));
      assertEquals("{\"stream_id\":\"" + stream + "\",\"data\":\"one two\"}", body(agent.history().getFirst()));
    }
  }

  @Test
  @DisplayName("R-11.7-01, R-11.7-03: a cancelled stream is dropped whole, and its later parts are stream_not_found")
  void cancelled() throws Exception {
    UUID stream = UUID.randomUUID();
    try (RawPeer peer = active()) {
      JsonObject first = chunk(peer, stream, "no");
      peer.readAck(first);
      JsonObject body = new JsonObject();
      body.add("cancel_id", first.get("id"));
      peer.readAck(peer.send("message.cancel", body, straight -> {}));
      end(peer, stream, "never");
      assertEquals("stream_not_found", peer.readErrorCode());
      assertEquals(List.of(), agent.history());
    }
  }

  @Test
  @DisplayName("R-11.8-01: a stream whose connection ends before its end is never delivered")
  void dropped() throws Exception {
    try (RawPeer peer = active()) {
      peer.readAck(chunk(peer, UUID.randomUUID(), "half"));
    }
    try (RawPeer peer = active()) {
      peer.readAck(peer.sendMessage("{\"text\":\"whole\"}"));
      assertEquals(List.of("message.send"), agent.history().stream().map(StoredMessage::type).toList());
    }
  }

  @Test
  @DisplayName("an envelope that was refused may have been a part: open streams end, and their sender is told to stop")
  void hole() throws Exception {
    UUID stream = UUID.randomUUID();
    try (RawPeer peer = active()) {
      JsonObject first = chunk(peer, stream, "a");
      peer.readAck(first);
      JsonObject body = new JsonObject();
      body.addProperty("stream_id", stream.toString());
      body.addProperty("data", "b");
      peer.send("message.stream.chunk", body, e -> e.addProperty("ttl", -1));
      assertEquals("invalid_envelope", peer.readErrorCode());
      assertEquals("invalid_envelope", peer.readErrorCode()); // of the stream
      JsonObject cancel = peer.readEnvelope(RawPeer.PATIENCE, "message.cancel");
      assertEquals(first.get("id"), cancel.getAsJsonObject("body").get("cancel_id"));
      end(peer, stream, "c");
      assertEquals("stream_not_found", peer.readErrorCode());
    }
  }

  @Test
  @DisplayName("R-6.5-01, R-11.1-01, A-60: a stream that was not negotiated ends the connection")
  void notNegotiated() throws Exception {
    try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      handshake(peer, features -> features.addProperty("streaming", false));
      chunk(peer, UUID.randomUUID(), "a");
      assertEquals("protocol_violation", peer.readErrorCode());
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @DisplayName("R-6.3-02, A-33: gzip is agreed where a peer offers it, and a compressed body is stored in clear")
  void compressed() throws Exception {
    try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      JsonArray offer = new JsonArray();
      offer.add("gzip");
      JsonObject response = handshake(peer, features -> features.add("compression", offer));
      assertEquals(
          "gzip", response.getAsJsonObject("body").getAsJsonObject("features").get("compression").getAsString());
      String clear = "{\"text\":\"" + "squeeze ".repeat(500) + "\"}";
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
        gzip.write(clear.getBytes(StandardCharsets.UTF_8));
      }
      JsonObject message = peer.send("message.send",
          new JsonPrimitive(Base64.getEncoder().encodeToString(bytes.toByteArray())),
          e -> e.addProperty("compression", "gzip"));
      peer.readAck(message);
      assertEquals(clear, body(agent.history().getFirst()));
      peer.send("message.send", new JsonPrimitive("bm8gZ3ppcA=="), e -> e.addProperty("compression", "gzip"));
      assertEquals("invalid_envelope", peer.readErrorCode());
    }
  }

  private static JsonObject handshake(RawPeer peer, java.util.function.Consumer<JsonObject> features) throws Exception {
    peer.startTls();
    peer.sendMagic();
    peer.sendCredentials();
    peer.readCredentials();
    JsonObject response =
        peer.negotiate(request -> features.accept(request.getAsJsonObject("body").getAsJsonObject("features")));
    peer.exchangeCards();
    return response;
  }
}
