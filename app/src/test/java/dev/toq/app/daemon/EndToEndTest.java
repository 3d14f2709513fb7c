package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.body.EndToEnd;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Bodies that only the two agents can read, with a raw peer that has keys and a cipher of its own. */
@Timeout(60)
class EndToEndTest {
  private static final String SECRET = "nobody else may read this";
  private static final byte[] SEED = new byte[32];
  private static final RawIdentity PEER = RawIdentity.ofSeed(SEED, "toq://localhost:7001/raw");
  private static final PublicKey KEY = PublicKey.parse(PEER.publicKey());

  @TempDir Path home;
  private TestAgent agent;

  @BeforeEach
  void start() throws Exception {
    agent = start("agent");
  }

  private TestAgent start(String name) throws Exception {
    return TestAgent.start(home.resolve(name), config -> config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.CONNECT_TIMEOUT, 20L).with(ConfigKey.NEGOTIATION_TIMEOUT, 20L));
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
  }

  private Identity own() {
    return agent.endpoint().node().self().identity();
  }

  private static Outgoing secret() {
    return new Outgoing(Optional.of(JsonValue.JsonObject.builder().put("text", SECRET).build()), Optional.empty(),
        Optional.empty(), Optional.of("application/json"), false);
  }

  private RawPeer active(boolean encrypts) throws Exception {
    RawPeer peer = RawPeer.afterHandshake(PEER, "127.0.0.1", agent.port());
    JsonObject answer = peer.negotiate(request -> request.getAsJsonObject("body").getAsJsonObject("features")
        .addProperty("e2e_encryption", encrypts));
    assertEquals(
        encrypts, answer.getAsJsonObject("body").getAsJsonObject("features").get("e2e_encryption").getAsBoolean());
    peer.exchangeCards();
    return peer;
  }

  /** AES-256-GCM under what the two keys share. */
  private byte[] crypt(int mode, byte[] nonce, byte[] bytes) throws Exception {
    byte[] shared = dev.toq.protocol.crypto.X25519.shared(SEED, own().publicKey().bytes()).orElseThrow();
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(shared, "AES"), new GCMParameterSpec(128, nonce));
    return cipher.doFinal(bytes);
  }

  private JsonObject sendEncrypted(RawPeer peer, int nonceByte, boolean tampered) throws Exception {
    byte[] nonce = new byte[12];
    nonce[0] = (byte) nonceByte;
    byte[] body = crypt(
        Cipher.ENCRYPT_MODE, nonce, ("{\"text\":\"" + SECRET + "\"}").getBytes(StandardCharsets.UTF_8));
    if (tampered) {
      body[3] ^= 1;
    }
    return peer.sendMessage("\"" + Base64.getEncoder().encodeToString(body) + "\"",
        e -> e.addProperty("e2e_nonce", Base64.getEncoder().encodeToString(nonce)));
  }

  @Test
  @DisplayName("R-13.5-01, R-13.5-03: an encrypted message is stored in clear; a tampered one is refused and not "
      + "stored")
  void received() throws Exception {
    try (RawPeer peer = active(true)) {
      peer.readAck(sendEncrypted(peer, 1, false));
      sendEncrypted(peer, 2, true);
      assertEquals("invalid_envelope", peer.readErrorCode());
      sendEncrypted(peer, 1, false);
      assertEquals("invalid_envelope", peer.readErrorCode()); // the nonce has served another message
      peer.readAck(peer.sendMessage("{\"text\":\"in clear\"}"));
    }
    assertEquals(2, agent.history().size());
    assertTrue(agent.storedLines().getFirst().contains(SECRET));
  }

  @Test
  @DisplayName("R-13.5-01: without the negotiated feature an encrypted message is refused")
  void notNegotiated() throws Exception {
    try (RawPeer peer = active(false)) {
      sendEncrypted(peer, 1, false);
      assertEquals("invalid_envelope", peer.readErrorCode());
    }
    assertEquals(0, agent.history().size());
  }

  @Test
  @DisplayName("R-13.5-02, R-13.5-03: what goes out has a nonce of its own and does not hold the text")
  void sent() throws Exception {
    try (RawReceiver receiver = RawReceiver.listen(PEER, "raw");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Outcome> sending = () ->
          agent.agent().send(Address.parse(receiver.address()), secret(), true, Duration.ofSeconds(30));
      Future<Outcome> outcome = threads.submit(sending);
      try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
        peer.answerHandshake();
        JsonObject request = peer.answerNegotiation(answer -> answer.getAsJsonObject("body")
            .getAsJsonObject("features").addProperty("e2e_encryption", true));
        assertTrue(request.getAsJsonObject("body").getAsJsonObject("features").get("e2e_encryption").getAsBoolean());
        peer.exchangeCards();
        JsonObject frame = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
        assertFalse(frame.toString().contains(SECRET), frame.toString());
        byte[] nonce = Base64.getDecoder().decode(frame.get("e2e_nonce").getAsString());
        byte[] body = Base64.getDecoder().decode(frame.get("body").getAsString());
        String clear = new String(crypt(Cipher.DECRYPT_MODE, nonce, body), StandardCharsets.UTF_8);
        assertEquals(SECRET, JsonParser.parseString(clear).getAsJsonObject().get("text").getAsString());
        peer.ack(frame);
        assertInstanceOf(Outcome.Delivered.class, outcome.get());
      }
    }
  }

  @Test
  @DisplayName("A-37: two agents encrypt without being asked to, and count the use of their keys over restarts")
  void bothOurs() throws Exception {
    PublicKey there;
    try (TestAgent other = start("other")) {
      there = other.agent().status().publicKey();
      assertInstanceOf(Outcome.Delivered.class, agent.agent().send(
          Address.parse("toq://localhost:" + other.port() + "/tested"), secret(), true, Duration.ofSeconds(30)));
      assertTrue(other.storedLines().getFirst().contains(SECRET));
      assertEquals(1, agent.endpoint().node().secrets().between(own(), there).messages());
      assertEquals(1, other.endpoint().node().secrets()
          .between(other.endpoint().node().self().identity(), own().publicKey()).messages());
    }
    agent.close();
    agent = start("agent");
    assertEquals(1 + EndToEnd.KEPT_AHEAD, agent.endpoint().node().secrets().between(own(), there).messages());
    Identity another = Identity.generate(new SecureRandom());
    assertEquals(0, agent.endpoint().node().secrets().between(another, there).messages());
  }

  @Test
  @DisplayName("A-34: keys that have encrypted 2^32 messages encrypt no more, and nothing goes out in clear instead")
  void worn() throws Exception {
    try (TestAgent other = start("other")) {
      Address to = Address.parse("toq://localhost:" + other.port() + "/tested");
      PublicKey there = other.agent().status().publicKey();
      agent.endpoint().node().peers().touch(there, "", java.time.Instant.now());
      agent.endpoint().node().peers().encrypted(there, own().publicKey(), EndToEnd.MAX_MESSAGES);
      Outcome outcome = agent.agent().send(to, secret(), true, Duration.ofSeconds(30));
      String reason = assertInstanceOf(Outcome.NotReachable.class, outcome).reason();
      assertTrue(reason.contains("has to rotate its key"), reason);
      assertEquals(0, other.history().size());
    }
  }

  @Test
  @DisplayName("of more peers than are kept in memory the use of the keys goes on where it was")
  void manyPeers() {
    Node node = agent.endpoint().node();
    node.peers().touch(KEY, "", java.time.Instant.now());
    EndToEnd first = node.secrets().between(own(), KEY);
    assertTrue(first == node.secrets().between(own(), KEY));
    node.peers().encrypted(KEY, own().publicKey(), 70_000);
    for (int i = 0; i < SharedSecrets.MOST; i++) {
      byte[] seed = new byte[32];
      seed[0] = (byte) i;
      seed[1] = 1;
      node.secrets().between(own(), Identity.ofSeed(seed).publicKey());
    }
    EndToEnd again = node.secrets().between(own(), KEY);
    assertFalse(first == again);
    assertEquals(70_000, again.messages());
  }
}
