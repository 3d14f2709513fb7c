package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.app.daemon.Agent.Paired;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.Invitation;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawJson;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.spectests.RawRelay;
import dev.toq.store.ConfigKey;
import dev.toq.store.Peers.Pin;
import dev.toq.store.Peers.Strength;
import dev.toq.store.Permissions.Rule;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two running agents, one of which has invited the other (docs/pairing.md). */
@Timeout(120)
class PairingsTest {
  private static final Duration LIFE = Duration.ofMinutes(10);

  @TempDir Path home;
  private final ManualTicker ticker = new ManualTicker();

  private TestAgent open(String name, String mode) throws Exception {
    return TestAgent.start(home.resolve(name), config -> config.with(ConfigKey.CONNECTION_MODE, mode)
        .with(ConfigKey.CONNECT_TIMEOUT, 20L).with(ConfigKey.HEARTBEAT_TIMEOUT, 86_400L), ticker);
  }

  private static Invitation invitation(TestAgent from) {
    return from.agent().invite(LIFE).orElseThrow();
  }

  private static PublicKey key(TestAgent agent) {
    return agent.agent().status().publicKey();
  }

  private static List<Rule> approved(TestAgent agent) {
    return agent.agent().permissions().approved();
  }

  private static String failure(TestAgent of, Invitation invitation) throws Exception {
    return assertInstanceOf(Paired.Failed.class, of.agent().accept(invitation)).reason();
  }

  private static void deliver(TestAgent from, TestAgent to) throws Exception {
    Outgoing message = new Outgoing(Optional.of(JsonObject.builder().put("text", "hello").build()), Optional.empty(),
        Optional.empty(), Optional.empty(), false);
    assertInstanceOf(Outcome.Delivered.class, from.agent().send(
        Address.parse(to.endpoint().address().full()), message, true, Duration.ofSeconds(20)));
  }

  @Test
  @DisplayName("One invitation, accepted once: both have approved each other's keys on their disks, and messages go "
      + "both ways, whatever the modes")
  void paired() throws Exception {
    try (TestAgent ann = open("ann", "allowlist"); TestAgent bob = open("bob", "approval")) {
      Invitation link = Invitation.parse(invitation(ann).link());
      Paired.With with = assertInstanceOf(Paired.With.class, bob.agent().accept(link));
      assertEquals(key(ann), with.key());
      assertEquals(List.of(new Rule.ByKey(key(ann))), approved(bob));
      assertEquals(List.of(new Rule.ByKey(key(bob))), approved(ann));
      deliver(bob, ann);
      deliver(ann, bob);
    }
  }

  @Test
  @DisplayName("A-43: who accepts the invitation of a peer known under an older key follows it, and so do rules")
  void afterRotation() throws Exception {
    try (TestAgent ann = open("ann", "open"); TestAgent bob = open("bob", "open")) {
      PublicKey old = key(ann);
      bob.agent().approve(new Rule.ByKey(old));
      deliver(bob, ann);
      ann.agent().rotateKeys();
      assertInstanceOf(Paired.With.class, bob.agent().accept(invitation(ann)));
      assertEquals(List.of(new Rule.ByKey(key(ann))), approved(bob), "and no longer " + old);
    }
  }

  @Test
  @DisplayName("An invitation works once: who comes with it again is met with silence, is told why, and nothing is "
      + "trusted")
  void once() throws Exception {
    try (TestAgent ann = open("ann", "approval"); TestAgent bob = open("bob", "approval");
        TestAgent eve = open("eve", "approval")) {
      Invitation link = invitation(ann);
      assertInstanceOf(Paired.With.class, bob.agent().accept(link));
      String reason = failure(eve, link);
      assertTrue(reason.contains("did not take the invite"), reason);
      assertEquals(List.of(new Rule.ByKey(key(bob))), approved(ann));
      assertEquals(List.of(), approved(eve));
      assertEquals(List.of(), ann.agent().permissions().pending());
    }
  }

  @Test
  @DisplayName("A-40: an address that surely belongs to another key changes hands for no invitation, and none is used "
      + "up")
  void addressOfAnother() throws Exception {
    try (TestAgent ann = open("ann", "approval"); TestAgent bob = open("bob", "approval");
        TestAgent eve = open("eve", "approval")) {
      Invitation link = invitation(ann);
      ann.peers().pin(new Pin(eve.endpoint().address(), key(bob), Strength.STRONG, Instant.now()));
      String reason = failure(eve, link);
      assertTrue(reason.contains("did not take the invite"), reason);
      assertEquals(List.of(), approved(ann));
      assertInstanceOf(Paired.With.class, bob.agent().accept(link));
    }
  }

  @Test
  @DisplayName("An invitation that has run out, or was taken back, is worth nothing on the side that made it")
  void over() throws Exception {
    try (TestAgent ann = open("ann", "approval"); TestAgent bob = open("bob", "approval")) {
      Invitation late = invitation(ann);
      ticker.pass(LIFE);
      assertTrue(failure(bob, late).contains("has run out"));
      Invitation withdrawn = invitation(ann);
      assertEquals(1, ann.agent().withdrawInvites());
      assertTrue(failure(bob, withdrawn).contains("was taken back"));
      assertEquals(List.of(), approved(ann));
      assertEquals(List.of(), approved(bob));
    }
  }

