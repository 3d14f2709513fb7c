package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.toq.app.TestAgent;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.spectests.RawEnd;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import dev.toq.store.Peers;
import dev.toq.store.Permissions.Rule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who gets in under the default mode, approval, and what the others see. */
class PolicyTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7001/stranger");
  private static final PublicKey KEY = PublicKey.parse(PEER.publicKey());

  @TempDir Path home;
  private TestAgent agent;

  @BeforeEach
  void start() throws Exception {
    agent = TestAgent.start(home, config -> config);
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
  }

  /** A stranger who gets as far as the answer to its negotiate.request. */
  private RawPeer introduced(RawIdentity identity) throws Exception {
    return introduced(identity, agent);
  }

  private static RawPeer introduced(RawIdentity identity, TestAgent to) throws Exception {
    return RawPeer.afterHandshake(identity, "127.0.0.1", to.port());
  }

  @Test
  @DisplayName("R-16.4-01, R-16.4-03, R-9.4-01: a stranger is told to wait, the owner finds the request, and after "
      + "approval it gets in, also after a restart")
  void approval() throws Exception {
    try (RawPeer peer = introduced(PEER)) {
      assertEquals("approval.request", peer.negotiate().get("type").getAsString());
      peer.expectEof(RawPeer.PATIENCE);
    }
    assertEquals(KEY, agent.agent().permissions().pending().getFirst().key());
    agent.agent().approve(new Rule.ByKey(KEY));
    try (RawPeer peer = RawPeer.active(PEER, "127.0.0.1", agent.port())) {
      peer.readAck(peer.sendMessage("{\"text\":\"in\"}"));
    }
    assertTrue(agent.agent().permissions().pending().isEmpty());
    agent.close();
    agent = TestAgent.start(home, config -> config);
    try (RawPeer peer = RawPeer.active(PEER, "127.0.0.1", agent.port())) {
      peer.readAck(peer.sendMessage("{\"text\":\"in again\"}"));
    }
  }

  @Test
  @DisplayName("R-9.4-03, R-9.4-04, R-23.1-15: a denied stranger is told so, and makes no new request")
  void denied() throws Exception {
    agent.agent().deny(KEY);
    try (RawPeer peer = introduced(PEER)) {
      assertEquals("approval.denied", peer.negotiate().get("type").getAsString());
      peer.expectEof(RawPeer.PATIENCE);
    }
    assertTrue(agent.agent().permissions().pending().isEmpty());
  }

  @Test
  @DisplayName("A-48: a handshake alone leaves no trace")
  void handshakeOnly() throws Exception {
    try (RawPeer peer = introduced(PEER)) {
      assertTrue(peer.peerKey().startsWith("ed25519:"));
    }
    assertTrue(agent.agent().permissions().pending().isEmpty());
  }

  @Test
  @DisplayName("A-35, A-48: for a key that proved itself and then sent an envelope that another key signed, or that "
      + "names another agent, nothing is written")
  void nothingIsWritten() throws Exception {
    try (TestAgent open = TestAgent.start(
        home.resolve("open"), config -> config.with(ConfigKey.CONNECTION_MODE, "open"))) {
      Path directory = open.directory().root();
      for (int attempt = 0; attempt < 2; attempt++) {
        try (RawPeer peer = RawPeer.afterHandshake(PEER, "127.0.0.1", open.port())) {
          JsonObject request = peer.sign(peer.envelope("negotiate.request", new JsonObject()));
          if (attempt == 0) {
            request.addProperty("signature", RawIdentity.of("toq://localhost:7001/other").sign(new byte[] {1}));
            peer.sendRawFrame(request.toString());
          } else {
            request.getAsJsonArray("to").set(0, new JsonPrimitive("toq://localhost/another"));
            peer.sendSigned(request);
          }
          peer.awaitEnd(RawPeer.PATIENCE);
        }
      }
      assertEquals(List.of("toq-challenges 1"), Files.readAllLines(directory.resolve("challenges.log")));
      assertEquals("", Files.readString(directory.resolve("messages.jsonl")));
      assertTrue(open.agent().permissions().pending().isEmpty());
    }
    Path peers = home.resolve("open/agent/peers.json");
    assertTrue(!Files.exists(peers) || !Files.readString(peers).contains(PEER.publicKey()), "a peer was remembered");
  }

  @Test
  @DisplayName("A-50: six strangers from one source leave five requests, and the sixth sees only the end")
  void queuePerSource() throws Exception {
    for (int i = 0; i < 5; i++) {
      try (RawPeer peer = introduced(RawIdentity.of("toq://localhost:7001/stranger-" + i))) {
        peer.negotiate();
      }
    }
    try (RawPeer peer = introduced(RawIdentity.of("toq://localhost:7001/stranger-5"))) {
      assertThrows(RawEnd.class, peer::negotiate);
    }
    assertEquals(5, agent.agent().permissions().pending().size());
  }

  @Test
  @DisplayName("R-5.4-03, R-14.7-01: a blocked key gets not one byte after TLS, from any address")
  void blocked() throws Exception {
    agent.agent().approve(new Rule.ByKey(KEY));
    agent.agent().block(new Rule.ByKey(KEY));
    try (RawPeer peer = RawPeer.connectTcp(PEER.claiming("toq://localhost:7009/other"), "127.0.0.1", agent.port())) {
      peer.startTls();
      peer.sendMagic();
      peer.sendCredentials();
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @DisplayName("A-46: a block ends the live connection of the blocked at once")
  void blockCutsLive() throws Exception {
    agent.agent().approve(new Rule.ByKey(KEY));
    try (RawPeer peer = RawPeer.active(PEER, "127.0.0.1", agent.port())) {
      peer.readAck(peer.sendMessage("{\"text\":\"in\"}"));
      agent.agent().block(new Rule.ByKey(KEY));
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @DisplayName("A-41: an address rule admits nobody who only claims the address")
  void claimedAddress() throws Exception {
    agent.agent().approve(new Rule.ByAddress("toq://localhost/*"));
    try (RawPeer peer = introduced(PEER)) {
      assertEquals("approval.request", peer.negotiate().get("type").getAsString());
    }
  }

  @Test
  @DisplayName("R-3.4-01, R-3.4-02: an approved key gets in from any address, and no other key from the address of it")
  void keysNotAddresses() throws Exception {
    agent.agent().approve(new Rule.ByKey(KEY));
    RawIdentity moved = PEER.claiming("toq://localhost:7009/moved");
    for (RawIdentity sameKey : List.of(PEER, moved)) {
      try (RawPeer peer = RawPeer.active(sameKey, "127.0.0.1", agent.port())) {
        peer.readAck(peer.sendMessage("{\"text\":\"in\"}"));
      }
      assertEquals(List.of(sameKey.address()), known().stream().map(Peers.Peer::address).toList());
    }
    RawIdentity other = RawIdentity.of("toq://localhost:7008/other").claiming(PEER.address());
    assertThrows(RawEnd.class, () -> introduced(other)); // the address belongs to the first key
    try (RawPeer peer = introduced(other.claiming("toq://localhost:7008/other"))) {
      assertEquals("approval.request", peer.negotiate().get("type").getAsString());
    }
  }

  @Test
  @DisplayName("R-3.6-02: two peers whose cards have one name stay two, each with its own connection")
  void sameName() throws Exception {
    RawIdentity other = RawIdentity.of("toq://localhost:7008/other");
    agent.agent().approve(new Rule.ByKey(KEY));
    agent.agent().approve(new Rule.ByKey(PublicKey.parse(other.publicKey())));
    try (RawPeer first = introduced(PEER); RawPeer second = introduced(other)) {
      for (RawPeer peer : List.of(first, second)) {
        peer.negotiate(e -> e.getAsJsonObject("body").getAsJsonObject("features").addProperty(Offer.DUPLEX, true));
        peer.exchangeCards(card -> card.getAsJsonObject("body").addProperty("name", "Twin"));
        peer.readAck(peer.sendMessage("{\"text\":\"in\"}"));
      }
      assertEquals(2, agent.agent().status().activeConnections());
      assertEquals(2, known().size());
    }
  }

  /** Whom the agent has met, as its file will say. */
  private List<Peers.Peer> known() {
    return agent.peers().all();
  }

  @ParameterizedTest(name = "R-5.5-02: in mode {0} a stranger''s request is answered with: {1}")
  @CsvSource({"open, negotiate.response", "approval, approval.request", "allowlist, nothing", "dns-verified, nothing"})
  void modes(String mode, String answer) throws Exception {
    try (TestAgent other =
            TestAgent.start(home.resolve(mode), config -> config.with(ConfigKey.CONNECTION_MODE, mode));
        RawPeer peer = introduced(PEER, other)) {
      if (answer.equals("nothing")) {
        assertThrows(RawEnd.class, peer::negotiate);
      } else {
        assertEquals(answer, peer.negotiate().get("type").getAsString());
      }
    }
  }

  @Test
  @DisplayName("R-5.6-01: after the first connection the key of the peer is kept in peers.json, whoever dialled")
  void pinned() throws Exception {
    agent.agent().approve(new Rule.ByKey(KEY));
    try (RawReceiver receiver = RawReceiver.listen("dialled")) {
      RawPeer.active(PEER, "127.0.0.1", agent.port()).close();
      agent.agent().send(Address.parse(receiver.address()), Says.text("hello"), false, Duration.ZERO);
      try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
        peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
      }
      assertTrue(agent.peers().find(KEY).isPresent(), "whom it met, beside whose an address is");
      agent.close(); // which writes what is not on the disk yet
      String file = Files.readString(agent.directory().peers());
      assertTrue(file.contains(PEER.publicKey()) && file.contains(receiver.me().publicKey()), file);
    }
  }

  @Test
  @DisplayName("R-17.4-01: credentials that were used before are of no use again")
  void replayedCredentials() throws Exception {
    agent.agent().approve(new Rule.ByKey(KEY));
    String challenge = java.util.Base64.getEncoder().encodeToString(new byte[] {
      9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9});
    for (int round = 0; round < 2; round++) {
      try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
        peer.startTls();
        peer.sendMagic();
        peer.sendCredentials(json -> {
          json.addProperty("challenge", challenge);
          json.addProperty("challenge_signature", PEER.sign(java.util.Base64.getDecoder().decode(challenge)));
        });
        peer.readCredentials();
        if (round == 0) {
          assertEquals("negotiate.response", peer.negotiate().get("type").getAsString());
        } else {
          assertThrows(RawEnd.class, peer::negotiate);
        }
      }
    }
  }

  @Test
  @DisplayName("R-16.4-04, R-16.4-05: max_pending_approvals bounds the queue, and one more sees only the end")
  void queueLimit() throws Exception {
    try (TestAgent small = TestAgent.start(
        home.resolve("small"), config -> config.with(ConfigKey.MAX_PENDING_APPROVALS, 1L))) {
      for (int i = 0; i < 2; i++) {
        try (RawPeer peer = RawPeer.afterHandshake(
            RawIdentity.of("toq://localhost:7001/queue-" + i), "127.0.0.1", small.port())) {
          if (i == 0) {
            peer.negotiate();
          } else {
            assertThrows(RawEnd.class, peer::negotiate);
          }
        }
      }
      assertEquals(1, small.agent().permissions().pending().size());
    }
  }
}
