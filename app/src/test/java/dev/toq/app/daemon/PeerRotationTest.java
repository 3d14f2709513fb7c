package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawEnd;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.ConfigKey;
import dev.toq.store.KeyStore;
import dev.toq.store.Peers.Marks;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys that are replaced: announced on a connection, and proven in the handshakes after it. */
@Timeout(90)
class PeerRotationTest {
  private static final String HERE = "toq://localhost:7001/rotating";
  private static final RawIdentity FIRST = RawIdentity.of("toq://localhost/first").claiming(HERE);
  private static final RawIdentity SECOND = RawIdentity.of("toq://localhost/second").claiming(HERE);
  private static final RawIdentity THIRD = RawIdentity.of("toq://localhost/third").claiming(HERE);

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

  private static PublicKey key(RawIdentity identity) {
    return PublicKey.parse(identity.publicKey());
  }

  private static String proof(RawIdentity old, RawIdentity next) {
    return old.sign(key(next).bytes());
  }

  private static Marks marks(TestAgent agent, PublicKey key) {
    return agent.endpoint().node().peers().find(key).orElseThrow().marks();
  }

  private static JsonObject announcement(RawIdentity next, String proof) {
    JsonObject body = new JsonObject();
    body.addProperty("new_public_key", next.publicKey());
    body.addProperty("rotation_proof", proof);
    return body;
  }

  private static boolean accepted(RawPeer peer, JsonObject announcement) throws Exception {
    JsonObject ack = peer.readEnvelope(RawPeer.PATIENCE, "system.key_rotation.ack");
    assertEquals(announcement.get("id"), ack.get("reply_to"));
    return ack.getAsJsonObject("body").get("accepted").getAsBoolean();
  }

  private static JsonObject step(RawIdentity old, RawIdentity next) {
    JsonObject step = new JsonObject();
    step.addProperty("old_public_key", old.publicKey());
    step.addProperty("new_public_key", next.publicKey());
    step.addProperty("rotation_proof", proof(old, next));
    return step;
  }

  /** A connection of a key that presents this proof, and this chain where it has steps. */
  private RawPeer active(RawIdentity identity, String proof, JsonObject... steps) throws Exception {
    RawPeer peer = RawPeer.connectTcp(identity, "127.0.0.1", agent.port());
    peer.startTls();
    peer.sendMagic();
    peer.sendCredentials(json -> {
      json.addProperty("rotation_proof", proof);
      if (steps.length > 0) {
        JsonArray chain = new JsonArray();
        for (JsonObject step : steps) {
          chain.add(step);
        }
        json.add("rotation_chain", chain);
      }
    });
    peer.readCredentials();
    peer.negotiate();
    peer.exchangeCards();
    return peer;
  }

  @Test
  @DisplayName("R-9.7-07, R-9.7-08: a proven announcement is accepted, and the connection goes on under its old key")
  void announced() throws Exception {
    try (RawPeer peer = RawPeer.active(FIRST, "127.0.0.1", agent.port())) {
      assertTrue(accepted(peer, peer.send("system.key_rotation", announcement(SECOND, proof(FIRST, SECOND)), e -> {})));
      peer.readAck(peer.sendMessage("{\"text\":\"still under the old key\"}"));
    }
    assertEquals(Optional.of(key(SECOND)), marks(agent, key(FIRST)).successor());
    assertEquals(key(FIRST), agent.history().getFirst().fromKey());
  }

  @Test
  @DisplayName("R-23.1-21: an announcement without a good proof is refused, changes nothing, and leaves the connection "
      + "open")
  void badProof() throws Exception {
    try (RawPeer peer = RawPeer.active(FIRST, "127.0.0.1", agent.port())) {
      JsonObject bad = peer.send("system.key_rotation", announcement(SECOND, proof(THIRD, SECOND)), e -> {});
      assertEquals("key_rotation_invalid", peer.readErrorCode());
      assertFalse(accepted(peer, bad));
      peer.readAck(peer.sendMessage("{\"text\":\"goes on\"}"));
    }
    assertEquals(Optional.empty(), marks(agent, key(FIRST)).successor());
  }

  @Test
  @DisplayName("A-43: a key names one successor, and no other afterwards")
  void oneSuccessor() throws Exception {
    try (RawPeer peer = RawPeer.active(FIRST, "127.0.0.1", agent.port())) {
      accepted(peer, peer.send("system.key_rotation", announcement(SECOND, proof(FIRST, SECOND)), e -> {}));
      JsonObject other = peer.send("system.key_rotation", announcement(THIRD, proof(FIRST, THIRD)), e -> {});
      assertEquals("key_rotation_invalid", peer.readErrorCode());
      assertFalse(accepted(peer, other));
      assertTrue(accepted(peer, peer.send("system.key_rotation", announcement(SECOND, proof(FIRST, SECOND)), e -> {})));
    }
    assertThrows(RawEnd.class, () -> active(THIRD, proof(FIRST, THIRD), step(FIRST, THIRD)));
    assertEquals(Optional.empty(), agent.peers().find(key(THIRD)));
  }

  @Test
  @DisplayName("A-06, A-42: a message that came under the old key is not delivered again under the new one")
  void sameMessage() throws Exception {
    JsonObject message;
    try (RawPeer peer = RawPeer.active(FIRST, "127.0.0.1", agent.port())) {
      message = peer.sendMessage("{\"text\":\"once\"}");
      peer.readAck(message);
    }
    try (RawPeer peer = active(SECOND, proof(FIRST, SECOND), step(FIRST, SECOND))) {
      JsonObject again = message.deepCopy();
      again.addProperty("sequence", 7);
      peer.sendSigned(again);
      peer.readAck(again);
      peer.readAck(peer.sendMessage("{\"text\":\"twice\"}", e -> e.addProperty("sequence", 8)));
    }
    assertEquals(2, agent.history().size());
    assertEquals(Optional.of(key(FIRST)), marks(agent, key(SECOND)).replaced());
    assertEquals(Optional.of(key(SECOND)), marks(agent, key(FIRST)).successor());
  }

