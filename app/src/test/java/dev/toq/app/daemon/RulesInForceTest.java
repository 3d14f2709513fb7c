package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.spectests.RawEnd;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawJson;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.Config.ConnectionMode;
import dev.toq.store.Peers.Pin;
import dev.toq.store.Peers.Strength;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules and modes that change while peers are connected, and while they come. */
@Timeout(90)
class RulesInForceTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://peer.example/agent");
  private static final RawIdentity OTHER = RawIdentity.of("toq://other.example/agent");
  private static final PublicKey KEY = PublicKey.parse(PEER.publicKey());
  private static final String AT_PEER = "toq://peer.example/*";

  private volatile ConnectionMode mode = ConnectionMode.OPEN;
  private volatile DnsVerifier dns = DnsVerifier.NONE;
  @TempDir Path home;
  private TestAgent agent;

  @BeforeEach
  void start() throws Exception {
    agent = TestAgent.trusting(home, new Endpoint.Trust(
        () -> mode, (claimed, key, source) -> dns.verifies(claimed, key, source)));
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
  }

  private RawPeer active(RawIdentity identity) throws Exception {
    return RawPeer.active(identity, "127.0.0.1", agent.port());
  }

  /** After TLS, with its credentials sent. */
  private RawPeer knocking(RawIdentity identity) throws Exception {
    RawPeer peer = RawPeer.connectTcp(identity, "127.0.0.1", agent.port());
    peer.startTls();
    peer.sendMagic();
    peer.sendCredentials();
    return peer;
  }

  private void getsNothing(RawIdentity identity) throws Exception {
    try (RawPeer peer = knocking(identity)) {
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  /** Gets the credentials, and then only the end. */
  private void isRefused(RawIdentity identity) throws Exception {
    try (RawPeer peer = knocking(identity)) {
      peer.readCredentials();
      assertThrows(RawEnd.class, peer::negotiate);
    }
  }

  private static void talks(RawPeer peer) throws Exception {
    peer.readAck(peer.sendMessage("{\"text\":\"in\"}"));
  }

  private void byHand(String text) throws IOException {
    Path file = agent.directory().permissions();
    Path next = Files.writeString(file.resolveSibling("edited"), text);
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String entry(String list, Rule rule) {
    return switch (rule) {
      case Rule.ByKey(PublicKey key) -> "[[" + list + "]]\ntype = \"key\"\nvalue = \"" + key + "\"\n";
      case Rule.ByAddress(String pattern) -> "[[" + list + "]]\ntype = \"address\"\nvalue = \"" + pattern + "\"\n";
    };
  }

  @Test
  @DisplayName("R-16.7-01, R-16.7-02: a change of the mode counts for the next connection, and for none that stands")
  void modeChanges() throws Exception {
    try (RawPeer peer = active(PEER)) {
      talks(peer);
      mode = ConnectionMode.ALLOWLIST;
      isRefused(OTHER);
      isRefused(PEER);
      talks(peer);
      assertEquals("allowlist", agent.agent().status().connectionMode());
      mode = ConnectionMode.OPEN;
      try (RawPeer other = active(OTHER)) {
        talks(other);
      }
    }
  }

  @ParameterizedTest(name = "R-16.6-01: in mode {0} a block counts more than an approval, its key gets not one byte")
  @EnumSource(ConnectionMode.class)
  void blockBeatsAll(ConnectionMode each) throws Exception {
    mode = each;
    dns = (claimed, key, source) -> true;
    agent.agent().block(new Rule.ByKey(KEY));
    agent.agent().approve(new Rule.ByKey(KEY));
    getsNothing(PEER);
    agent.agent().unblock(new Rule.ByKey(KEY));
    try (RawPeer peer = active(PEER)) {
      talks(peer);
    }
  }

  @Test
  @DisplayName("A-46: rules that come, go and come again without a pause end the connection each time")
  void againAtOnce() throws Exception {
    Rule rule = new Rule.ByKey(KEY);
    for (int i = 0; i < 3; i++) {
      try (RawPeer peer = active(PEER)) {
        talks(peer);
        agent.agent().block(rule);
        peer.expectEof(RawPeer.PATIENCE);
      }
      agent.agent().unblock(rule);
    }
    mode = ConnectionMode.ALLOWLIST;
    for (int i = 0; i < 3; i++) {
      agent.agent().approve(rule);
      try (RawPeer peer = active(PEER)) {
        talks(peer);
        agent.agent().revoke(rule);
        peer.expectEof(RawPeer.PATIENCE);
      }
    }
  }

  @Test
  @DisplayName("A-46: a block that is written by hand ends the connection of the blocked, with no byte, and no other")
  void blockedByHand() throws Exception {
    try (RawPeer peer = active(PEER); RawPeer other = active(OTHER)) {
      talks(peer);
      talks(other);
      byHand(entry("blocked", new Rule.ByAddress(AT_PEER)));
      peer.expectEof(RawPeer.PATIENCE);
      talks(other);
    }
    getsNothing(PEER);
  }

  @Test
  @DisplayName("A-87: a file that is damaged while the agent runs blocks whom it blocked before, and the owner is told")
  void damaged() throws Exception {
    agent.agent().block(new Rule.ByKey(KEY));
    for (String damage : List.of("", "[[blocked]]\ntype = 'key'\nvalue = 'ed25519:slip'\n", "blocked = [", "\u0000")) {
      byHand(damage);
      getsNothing(PEER);
      assertThrows(IOException.class, () -> agent.agent().unblock(new Rule.ByKey(KEY)));
    }
  }

  @Test
  @DisplayName("A-46: an approval taken back ends the connection, unless the mode or another approval allows it")
  void revoked() throws Exception {
    agent.agent().approve(new Rule.ByKey(KEY));
    try (RawPeer open = active(PEER)) {
      talks(open);
      agent.agent().revoke(new Rule.ByKey(KEY));
      talks(open);
      mode = ConnectionMode.APPROVAL;
      agent.agent().approve(new Rule.ByKey(KEY));
      agent.agent().approve(new Rule.ByAddress(AT_PEER));
      agent.agent().revoke(new Rule.ByAddress(AT_PEER));
      talks(open);
      byHand("approved = []\n");
      open.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @DisplayName("A-46, A-49: a denial ends the connection that an approval by address let in, and no other")
  void denied() throws Exception {
    mode = ConnectionMode.APPROVAL;
    agent.peers().rebind(new Pin(Address.parse(PEER.address()), KEY, Strength.STRONG, Instant.EPOCH));
    agent.agent().approve(new Rule.ByAddress(AT_PEER));
    agent.agent().approve(new Rule.ByKey(PublicKey.parse(OTHER.publicKey())));
    try (RawPeer peer = active(PEER); RawPeer other = active(OTHER)) {
      talks(peer);
      talks(other);
      assertTrue(agent.agent().deny(KEY));
      peer.expectEof(RawPeer.PATIENCE);
      assertFalse(agent.agent().deny(PublicKey.parse(OTHER.publicKey())));
      talks(other);
    }
  }

  @Test
  @DisplayName("A-44, A-45: the session of a key that was replaced goes on although its approval went over to the next "
      + "key, and ends when that one is blocked")
  void rotatedMeanwhile() throws Exception {
    RawIdentity next = RawIdentity.of("toq://peer.example/next").claiming(PEER.address());
    PublicKey nextKey = PublicKey.parse(next.publicKey());
    mode = ConnectionMode.APPROVAL;
    agent.agent().approve(new Rule.ByKey(KEY));
    try (RawPeer old = active(PEER)) {
      talks(old);
      try (RawPeer after = RawPeer.connectTcp(next, "127.0.0.1", agent.port())) {
        after.startTls();
        after.sendMagic();
        after.sendCredentials(json -> json.addProperty("rotation_proof", PEER.sign(nextKey.bytes())));
        after.readCredentials();
        after.negotiate();
        after.exchangeCards();
        talks(after);
      }
      assertEquals(List.of(new Rule.ByKey(nextKey)), agent.agent().permissions().approved());
      agent.agent().revoke(new Rule.ByKey(PublicKey.parse(OTHER.publicKey()))); // whose rules are held against all
      talks(old);
      agent.agent().block(new Rule.ByKey(nextKey));
      old.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @DisplayName("R-14.7-01, A-41: a block of an address also blocks the keys last seen there, whatever they claim later")
  void keysOfAnAddress() throws Exception {
    for (RawIdentity each : List.of(PEER, OTHER)) {
      try (RawPeer peer = active(each)) {
        talks(peer);
      }
    }
    agent.agent().block(new Rule.ByAddress(AT_PEER));
    getsNothing(PEER.claiming("toq://elsewhere.example/agent"));
    getsNothing(RawIdentity.of("toq://peer.example/stranger"));
    try (RawPeer other = active(OTHER)) {
      talks(other);
    }
    assertEquals(List.of(new Rule.ByAddress(AT_PEER), new Rule.ByKey(KEY)), agent.agent().permissions().blocked());
  }

  @Test
  @DisplayName("A block of everything names no keys, so that taking it back lets everybody in again")
  void blockOfAll() throws Exception {
    active(PEER).close();
    agent.agent().block(new Rule.ByAddress("*"));
    getsNothing(PEER);
    agent.agent().unblock(new Rule.ByAddress("*"));
    try (RawPeer peer = active(PEER)) {
      talks(peer);
    }
  }

  @ParameterizedTest(name = "A-46, R-5.5-01: a block by {0} ends a connection that we opened; nothing goes there any "
      + "more")
  @ValueSource(strings = {"address", "key"})
  void outbound(String by) throws Exception {
    try (RawReceiver receiver = RawReceiver.listen("dialled")) {
      Address to = Address.parse(receiver.address());
      agent.agent().send(to, Says.text("hello"), false, Duration.ZERO);
      try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
        peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
        PublicKey key = PublicKey.parse(receiver.me().publicKey());
        agent.agent().block(by.equals("key") ? new Rule.ByKey(key) : new Rule.ByAddress(receiver.address()));
        peer.expectEof(RawPeer.PATIENCE);
      }
      if (by.equals("address")) {
        receiver.close(); // a dial would fail in another way
      } else {
        Thread.ofVirtual().start(() -> refusing(receiver));
      }
      Outcome outcome = agent.agent().send(to, Says.text("again"), true, RawPeer.PATIENCE);
      assertTrue(assertInstanceOf(Outcome.NotReachable.class, outcome).reason().contains("your own rules block"),
          outcome.toString());
      if (by.equals("address")) {
        assertEquals(new Agent.Ping.Unreached("your own rules block " + to.full()), agent.agent().ping(to));
      }
    }
  }

  private static void refusing(RawReceiver receiver) {
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      peer.answerHandshake();
      peer.expectEof(RawPeer.PATIENCE);
    } catch (IOException gone) {
      // the test looks at the other end
    }
  }

  @Test
  @DisplayName("While DNS is silent about one peer, others come in and rules change, also for the one that waits")
  void nothingWaitsForDns() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answers = new CountDownLatch(1);
    mode = ConnectionMode.DNS_VERIFIED;
    dns = (claimed, key, source) -> {
      if (!key.equals(KEY)) {
        return true;
      }
      asked.countDown();
      try {
        return answers.await(RawPeer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return false;
      }
    };
    try (RawPeer waiting = knocking(PEER)) {
      waiting.readCredentials();
      waiting.sendSigned(waiting.envelope("negotiate.request", RawJson.value(
          "{\"supported_versions\":[\"0.1\"],\"features\":{}}")));
      assertTrue(asked.await(RawPeer.PATIENCE.toSeconds(), TimeUnit.SECONDS));
      try (RawPeer other = active(OTHER)) {
        talks(other);
      }
      agent.agent().block(new Rule.ByKey(KEY));
      answers.countDown();
      waiting.expectEof(RawPeer.PATIENCE);
    } finally {
      answers.countDown();
    }
  }

  @Test
  @DisplayName("R-16.1-05, R-16.5-01, R-16.5-02: in mode dns-verified DNS decides, and is not asked about what is no "
      + "public name, about who is blocked, or about who is approved by key")
  void dnsDecides() throws Exception {
    List<String> questions = new CopyOnWriteArrayList<>();
    mode = ConnectionMode.DNS_VERIFIED;
    dns = (claimed, key, source) -> {
      questions.add(claimed + " " + source.getHostAddress());
      return key.equals(KEY);
    };
    try (RawPeer peer = active(PEER)) {
      talks(peer);
    }
    isRefused(OTHER);
    assertEquals(List.of("toq://peer.example/agent 127.0.0.1", "toq://other.example/agent 127.0.0.1"), questions);
    for (String host : List.of("localhost", "192.0.2.1", "[2001:db8::1]", "printer.local")) {
      isRefused(PEER.claiming("toq://" + host + "/agent"));
    }
    agent.agent().approve(new Rule.ByKey(PublicKey.parse(OTHER.publicKey())));
    active(OTHER).close();
    agent.agent().block(new Rule.ByAddress(AT_PEER));
    getsNothing(PEER);
    assertEquals(2, questions.size(), questions.toString());
  }
}
