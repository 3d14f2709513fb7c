package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.RecordingResolver;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Ping;
import dev.toq.app.daemon.Nearby.Found;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Agents that somebody announces on the local network: where they are dialled, and who has to answer there. */
@Timeout(60)
class DialNearbyTest {
  private static final List<InetAddress> HERE = List.of(InetAddress.getLoopbackAddress());
  private static final PublicKey OTHER = Identity.generate(new Random(20261126)).publicKey();

  @TempDir Path home;
  private final Announced announced = new Announced();
  private RawReceiver receiver;
  private TestAgent agent;

  /** A network on which the test announces. */
  private static final class Announced implements Nearby {
    final List<Found> all = new CopyOnWriteArrayList<>();
    volatile boolean on = true;

    @Override
    public boolean isOn() {
      return on;
    }

    @Override
    public List<Found> agents(Duration limit) {
      return all;
    }

    @Override
    public boolean isOwnHost(String host) {
      return host.equals("myself.local");
    }

    @Override
    public void announce(PublicKey key) {}
  }

  @BeforeEach
  void start() throws Exception {
    receiver = RawReceiver.listen("raw");
    agent = TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.CONNECT_TIMEOUT, 10L).with(ConfigKey.HANDSHAKE_TIMEOUT, 20L), announced);
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
    receiver.close();
  }

  private Address address() {
    return Address.parse("toq://attic-of-the-test.local:" + receiver.port() + "/raw");
  }

  private PublicKey key() {
    return PublicKey.parse(receiver.me().publicKey());
  }

  @Test
  @DisplayName("R-3.3-02 An announced address is dialled where it is announced to be, and a message arrives")
  void arrives() throws Exception {
    announced.all.add(new Found(address(), key(), HERE));
    agent.agent().send(address(), Says.text("hello"), false, Duration.ZERO);
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
    }
    assertFalse(RecordingResolver.asked().contains("attic-of-the-test.local"));
    assertEquals(List.of(), agent.agent().permissions().approved(), "what was found is not trusted for that");
  }

  @Test
  @DisplayName("R-20.4-01 Who answers with another key than the announced one gets no message")
  void otherKey() throws Exception {
    announced.all.add(new Found(address(), OTHER, HERE));
    Thread stranger = Thread.ofVirtual().start(this::answerOnce);
    Outcome outcome = agent.agent().send(address(), Says.text("secret"), true, Duration.ofSeconds(20));
    String reason = assertInstanceOf(Outcome.NotReachable.class, outcome, outcome::toString).reason();
    assertTrue(reason.contains("has another key than the one that is announced there"), reason);
    stranger.join();
    stranger = Thread.ofVirtual().start(this::answerOnce);
    Ping ping = agent.agent().ping(address());
    assertEquals("who answers at " + address().full() + " has another key than the one that is announced there",
        assertInstanceOf(Ping.Unreached.class, ping).reason());
    stranger.join();
  }

  private void answerOnce() {
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      peer.answerHandshake();
      peer.awaitEnd(RawPeer.PATIENCE);
    } catch (Exception ended) {
      Journal.debug("the stranger: " + ended);
    }
  }

  @Test
  @DisplayName("R-20.4-01 Where several announce the same address, one of their keys has to answer")
  void severalKeys() throws Exception {
    announced.all.add(new Found(address(), OTHER, HERE));
    announced.all.add(new Found(address(), key(), HERE));
    agent.agent().send(address(), Says.text("hello"), false, Duration.ZERO);
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
    }
  }

  @Test
  @DisplayName("R-3.3-02 With mDNS off a .local address is refused with the reason, and no resolver is asked")
  void off() throws Exception {
    announced.on = false;
    Ping ping = agent.agent().ping(Address.parse("toq://cellar-of-the-test.local/bob"));
    String reason = assertInstanceOf(Ping.Unreached.class, ping, ping::toString).reason();
    assertTrue(reason.contains("mDNS is off; mdns_enabled = true"), reason);
    assertFalse(RecordingResolver.asked().contains("cellar-of-the-test.local"));
  }

  @Test
  @DisplayName("A .local host that nobody announces is left to the system's resolver")
  void system() throws Exception {
    Ping ping = agent.agent().ping(Address.parse("toq://garage-of-the-test.local/bob"));
    assertInstanceOf(Ping.Unreached.class, ping, ping::toString);
    assertTrue(RecordingResolver.asked().contains("garage-of-the-test.local"), RecordingResolver.asked()::toString);
  }

  @Test
  @DisplayName("The host under which an agent is announced is a name of its own; others are not")
  void ownHost() {
    int port = agent.port();
    assertTrue(agent.endpoint().node().isOwn(Address.parse("toq://myself.local:" + port + "/tested")));
    assertFalse(agent.endpoint().node().isOwn(Address.parse("toq://another.local:" + port + "/tested")));
  }
}