  @Test
  @DisplayName("A-06: who only says that another key follows its own suppresses none of that key's messages")
  void noConsent() throws Exception {
    JsonObject message;
    try (RawPeer thief = RawPeer.active(FIRST, "127.0.0.1", agent.port())) {
      accepted(thief, thief.send("system.key_rotation", announcement(SECOND, proof(FIRST, SECOND)), e -> {}));
      message = thief.sendMessage("{\"text\":\"the thief's\"}");
      thief.readAck(message);
    }
    try (RawPeer victim = RawPeer.active(SECOND, "127.0.0.1", agent.port())) {
      JsonObject own = message.deepCopy();
      own.addProperty("sequence", 7);
      victim.sendSigned(own);
      victim.readAck(own);
    }
    assertEquals(2, agent.history().size());
  }

  @Test
  @DisplayName("R-5.6-02: a proof without a chain is held against the keys that were met at the same address")
  void proofAlone() throws Exception {
    RawPeer.active(FIRST, "127.0.0.1", agent.port()).close();
    active(SECOND, proof(FIRST, SECOND)).close();
    assertEquals(Optional.of(key(FIRST)), marks(agent, key(SECOND)).replaced());
    assertThrows(RawEnd.class, () -> active(THIRD, proof(FIRST, THIRD)));
    assertEquals(Optional.empty(), agent.peers().find(key(THIRD)));
  }

  @Test
  @DisplayName("R-5.1-01: a chain whose last proof does not verify ends the handshake without one byte")
  void badChain() throws Exception {
    try (RawPeer peer = RawPeer.connectTcp(SECOND, "127.0.0.1", agent.port())) {
      peer.startTls();
      peer.sendMagic();
      peer.sendCredentials(json -> {
        JsonObject bad = step(FIRST, SECOND);
        bad.addProperty("rotation_proof", proof(THIRD, SECOND));
        JsonArray chain = new JsonArray();
        chain.add(bad);
        json.addProperty("rotation_proof", proof(THIRD, SECOND));
        json.add("rotation_chain", chain);
      });
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  // ---- two agents

  private static Outcome send(TestAgent from, TestAgent to) throws Exception {
    return from.agent().send(Address.parse("toq://localhost:" + to.port() + "/tested"), new Outgoing(
        Optional.of(JsonValue.JsonObject.builder().put("text", "hello").build()), Optional.empty(), Optional.empty(),
        Optional.of("application/json"), false), true, Duration.ofSeconds(30));
  }

  private static PublicKey key(TestAgent agent) {
    return agent.agent().status().publicKey();
  }

  private static void await(Supplier<Boolean> wanted) {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (!wanted.get()) {
      assertTrue(System.nanoTime() < deadline, "it did not come about in time");
      Thread.onSpinWait();
    }
  }

  private static void rotate(TestAgent agent) throws Exception {
    agent.endpoint().goOnUnder(KeyStore.rotate(agent.directory(), new SecureRandom()));
  }

  @Test
  @DisplayName("R-14.4-03, A-45: a new key is announced to connected peers, and counts from the next handshake on")
  void live() throws Exception {
    try (TestAgent other = start("other")) {
      assertInstanceOf(Outcome.Delivered.class, send(agent, other));
      PublicKey before = key(agent);
      rotate(agent);
      PublicKey after = key(agent);
      assertNotEquals(before, after);
      await(() -> marks(other, before).successor().equals(Optional.of(after)));
      assertInstanceOf(Outcome.Delivered.class, send(agent, other));
      assertEquals(before, other.history().getLast().fromKey());

      agent.endpoint().node().registry().all().forEach(session -> session.cut("the test cuts it"));
      assertInstanceOf(Outcome.Delivered.class, send(agent, other));
      assertEquals(after, other.history().getLast().fromKey());
      assertEquals(Optional.of(before), marks(other, after).replaced());
      assertTrue(marks(other, after).boundItself());
      assertInstanceOf(Outcome.Delivered.class, send(other, agent));
      assertEquals(3, other.history().size());
    }
  }

  @Test
  @DisplayName("R-5.3-08, R-14.5-01: a peer that missed two rotations follows the chain, also after restarts")
  void missed() throws Exception {
    PublicKey before = key(agent);
    try (TestAgent other = start("other")) {
      assertInstanceOf(Outcome.Delivered.class, send(agent, other));
    }
    rotate(agent);
    rotate(agent);
    agent.close();
    agent = start("agent");
    try (TestAgent other = start("other")) {
      assertInstanceOf(Outcome.Delivered.class, send(agent, other));
      assertEquals(key(agent), other.history().getLast().fromKey());
      assertEquals(Optional.of(before), marks(other, key(agent)).replaced());
      String seed = Files.readString(agent.directory().identityKey(), StandardCharsets.US_ASCII);
      RawIdentity stolen = RawIdentity.ofSeed(Base64.getDecoder().decode(seed), "toq://localhost/tested");
      try (RawPeer unbound = RawPeer.afterHandshake(stolen, "127.0.0.1", other.port())) {
        assertThrows(RawEnd.class, unbound::negotiate); // what the first key had to do, its followers have to
      }
    }
  }
}
