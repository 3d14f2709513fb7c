package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.toq.app.TestAgent;
import dev.toq.spectests.RawEnd;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.ConfigKey;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a running agent answers to a peer that breaks a rule, byte by byte over real TLS. */
class WireRulesTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7001/stranger");

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

  @Test
  @DisplayName("R-9.5-02, R-9.5-03, R-12.1-01: a message is stored, then acknowledged with its id and nothing else, "
      + "though nobody listens")
  void acknowledged() throws Exception {
    try (RawPeer peer = active()) {
      JsonObject message = peer.sendMessage("{\"text\":\"hello\"}");
      JsonObject ack = peer.readAck(message);
      assertEquals("message.ack", ack.get("type").getAsString());
      assertEquals(1, ack.getAsJsonObject("body").size());
      assertEquals(1, agent.history().size());
      assertTrue(agent.storedLines().getFirst().contains(message.get("id").getAsString()));
    }
  }

  @Test
  @DisplayName("R-4.7-01, R-12.4-04, R-17.2-01: a resent message, edited or not, is acknowledged afresh and stored "
      + "once as it first came, also over a new connection")
  void duplicate() throws Exception {
    JsonObject message;
    try (RawPeer peer = active()) {
      message = peer.sendMessage("{\"text\":\"once\"}");
      peer.readAck(message);
      JsonObject again = message.deepCopy();
      again.addProperty("sequence", 3);
      peer.sendSigned(again);
      peer.readAck(again);
    }
    try (RawPeer peer = active()) {
      JsonObject again = message.deepCopy();
      again.addProperty("sequence", 2);
      again.getAsJsonObject("body").addProperty("text", "edited");
      peer.sendSigned(again);
      peer.readAck(again);
    }
    assertEquals(1, agent.history().size());
    assertTrue(agent.storedLines().getFirst().contains("\"once\""));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        bent("R-4.3-02", "version_not_supported", true, e -> e.addProperty("version", "9.9")),
        bent("R-4.3-03", "invalid_envelope", false, e -> e.addProperty("id", "not-a-uuid")),
        bent("R-4.3-05", "protocol_violation", true, e -> e.addProperty("type", "message.shout")),
        bent("R-4.3-06", "invalid_envelope", false, e -> e.addProperty("from", "nobody")),
        bent("R-4.3-07", "invalid_envelope", false, e -> e.add("to", new JsonArray())),
        bent("R-4.3-08", "sequence_violation", false, e -> e.addProperty("sequence", 1)),
        bent("R-4.3-10", "invalid_envelope", false, e -> {
          e.addProperty("content_type", "application/json");
          e.addProperty("body", "a string");
        }),
        bent("R-4.3-11", "compression_not_negotiated", false, e -> e.addProperty("compression", "gzip")),
        bent("R-4.3-12", "ttl_expired", false, e -> {
          e.addProperty("ttl", 1);
          e.addProperty("timestamp", "2001-01-01T00:00:00Z");
        }),
        bent("R-4.8-01", "executable_content_blocked", false,
            e -> e.addProperty("content_type", "application/x-executable")),
        bent("R-18.4-01", "invalid_envelope", false, e -> e.addProperty("from", "toq://localhost:7001/another")));
  }

  private static Arguments bent(String requirement, String code, boolean fatal, Consumer<JsonObject> bend) {
    return Arguments.of(requirement, code, fatal, bend);
  }

  @DisplayName("a broken envelope gets its code, and the connection its end only where the code is fatal")
  @ParameterizedTest(name = "{0}, R-4.3-01, R-4.3-13, R-4.3-14, R-9.7-06: answered with {1}, closed: {2}")
  @MethodSource("refused")
  void refused(String requirement, String code, boolean fatal, Consumer<JsonObject> bend) throws Exception {
    try (RawPeer peer = active()) {
      peer.sendMessage("{\"text\":\"broken\"}", bend);
      assertEquals(code, peer.readErrorCode());
      if (fatal) {
        peer.expectEof(RawPeer.PATIENCE);
      } else { // R-4.3-14
        peer.readAck(peer.sendMessage("{\"text\":\"sound\"}", e -> e.addProperty("sequence", 90)));
      }
    }
    assertEquals(fatal ? 0 : 1, agent.history().size());
    stillServes();
  }

  @Test
  @DisplayName("R-4.3-09, R-23.1-01: a signature that does not verify closes the connection")
  void signature() throws Exception {
    try (RawPeer peer = active()) {
      JsonObject message = peer.envelope("message.send", null);
      peer.sendSpelled(message.toString(), "{}");
      assertEquals("invalid_signature", peer.readErrorCode());
      peer.expectEof(RawPeer.PATIENCE);
    }
    assertEquals(0, agent.history().size());
    stillServes();
  }

  @DisplayName("R-4.1-01: what is no sound JSON object is a protocol violation")
  @ParameterizedTest(name = "R-4.1-01, R-1.4-01, R-23.1-02: frame {0}")
  @MethodSource("notJson")
  void notJson(String name, byte[] frame) throws Exception {
    try (RawPeer peer = active()) {
      peer.sendRawFrame(frame);
      assertEquals("protocol_violation", peer.readErrorCode());
      peer.expectEof(RawPeer.PATIENCE);
    }
    stillServes();
  }

  static Stream<Arguments> notJson() {
    return Stream.of(
        Arguments.of("not JSON", bytes("hello")), Arguments.of("an array", bytes("[1]")),
        Arguments.of("a duplicate name", bytes("{\"id\":1,\"id\":2}")), Arguments.of("trailing text", bytes("{} x")),
        Arguments.of("invalid UTF-8", new byte[] {'{', '"', (byte) 0xC3, '"', ':', '1', '}'}),
        Arguments.of("a lone surrogate", bytes("{\"a\":\"\\ud800\"}")),
        Arguments.of("deep nesting", bytes("[".repeat(100_000))), Arguments.of("nothing", new byte[0]),
        Arguments.of("no required field", bytes("{\"version\":\"0.1\"}")));
  }

  @Test
  @DisplayName("R-4.6-02, R-4.6-04, R-23.1-07: a frame above the limit of 1 MB is skipped and answered, and the "
      + "connection stays open")
  void tooLarge() throws Exception {
    try (RawPeer peer = active()) {
      peer.sendRawFrame(new byte[1_048_577]);
      assertEquals("message_too_large", peer.readErrorCode());
      peer.readAck(peer.sendMessage("{\"text\":\"small\"}"));
      peer.sendBytes(new byte[] {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, (byte) 0xFF});
      assertEquals("message_too_large", peer.readErrorCode());
      peer.expectEof(RawPeer.PATIENCE);
    }
    stillServes();
  }

  @Test
  @DisplayName("R-9.5-04: no error answers an error, and an acknowledgement for an unknown id is ignored")
  void noErrorAboutErrors() throws Exception {
    try (RawPeer peer = active()) {
      peer.send("system.error", null, e -> e.addProperty("from", "broken"));
      peer.readAck(peer.sendMessage("{\"text\":\"next\"}"));
    }
  }

  @Test
  @DisplayName("R-8.4-02, R-9.7-02: a heartbeat is answered with its id")
  void heartbeat() throws Exception {
    try (RawPeer peer = active()) {
      JsonObject beat = peer.send("system.heartbeat", null, e -> {});
      JsonObject answer = peer.readEnvelope(RawPeer.PATIENCE, "system.heartbeat.ack");
      assertEquals(beat.get("id").getAsString(), answer.get("reply_to").getAsString());
    }
  }

  @Test
  @DisplayName("R-8.3-02, R-8.3-03: after a goodbye the acknowledgements come, then the end")
  void goodbye() throws Exception {
    try (RawPeer peer = active()) {
      List<JsonObject> last = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        last.add(peer.sendMessage("{\"text\":\"last\"}"));
      }
      peer.sendDisconnect();
      for (JsonObject message : last) {
        peer.readAck(message);
      }
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  static Stream<Arguments> strangers() {
    return Stream.of(
        Arguments.of("R-5.2-02: other magic bytes", (Step) peer -> peer.sendBytes(bytes("TOQ\2more"))),
        Arguments.of("R-1.1-02: an HTTP request in TLS",
            (Step) peer -> peer.sendBytes(bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))),
        Arguments.of("R-5.4-01: credentials that are no JSON", (Step) peer -> {
          peer.sendMagic();
          peer.sendRawFrame("{broken");
        }),
        Arguments.of("R-5.3-02: a payload above 64 KB", (Step) peer -> {
          peer.sendMagic();
          peer.sendRawFrame(new byte[65_537]);
        }),
        Arguments.of("R-5.4-02: a signature over another challenge", (Step) peer -> {
          peer.sendMagic();
          peer.sendCredentials(json -> json.addProperty("challenge", Base64.getEncoder().encodeToString(new byte[32])));
        }),
        Arguments.of("A-55: another target agent", (Step) peer -> {
          peer.sendMagic();
          peer.sendCredentials(json -> json.addProperty("target_agent", "somebody-else"));
        }),
        Arguments.of("A-29: a key of small order", (Step) peer -> {
          peer.sendMagic();
          peer.sendCredentials(json -> json.addProperty("public_key",
              "ed25519:" + Base64.getEncoder().encodeToString(new byte[32])));
        }));
  }

  interface Step {
    void take(RawPeer peer) throws Exception;
  }

  @DisplayName("R-5.1-01: a failed handshake ends without one byte")
  @ParameterizedTest(name = "R-5.1-01, {0}")
  @MethodSource("strangers")
  void silence(String name, Step step) throws Exception {
    try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      peer.startTls();
      try {
        step.take(peer);
      } catch (RawEnd | SocketException closedBeforeAllWasWritten) {
        // what was said until then is looked at next
      }
      peer.expectEof(RawPeer.PATIENCE);
    }
    stillServes();
  }

  @Test
  @DisplayName("R-15.1-01, R-15.1-03: TLS 1.2 is refused")
  void oldTls() throws Exception {
    try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      org.junit.jupiter.api.Assertions.assertThrows(java.io.IOException.class, () -> peer.startTls("TLSv1.2"));
    }
    stillServes();
  }

  @Test
  @DisplayName("R-7.4-02: an agent whose card takes files still refuses an executable, and the connection stays open")
  void refusesDespiteCard() throws Exception {
    try (TestAgent takesFiles = TestAgent.start(home.resolve("files"),
            config -> config.with(ConfigKey.CONNECTION_MODE, "open").with(ConfigKey.ACCEPT_FILES, true));
        RawPeer peer = RawPeer.active(PEER, "127.0.0.1", takesFiles.port())) {
      peer.sendMessage("\"AAAA\"", e -> e.addProperty("content_type", "application/x-sharedlib"));
      assertEquals("executable_content_blocked", peer.readErrorCode());
      peer.readAck(peer.sendMessage("\"AAAA\"", e -> e.addProperty("content_type", "application/octet-stream")));
    }
  }

  private void stillServes() throws Exception {
    try (RawPeer peer = RawPeer.active(RawIdentity.of("toq://localhost:7002/control"), "127.0.0.1", agent.port())) {
      peer.readAck(peer.sendMessage("{\"text\":\"control\"}"));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
