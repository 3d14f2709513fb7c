package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.PeerCredentials;
import dev.toq.protocol.session.Rotation;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import dev.toq.store.Peers.Strength;
import dev.toq.store.Permissions.Rule;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which key may speak for an address, on connections that come in and on those that go out. */
@Timeout(90)
class PinningTest {
  private static final String HERE = "toq://192.0.2.7:7001/known";
  private static final RawIdentity FIRST = RawIdentity.of("toq://localhost/first").claiming(HERE);
  private static final RawIdentity SECOND = RawIdentity.of("toq://localhost/second").claiming(HERE);
  private static final RawIdentity THIRD = RawIdentity.of("toq://localhost/third").claiming(HERE);

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

  private static PublicKey key(RawIdentity identity) {
    return PublicKey.parse(identity.publicKey());
  }

  private static String proof(RawIdentity old, RawIdentity next) {
    return old.sign(key(next).bytes());
  }

  private RawPeer greeting(RawIdentity identity, Consumer<JsonObject> change) throws Exception {
    RawPeer peer = RawPeer.connectTcp(identity, "127.0.0.1", agent.port());
    peer.startTls();
    peer.sendMagic();
    peer.sendCredentials(change);
    return peer;
  }

  private void refused(RawIdentity identity, Consumer<JsonObject> change) throws Exception {
    try (RawPeer peer = greeting(identity, change)) {
      peer.expectEof(RawPeer.PATIENCE); // without one byte
    }
  }

  private void admitted(RawIdentity identity, Consumer<JsonObject> change) throws Exception {
    try (RawPeer peer = greeting(identity, change)) {
      peer.readCredentials();
      peer.negotiate();
      peer.exchangeCards();
      peer.readAck(peer.sendMessage("{\"text\":\"hello\"}"));
    }
  }

  private static Consumer<JsonObject> proving(RawIdentity old, RawIdentity next) {
    return json -> json.addProperty("rotation_proof", proof(old, next));
  }

  private static Consumer<JsonObject> chain(RawIdentity... keys) {
    return json -> {
      JsonArray chain = new JsonArray();
      for (int i = 1; i < keys.length; i++) {
        JsonObject step = new JsonObject();
        step.addProperty("old_public_key", keys[i - 1].publicKey());
        step.addProperty("new_public_key", keys[i].publicKey());
        step.addProperty("rotation_proof", proof(keys[i - 1], keys[i]));
        chain.add(step);
      }
      json.addProperty("rotation_proof", proof(keys[keys.length - 2], keys[keys.length - 1]));
      json.add("rotation_chain", chain);
    };
  }

  private List<String> warnings() {
    return agent.agent().status().warnings();
  }

  private Owners pinsAt(String address) {
    return new Owners(agent.peers().pins(Address.parse(address)).stream()
        .map(pin -> pin.strength() + " " + pin.key()).toList());
  }

  /** Strength and key of each pin. */
  private record Owners(List<String> pins) {
    static Owners of(Strength strength, RawIdentity identity) {
      return new Owners(List.of(strength + " " + identity.publicKey()));
    }
  }

  @Test
  @DisplayName("R-5.6-03, R-14.2-01: another key that claims a known address is refused without one byte, also after a "
      + "restart, and the owner is told both fingerprints and the command")
  void changedKey() throws Exception {
    admitted(FIRST, json -> {});
    refused(SECOND, json -> {});
    refused(SECOND,
        json -> json.addProperty("rotation_proof", "ed25519:" + Base64.getEncoder().encodeToString(new byte[64])));
    refused(SECOND, proving(THIRD, SECOND));
    refused(SECOND,
        json -> json.addProperty("rotation_proof", FIRST.sign(SECOND.publicKey().getBytes(StandardCharsets.UTF_8))));
    assertEquals(1, warnings().size(), "the same refusal is told once: " + warnings());
    String told = warnings().getFirst();
    for (String part : List.of(key(FIRST).fingerprint(), key(SECOND).fingerprint(), HERE,
        "toq peers accept " + HERE + " " + SECOND.publicKey())) {
      assertTrue(told.contains(part), told);
    }
    admitted(FIRST, json -> {});
    stop();
    start();
    refused(SECOND, json -> {});
    admitted(FIRST, json -> {});
    assertEquals(Owners.of(Strength.WEAK, FIRST), pinsAt(HERE));
  }