  @Test
  @DisplayName("A link that says itself that it has run out is not even tried")
  void lateByItsOwnWord() throws Exception {
    try (TestAgent bob = open("bob", "approval"); RawRelay nobody = RawRelay.start(1, UnaryOperator.identity(),
        UnaryOperator.identity())) {
      Invitation fresh = invitation(bob);
      Invitation old = new Invitation(Address.parse("toq://localhost:" + nobody.port() + "/ann"),
          "SHA256:" + "A".repeat(43) + "=", fresh.code(), fresh.expires().minus(LIFE).minusSeconds(2));
      assertTrue(failure(bob, old).startsWith("the invite ran out at "));
      assertEquals(List.of(), nobody.fromInitiator());
    }
  }

  @Test
  @DisplayName("Where another key answers than the invitation says, nothing is shown to it and nothing trusted")
  void otherKey() throws Exception {
    try (TestAgent ann = open("ann", "open"); TestAgent bob = open("bob", "open");
        TestAgent eve = open("eve", "open")) {
      Invitation link = invitation(ann);
      Invitation bent = new Invitation(Address.parse(eve.endpoint().address().full()), link.fingerprint(),
          link.code(), link.expires());
      String reason = failure(bob, bent);
      assertTrue(reason.contains(key(eve).fingerprint()) && reason.contains(key(ann).fingerprint()), reason);
      assertEquals(List.of(), approved(bob));
      assertInstanceOf(Paired.With.class, bob.agent().accept(link)); // it was not used up
    }
  }

  @Test
  @DisplayName("Whoever relays between the two, and sees and passes on all that they say, gets nothing approved")
  void relayed() throws Exception {
    try (TestAgent ann = open("ann", "open"); TestAgent bob = open("bob", "open");
        RawRelay relay = RawRelay.start(ann.port(), UnaryOperator.identity(), UnaryOperator.identity())) {
      Invitation link = invitation(ann);
      Invitation relayed = new Invitation(Address.parse("toq://localhost:" + relay.port() + "/tested"),
          link.fingerprint(), link.code(), link.expires());
      assertTrue(failure(bob, relayed).contains("did not take the invite"));
      assertTrue(relay.fromInitiator().toString().contains("pairing"), "it saw the proof");
      assertEquals(List.of(), approved(ann));
      assertEquals(List.of(), approved(bob));
      assertInstanceOf(Paired.With.class, bob.agent().accept(link)); // what the relay saw used nothing up
    }
  }

  @Test
  @DisplayName("An agent that agrees and does not know invitations, as the reference, is not trusted for it")
  void unknown() throws Exception {
    try (TestAgent bob = open("bob", "open"); RawReceiver old = RawReceiver.listen("old");
        ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
      Invitation link = new Invitation(Address.parse(old.address()),
          PublicKey.parse(old.me().publicKey()).fingerprint(), invitation(bob).code(), Instant.now().plus(LIFE));
      Future<?> answer = thread.submit(() -> {
        try (RawPeer peer = old.accept(RawPeer.PATIENCE)) {
          peer.answerHandshake();
          peer.answerNegotiation();
          peer.awaitEnd(RawPeer.PATIENCE);
        }
        return old;
      });
      assertTrue(failure(bob, link).contains("does not know invites"));
      answer.get();
      assertEquals(List.of(), approved(bob));
    }
  }

  @Test
  @DisplayName("Five wrong proofs take an invitation back, and its source is penalised like any forger")
  void guesses() throws Exception {
    try (TestAgent ann = open("ann", "open"); TestAgent bob = open("bob", "open")) {
      Invitation link = invitation(ann);
      for (int i = 0; i < Pairings.MOST_WRONG; i++) {
        guess(ann, link.code().name());
      }
      assertTrue(failure(bob, link).contains("did not take the invite"));
      Invitation other = invitation(ann);
      for (int i = 0; i < Pairings.MOST_WRONG; i++) {
        guess(ann, "somethingelse"); // who does not know a name tries nothing
      }
      assertInstanceOf(Paired.With.class, bob.agent().accept(other));
    }
  }

  private static void guess(TestAgent at, String name) throws Exception {
    try (RawPeer peer = RawPeer.afterHandshake(RawIdentity.of("toq://localhost:7001/eve"), "127.0.0.1", at.port())) {
      peer.send("negotiate.request", RawJson.value("{\"supported_versions\":[\"0.1\"],\"features\":{\"pairing\":"
          + "{\"invite\":\"" + name + "\",\"proof\":\"" + "A".repeat(43) + "=\"}}}"), envelope -> { });
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @DisplayName("A block stands above an invitation, on either side")
  void blocked() throws Exception {
    try (TestAgent ann = open("ann", "open"); TestAgent bob = open("bob", "open")) {
      Invitation link = invitation(ann);
      ann.agent().block(new Rule.ByKey(key(bob)));
      assertFalse(failure(bob, link).isBlank());
      ann.agent().unblock(new Rule.ByKey(key(bob)));
      bob.agent().block(new Rule.ByKey(key(ann)));
      assertTrue(failure(bob, link).contains("your own rules block"));
      assertEquals(List.of(), approved(ann));
      assertEquals(List.of(), approved(bob));
    }
  }

  @Test
  @DisplayName("No more than sixteen invitations are open; one's own is refused; nobody there is said so")
  void limits() throws Exception {
    try (TestAgent ann = open("ann", "open"); TestAgent bob = open("bob", "open")) {
      Invitation first = invitation(ann);
      for (int i = 1; i < Pairings.MOST_OPEN; i++) {
        invitation(ann);
      }
      assertEquals(Optional.empty(), ann.agent().invite(LIFE));
      ticker.pass(LIFE);
      assertTrue(ann.agent().invite(LIFE).isPresent());
      assertEquals("this is an invite to this very agent", failure(ann, first));
      Invitation mine = invitation(bob);
      bob.closePort();
      assertTrue(failure(ann, mine).startsWith("no agent is running at"));
    }
  }
}
