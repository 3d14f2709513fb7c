package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.TestAgent;
import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.Negotiation.Outcome.Agreed;
import dev.toq.protocol.session.ResumableSession;
import dev.toq.protocol.session.ResumableSession.CardLimits;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawEnd;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.ConfigKey;
import dev.toq.store.Permissions.Rule;
import dev.toq.store.RealFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that a peer takes up again after their connection was lost. */
@Timeout(60)
class SessionResumeTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7001/stranger");
  private static final PublicKey KEY = PublicKey.parse(PEER.publicKey());

  @TempDir Path home;
  private volatile Instant now = Instant.now();
  private TestAgent agent;

  @BeforeEach
  void start() throws Exception {
    InstantSource clock = () -> now;
    agent = TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.CONNECT_TIMEOUT, 20L).with(ConfigKey.NEGOTIATION_TIMEOUT, 20L), RealFiles.INSTANCE, clock);
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
  }

  private static final class Introduced {
    final RawPeer peer;
    final String sessionId;

    Introduced(RawPeer peer, String sessionId) {
      this.peer = peer;
      this.sessionId = sessionId;
    }
  }

  /** After the handshake, with the name that the agent gave the session. */
  private Introduced introduced(RawIdentity identity) throws Exception {
    RawPeer peer = RawPeer.connectTcp(identity, "127.0.0.1", agent.port());
    peer.startTls();
    peer.sendMagic();
    peer.sendCredentials();
    return new Introduced(peer, peer.readCredentials().get("session_id").getAsString());
  }

  /** A session of this key that carried one message, whose connection was lost. */
  private String lostSession(RawIdentity identity) throws Exception {
    Introduced introduced = introduced(identity);
    try (RawPeer peer = introduced.peer) {
      peer.negotiate();
      peer.exchangeCards();
      peer.readAck(peer.sendMessage("{\"text\":\"before\"}")); // our sequences so far: 0, 1, 2, and 2 of the agent
      peer.reset();
    }
    awaitConnections(0);
    return introduced.sessionId;
  }

  private void awaitConnections(int wanted) {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (agent.agent().status().activeConnections() != wanted) {
      assertTrue(System.nanoTime() < deadline, "connections: " + agent.agent().status().activeConnections());
      Thread.onSpinWait();
    }
  }

  private static JsonObject resume(RawPeer peer, String sessionId, long lastReceived) throws Exception {
    JsonObject body = new JsonObject();
    body.addProperty("session_id", sessionId);
    body.addProperty("last_received_sequence", lastReceived);
    JsonObject sent = peer.send("session.resume", body, straight -> {});
    JsonObject answer = peer.readEnvelope(RawPeer.PATIENCE);
    if (answer.get("type").getAsString().equals("system.heartbeat")) {
      assertEquals(sent.get("id"), answer.get("reply_to"));
    }
    return answer;
  }

  private static void assertExpired(JsonObject answer) {
    assertEquals("system.error", answer.get("type").getAsString());
    assertEquals("session_expired", answer.getAsJsonObject("body").get("code").getAsString());
  }

  @Test
  @DisplayName("R-8.6-02, R-8.6-05: a lost session goes on without negotiation and cards, and its numbers go on")
  void granted() throws Exception {
    String sessionId = lostSession(PEER);
    try (RawPeer peer = introduced(PEER).peer) {
      JsonObject answer = resume(peer, sessionId, 2);
      assertEquals("system.heartbeat", answer.get("type").getAsString());
      assertEquals(3, answer.get("sequence").getAsInt());
      JsonObject message = peer.sendMessage("{\"text\":\"after\"}", e -> e.addProperty("sequence", 3));
      assertEquals(4, peer.readAck(message).get("sequence").getAsInt());
      peer.sendMessage("{\"text\":\"stale\"}", e -> e.addProperty("sequence", 3));
      assertEquals("sequence_violation", peer.readErrorCode());
    }
    assertEquals(2, agent.history().size());
  }

  @Test
  @DisplayName("A-13: a resumed session that is lost again keeps its first name, and answers to its second as well")
  void again() throws Exception {
    String first = lostSession(PEER);
    Introduced second = introduced(PEER);
    resume(second.peer, first, 2);
    second.peer.reset();
    awaitConnections(0);
    Introduced third = introduced(PEER);
    assertEquals("system.heartbeat", resume(third.peer, second.sessionId, 3).get("type").getAsString());
    third.peer.reset();
    awaitConnections(0);
    try (RawPeer peer = introduced(PEER).peer) {
      assertEquals("system.heartbeat", resume(peer, first, 4).get("type").getAsString());
    }
  }

  @Test
  @DisplayName("a connection that still stands here, because only the peer lost it, is cut for the one that resumes it")
  void stillStanding() throws Exception {
    Introduced introduced = introduced(PEER);
    introduced.peer.negotiate();
    introduced.peer.exchangeCards();
    try (RawPeer peer = introduced(PEER).peer) {
      assertEquals("system.heartbeat", resume(peer, introduced.sessionId, 1).get("type").getAsString());
      introduced.peer.expectEof(RawPeer.PATIENCE);
      peer.readAck(peer.sendMessage("{\"text\":\"after\"}", e -> e.addProperty("sequence", 5)));
    }
  }

  @Test
  @DisplayName("R-8.6-03, R-23.1-17: an unknown session has expired, and the peer may negotiate on the same connection")
  void unknown() throws Exception {
    try (RawPeer peer = introduced(PEER).peer) {
      assertExpired(resume(peer, "sess-nobody-knows", 0));
      assertEquals("negotiate.response", peer.negotiate().get("type").getAsString());
      peer.exchangeCards();
      peer.readAck(peer.sendMessage("{\"text\":\"anew\"}"));
    }
  }

  @Test
  @DisplayName("R-8.6-04: another key does not get the session, and its owner still does")
  void otherKey() throws Exception {
    String sessionId = lostSession(PEER);
    try (RawPeer thief = introduced(RawIdentity.of("toq://localhost:7001/thief")).peer) {
      assertExpired(resume(thief, sessionId, 2));
    }
    try (RawPeer peer = introduced(PEER).peer) {
      assertEquals("system.heartbeat", resume(peer, sessionId, 2).get("type").getAsString());
    }
  }

  @Test
  @DisplayName("a session is resumed once")
  void once() throws Exception {
    String sessionId = lostSession(PEER);
    try (RawPeer peer = introduced(PEER).peer) {
      resume(peer, sessionId, 2);
      peer.send("session.disconnect", null, e -> e.addProperty("sequence", 3));
      peer.expectEof(RawPeer.PATIENCE);
    }
    try (RawPeer peer = introduced(PEER).peer) {
      assertExpired(resume(peer, sessionId, 3));
    }
  }

  @Test
  @DisplayName("R-8.6-07: a session can be resumed five minutes after its connection was lost, and not later")
  void expired() throws Exception {
    String sessionId = lostSession(PEER);
    now = now.plus(Duration.ofMinutes(5));
    try (RawPeer peer = introduced(PEER).peer) {
      assertEquals("system.heartbeat", resume(peer, sessionId, 2).get("type").getAsString());
      awaitConnections(1); // the answer comes a little before the connection counts
      peer.reset();
    }
    awaitConnections(0);
    now = now.plus(Duration.ofMinutes(5)).plusMillis(1);
    try (RawPeer peer = introduced(PEER).peer) {
      assertExpired(resume(peer, sessionId, 3));
    }
  }

  @Test
  @DisplayName("A-14: after a goodbye there is nothing to resume")
  void goodbye() throws Exception {
    Introduced introduced = introduced(PEER);
    try (RawPeer peer = introduced.peer) {
      peer.negotiate();
      peer.exchangeCards();
      peer.sendDisconnect();
      peer.expectEof(RawPeer.PATIENCE);
    }
    try (RawPeer peer = introduced(PEER).peer) {
      assertExpired(resume(peer, introduced.sessionId, 1));
    }
  }

  @Test
  @DisplayName("A-14: after a fatal error there is nothing to resume")
  void fatal() throws Exception {
    Introduced introduced = introduced(PEER);
    try (RawPeer peer = introduced.peer) {
      peer.negotiate();
      peer.exchangeCards();
      peer.sendRawFrame("not JSON");
      peer.readErrorCode();
      peer.expectEof(RawPeer.PATIENCE);
    }
    try (RawPeer peer = introduced(PEER).peer) {
      assertExpired(resume(peer, introduced.sessionId, 1));
    }
  }

  @Test
  @DisplayName("A-14, A-46: a blocked key cannot resume, and what it had is forgotten")
  void blocked() throws Exception {
    String sessionId = lostSession(PEER);
    agent.agent().block(new Rule.ByKey(KEY));
    assertThrows(RawEnd.class, () -> introduced(PEER));
    agent.agent().unblock(new Rule.ByKey(KEY));
    try (RawPeer peer = introduced(PEER).peer) {
      assertExpired(resume(peer, sessionId, 2));
    }
  }

  @Test
  @DisplayName("A-14: the rules are asked anew: who is not approved any more has to wait for the owner")
  void notApproved() throws Exception {
    agent.close();
    agent = TestAgent.start(home.resolve("approving"), config -> config);
    agent.agent().approve(new Rule.ByKey(KEY));
    String sessionId = lostSession(PEER);
    agent.agent().revoke(new Rule.ByKey(KEY));
    try (RawPeer peer = introduced(PEER).peer) {
      assertExpired(resume(peer, sessionId, 2));
      assertEquals("approval.request", peer.negotiate().get("type").getAsString());
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @DisplayName("R-17.4-01: captured credentials resume nothing")
  void replayedCredentials() throws Exception {
    String sessionId = lostSession(PEER);
    JsonObject captured;
    try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      captured = peer.credentials();
      peer.startTls();
      peer.sendMagic();
      peer.sendRawFrame(captured.toString());
      peer.readCredentials();
      resume(peer, "another", 0);
    }
    try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      peer.startTls();
      peer.sendMagic();
      peer.sendRawFrame(captured.toString());
      peer.readCredentials();
      assertThrows(RawEnd.class, () -> resume(peer, sessionId, 2));
    }
  }

  @Test
  @DisplayName("A-12: a session that has used half of all numbers says goodbye, and cannot be resumed")
  void nearTheEnd() throws Exception {
    long last = Spec.MAX_SEQUENCE / 2 - 1;
    agent.endpoint().node().lostSessions().remember(new ResumableSession("sess-old", Optional.empty(), KEY, last, 9,
        new Agreed("0.1", false, Optional.empty(), false, JsonValue.JsonObject.builder().build()),
        new CardLimits(false, OptionalLong.empty(), OptionalLong.empty()), now), false);
    try (RawPeer peer = introduced(PEER).peer) {
      assertEquals(last + 1, resume(peer, "sess-old", 0).get("sequence").getAsLong());
      JsonObject message = peer.sendMessage("{\"text\":\"one more\"}", e -> e.addProperty("sequence", 10));
      assertEquals(last + 2, peer.readAck(message).get("sequence").getAsLong());
      peer.readEnvelope(RawPeer.PATIENCE, "session.disconnect");
    }
    agent.endpoint().node().lostSessions().remember(new ResumableSession("sess-older", Optional.empty(), KEY, last + 2,
        9, new Agreed("0.1", false, Optional.empty(), false, JsonValue.JsonObject.builder().build()),
        new CardLimits(false, OptionalLong.empty(), OptionalLong.empty()), now), false);
    try (RawPeer peer = introduced(PEER).peer) {
      assertExpired(resume(peer, "sess-older", 0));
    }
  }
}