  @Test
  @DisplayName("The owner's word moves an address to another key, at once and for good")
  void accepted() throws Exception {
    admitted(FIRST, json -> {});
    refused(SECOND, json -> {});
    agent.agent().peers().accept(Address.parse(HERE), key(SECOND));
    assertEquals(List.of(), warnings());
    admitted(SECOND, json -> {});
    refused(FIRST, json -> {});
    assertEquals(Owners.of(Strength.STRONG, SECOND), pinsAt(HERE));
    assertTrue(agent.endpoint().node().pins().isBound(Address.parse(HERE), key(SECOND)));
  }

  @Test
  @DisplayName("The owner's word ends the connections of the key to which the address belonged; what is sent there "
      + "goes to the other key")
  void acceptedWhileConnected() throws Exception {
    try (RawReceiver receiver = RawReceiver.listen("moved")) {
      Address address = Address.parse(receiver.address());
      agent.agent().send(address, Says.text("first"), false, Duration.ZERO);
      try (RawPeer before = receiver.acceptActive(RawPeer.PATIENCE)) {
        before.ack(before.readEnvelope(RawPeer.PATIENCE, "message.send"));
        RawIdentity other = RawIdentity.of("toq://localhost/other");
        agent.agent().peers().accept(address, key(other));
        before.expectEof(RawPeer.PATIENCE);
      }
      assertEquals(List.of(), agent.endpoint().node().registry().to(address).stream().toList());
    }
  }

  @Test
  @DisplayName("Who is forgotten is met anew: its connections end")
  void forgottenWhileConnected() throws Exception {
    for (boolean byKey : List.of(true, false)) {
      try (RawReceiver receiver = RawReceiver.listen("forgotten")) {
        agent.agent().send(Address.parse(receiver.address()), Says.text("first"), false, Duration.ZERO);
        try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
          peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
          String name = byKey ? peer.me().publicKey() : receiver.address();
          assertTrue(agent.agent().peers().forget(name).isPresent());
          peer.expectEof(RawPeer.PATIENCE);
        }
      }
    }
  }

  @Test
  @DisplayName("A-43: a step that nobody signed brings no announced key into a chain that leads elsewhere")
  void forgedStep() throws Exception {
    try (RawPeer peer = greeting(FIRST, json -> {})) {
      peer.readCredentials();
      peer.negotiate();
      peer.exchangeCards();
      JsonObject body = new JsonObject();
      body.addProperty("new_public_key", SECOND.publicKey());
      body.addProperty("rotation_proof", proof(FIRST, SECOND));
      peer.send("system.key_rotation", body, straight -> {});
      peer.readEnvelope(RawPeer.PATIENCE, "system.key_rotation.ack");
    }
    refused(THIRD, json -> {
      chain(SECOND, FIRST, THIRD).accept(json);
      json.getAsJsonArray("rotation_chain").get(0).getAsJsonObject()
          .addProperty("rotation_proof", proof(THIRD, FIRST));
    });
    admitted(SECOND, chain(FIRST, SECOND));
  }

  @Test
  @DisplayName("R-5.6-02, R-14.6-02, A-43: a proven key takes the address over; the old one is refused from then on, "
      + "and so is every proof by it")
  void rotated() throws Exception {
    admitted(FIRST, json -> {});
    admitted(SECOND, proving(FIRST, SECOND));
    assertEquals(Owners.of(Strength.WEAK, SECOND), pinsAt(HERE));
    refused(FIRST, json -> {});
    refused(FIRST.claiming("toq://192.0.2.8/elsewhere"), json -> {});
    refused(THIRD, proving(FIRST, THIRD));
    stop();
    start();
    refused(FIRST, json -> {});
    assertTrue(warnings().getFirst().contains(key(FIRST).fingerprint()), warnings().toString());
    admitted(SECOND, proving(FIRST, SECOND));
    admitted(SECOND, json -> {});
    assertThrows(IllegalArgumentException.class,
        () -> agent.agent().peers().accept(Address.parse(HERE), key(FIRST)));
  }

  @Test
  @DisplayName("A-43: a retired key leads nowhere else by showing how it once came about; keys between are retired too")
  void chains() throws Exception {
    RawIdentity zero = RawIdentity.of("toq://localhost/zero").claiming(HERE);
    admitted(zero, json -> {});
    admitted(SECOND, chain(zero, FIRST, SECOND)); // FIRST was never met
    refused(FIRST, chain(zero, FIRST));
    refused(THIRD, chain(zero, FIRST, THIRD));
    refused(THIRD, chain(zero, THIRD));
    admitted(THIRD, chain(zero, FIRST, SECOND, THIRD));
    refused(SECOND, json -> {});
    assertEquals(Owners.of(Strength.WEAK, THIRD), pinsAt(HERE));
  }

  @Test
  @DisplayName("R-14.5-01, A-44: approvals, denials and blocks go over to the key that follows")
  void rules() throws Exception {
    admitted(FIRST, json -> {});
    agent.agent().approve(new Rule.ByKey(key(FIRST)));
    admitted(SECOND, proving(FIRST, SECOND));
    assertEquals(List.of(new Rule.ByKey(key(SECOND))), agent.agent().permissions().approved());
    agent.agent().block(new Rule.ByKey(key(SECOND)));
    refused(THIRD, proving(SECOND, THIRD));
    assertEquals(Optional.empty(), agent.peers().successor(key(SECOND)), "who is blocked changes nothing");
  }

  @Test
  @DisplayName("A-43: where rotated keys are held, an approval ends with its key")
  void held() throws Exception {
    stop();
    agent = TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "approval")
        .with(ConfigKey.HOLD_ROTATED_KEYS, true));
    agent.agent().approve(new Rule.ByKey(key(FIRST)));
    admitted(FIRST, json -> {});
    try (RawPeer peer = greeting(SECOND, proving(FIRST, SECOND))) {
      peer.readCredentials();
      assertEquals("approval.request", peer.negotiate().get("type").getAsString());
    }
    assertEquals(List.of(), agent.agent().permissions().approved());
    assertEquals(Optional.of(key(SECOND)), agent.peers().successor(key(FIRST)));
  }

  @Test
  @DisplayName("A-38: a rotation proof is no login, neither of a known key nor of a retired one")
  void proofAsLogin() throws Exception {
    admitted(FIRST, json -> {});
    admitted(SECOND, proving(FIRST, SECOND));
    Consumer<JsonObject> stolen = json -> {
      json.addProperty("challenge", Base64.getEncoder().encodeToString(key(SECOND).bytes()));
      json.addProperty("challenge_signature", proof(FIRST, SECOND));
    };
    refused(FIRST, stolen);
    RawIdentity fourth = RawIdentity.of("toq://localhost/fourth").claiming("toq://192.0.2.9/fourth");
    admitted(fourth, json -> {});
    refused(fourth, json -> { // signed by its owner, and still the key of a peer
      json.addProperty("challenge", Base64.getEncoder().encodeToString(key(SECOND).bytes()));
      json.addProperty("challenge_signature", fourth.sign(key(SECOND).bytes()));
    });
  }

  @Test
  @DisplayName("A-48: whoever only shakes hands pins nothing and retires nothing")
  void handshakeAlone() throws Exception {
    greeting(FIRST, json -> {}).drop();
    admitted(SECOND, json -> {});
    try (RawPeer peer = greeting(THIRD, proving(SECOND, THIRD))) {
      peer.readCredentials();
    }
    admitted(SECOND, json -> {});
    assertEquals(Owners.of(Strength.WEAK, SECOND), pinsAt(HERE));
  }

  @Test
  @DisplayName("A-40: a name of this machine, claimed from another one, belongs to nobody")
  void loopbackNames() throws Exception {
    Pinning pins = agent.endpoint().node().pins();
    RawIdentity local = FIRST.claiming("toq://localhost/agent");
    admitted(local, json -> {});
    refused(SECOND.claiming("toq://localhost/agent"), json -> {});
    var peer = new PeerCredentials(key(SECOND), Address.parse("toq://localhost/agent"),
        new byte[32], Optional.empty(), Optional.empty(), Optional.empty(), new Rotation.None());
    PeerKeys keys = PeerKeys.of(peer, agent.peers());
    InetAddress away = InetAddress.getByName("192.0.2.1");
    pins.check(peer, keys, away, Optional.empty());
    pins.met(peer, away, Optional.empty());
    assertEquals(Owners.of(Strength.WEAK, FIRST), pinsAt("toq://localhost/agent"));
    assertThrows(Role.Declined.class, () -> pins.check(peer, keys, InetAddress.getLoopbackAddress(), Optional.empty()));
  }

  // ---- outbound

  private CompletableFuture<Outcome> send(String address) {
    return CompletableFuture.supplyAsync(() -> {
      try {
        return agent.agent().send(Address.parse(address), new Outgoing(
            Optional.of(JsonValue.JsonObject.builder().put("text", "out").build()), Optional.empty(), Optional.empty(),
            Optional.of("application/json"), false), true, Duration.ofSeconds(20));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  /** A receiver at the port of an earlier one, with another key. */
  private static RawPeer answering(RawReceiver receiver, RawIdentity identity, Consumer<JsonObject> change)
      throws Exception {
    RawPeer peer = receiver.acceptAs(identity, RawPeer.PATIENCE);
    peer.startTls();
    peer.readMagic();
    peer.readCredentials();
    peer.sendCredentials(change);
    return peer;
  }

  private void delivered(RawReceiver receiver, RawIdentity identity, Consumer<JsonObject> change) throws Exception {
    CompletableFuture<Outcome> outcome = send(receiver.address());
    try (RawPeer peer = answering(receiver, identity, change)) {
      peer.answerNegotiation();
      peer.exchangeCards();
      peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
      assertInstanceOf(Outcome.Delivered.class, outcome.get(60, TimeUnit.SECONDS));
    }
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (agent.agent().status().activeConnections() > 0 && System.nanoTime() < deadline) {
      Thread.onSpinWait(); // else the next message may still be written on this connection
    }
    assertEquals(0, agent.agent().status().activeConnections());
  }

  @Test
  @DisplayName("R-5.6-03, R-5.6-02: a dialled address that answers with another key is left before anything is sent; "
      + "with a proof it is followed")
  void dialled() throws Exception {
    try (RawReceiver receiver = RawReceiver.listen("kept")) {
      RawIdentity next = SECOND.claiming(receiver.address());
      delivered(receiver, receiver.me(), json -> {});
      assertEquals(Owners.of(Strength.STRONG, receiver.me()), pinsAt(receiver.address()));
      CompletableFuture<Outcome> outcome = send(receiver.address());
      try (RawPeer impostor = answering(receiver, next, json -> {})) {
        impostor.expectEof(RawPeer.PATIENCE);
      }
      assertTrue(warnings().getFirst().contains("toq peers accept " + receiver.address()), warnings().toString());
      assertEquals(new Outcome.NotReachable(warnings().getFirst()), outcome.get(60, TimeUnit.SECONDS));
      delivered(receiver, next, proving(receiver.me(), next));
      assertEquals(Owners.of(Strength.STRONG, next), pinsAt(receiver.address()));
    }
  }

  @Test
  @DisplayName("A-40: who is found where we dialled gets the name back from who only claimed it")
  void squatter() throws Exception {
    try (RawReceiver receiver = RawReceiver.listen("owner")) {
      RawIdentity squatter = THIRD.claiming(receiver.address());
      admitted(squatter, json -> {});
      assertEquals(Owners.of(Strength.WEAK, squatter), pinsAt(receiver.address()));
      assertFalse(agent.endpoint().node().pins().isBound(Address.parse(receiver.address()), key(squatter)));
      CompletableFuture<Outcome> outcome = send(receiver.address());
      try (RawPeer owner = answering(receiver, receiver.me(), json -> {})) {
        owner.answerNegotiation();
        owner.exchangeCards();
        owner.ack(owner.readEnvelope(RawPeer.PATIENCE, "message.send"));
        assertInstanceOf(Outcome.Delivered.class, outcome.get(60, TimeUnit.SECONDS));
      }
      assertEquals(Owners.of(Strength.STRONG, receiver.me()), pinsAt(receiver.address()));
      refused(squatter, json -> {});
    }
  }
}
