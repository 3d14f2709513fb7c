package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.RecordingResolver;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.protocol.identity.Address;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Names, TCP, TLS and the two directions of a connection, with a raw peer in either role. */
@Timeout(60)
class TransportTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7001/stranger");
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @TempDir Path home;
  private TestAgent agent;
  private RawReceiver receiver;

  @BeforeEach
  void start() throws Exception {
    agent = TestAgent.start(home,
        config -> config.with(ConfigKey.CONNECTION_MODE, "open").with(ConfigKey.CONNECT_TIMEOUT, 20L));
    receiver = RawReceiver.listen("raw");
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
    receiver.close();
  }

  private void queue(String text) throws Exception {
    queue(Address.parse(receiver.address()), text, Optional.empty());
  }

  private void queue(Address to, String text, Optional<String> thread) throws Exception {
    assertInstanceOf(Outcome.Queued.class, agent.agent().send(to, Says.text(text, thread), false, Duration.ZERO));
  }

  @Test
  @DisplayName("R-3.3-01: an IP address is dialled on its port, and nobody is asked for a name")
  void literal() throws Exception {
    int before = RecordingResolver.asked().size();
    queue(Address.parse("toq://127.0.0.1:" + receiver.port() + "/raw"), "hello", Optional.empty());
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
    }
    List<String> asked = RecordingResolver.asked();
    assertFalse(asked.subList(before, asked.size()).contains("127.0.0.1"), asked::toString);
  }

  @Test
  @DisplayName("R-3.3-04: a host that no resolver knows fails the attempt with a sentence that names it")
  void unknownHost() throws Exception {
    Outcome outcome =
        agent.agent().send(Address.parse("toq://no-such-host.invalid/raw"), Says.text("hello"), true, TIMEOUT);
    assertEquals("the host name no-such-host.invalid does not resolve",
        assertInstanceOf(Outcome.NotReachable.class, outcome).reason());
    assertTrue(RecordingResolver.asked().contains("no-such-host.invalid"));
  }

  @Test
  @DisplayName("R-15.3-01: the first bytes of an initiator are those of TLS, and the magic bytes come inside")
  void order() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      queue(Address.parse("toq://localhost:" + server.getLocalPort() + "/raw"), "hello", Optional.empty());
      server.setSoTimeout(10_000);
      try (Socket socket = server.accept()) {
        socket.setSoTimeout(10_000);
        byte[] first = socket.getInputStream().readNBytes(6);
        assertEquals(0x16, first[0], "a record of the TLS handshake (RFC 8446 section 5.1)");
        assertEquals(1, first[5], "with a ClientHello");
      }
    }
    queue("hello");
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      peer.startTls();
      peer.readMagic();
    }
  }

  @Test
  @DisplayName("R-15.1-01, R-15.3-01: a receiver shows no credentials to who speaks toq without TLS")
  void plain() throws Exception {
    try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      peer.sendMagic();
      peer.sendCredentials();
      assertFalse(new String(peer.finish(RawPeer.PATIENCE), StandardCharsets.UTF_8).contains("public_key"));
    }
  }

  @Test
  @DisplayName("R-15.1-02, R-15.1-03: TLS 1.3 is spoken in both roles, and 1.2 in neither")
  void versions() throws Exception {
    RawPeer.active(PEER, "127.0.0.1", agent.port()).close();
    try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      assertThrows(IOException.class, () -> peer.startTls("TLSv1.2"));
    }
    queue("hello");
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      assertThrows(IOException.class, () -> peer.startTls("TLSv1.2"));
    }
    receiver.acceptActive(TIMEOUT).close();
  }

  @Test
  @DisplayName("R-15.2-01: a certificate that nobody vouches for is taken, and adds no trust")
  void anyCertificate() throws Exception {
    queue("hello");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
    }
    agent.agent().block(new dev.toq.store.Permissions.Rule.ByKey(
        dev.toq.protocol.identity.PublicKey.parse(receiver.me().publicKey())));
    queue("once more");
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      peer.answerHandshake();
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @DisplayName("R-10.7-01: an initiator's envelopes are numbered 0, 1, 2 and so on, over all its threads")
  void numbers() throws Exception {
    queue(Address.parse(receiver.address()), "a", Optional.of("a"));
    List<Integer> numbers = new ArrayList<>();
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      peer.answerHandshake();
      numbers.add(peer.answerNegotiation().get("sequence").getAsInt());
      numbers.add(peer.exchangeCards().get("sequence").getAsInt());
      for (String next : List.of("b", "a", "")) {
        JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
        numbers.add(message.get("sequence").getAsInt());
        peer.ack(message);
        if (!next.isEmpty()) {
          queue(Address.parse(receiver.address()), "next", Optional.of(next));
        }
      }
    }
    assertEquals(List.of(0, 1, 2, 3, 4), numbers);
  }

  @Test
  @DisplayName("R-8.2-01, R-8.8-02: on a connection that the agent opened both sides send when they like, and all of "
      + "it "
      + "is acknowledged")
  void bothWays() throws Exception {
    int each = 50;
    for (int i = 0; i < each; i++) {
      queue("ours " + i);
    }
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      Set<String> unanswered = new HashSet<>();
      for (int i = 0; i < each; i++) {
        unanswered.add(peer.sendMessage("{\"text\":\"theirs\"}").get("id").getAsString());
      }
      int received = 0;
      while (received < each || !unanswered.isEmpty()) {
        JsonObject next = peer.readEnvelope(RawPeer.PATIENCE);
        if (next.get("type").getAsString().equals("message.send")) {
          peer.ack(next);
          received++;
        } else {
          assertTrue(unanswered.remove(next.getAsJsonObject("body").get("ack_id").getAsString()), next::toString);
        }
      }
    }
    assertEquals(each, agent.history().size());
  }

  @Test
  @DisplayName("R-8.7-01: of two connections of one key that both read at any time, the newer stays and the older ends")
  void newest() throws Exception {
    try (RawPeer older = duplex(); RawPeer newer = duplex()) {
      newer.readAck(newer.sendMessage("{\"text\":\"on the newer one\"}"));
      older.readEnvelope(RawPeer.PATIENCE, "session.disconnect");
      older.drop();
      newer.readAck(newer.sendMessage("{\"text\":\"still there\"}"));
    }
  }

  private RawPeer duplex() throws IOException {
    RawPeer peer = RawPeer.afterHandshake(PEER, "127.0.0.1", agent.port());
    peer.negotiate(e -> e.getAsJsonObject("body").getAsJsonObject("features").addProperty(Offer.DUPLEX, true));
    peer.exchangeCards();
    return peer;
  }

  @Test
  @DisplayName("R-8.5-02: when the agent is stopped at once, its peers see the end of their connections and no goodbye")
  void killswitch() throws Exception {
    try (RawPeer peer = RawPeer.active(PEER, "127.0.0.1", agent.port())) {
      peer.readAck(peer.sendMessage("{\"text\":\"in\"}"));
      agent.close();
      peer.expectEof(RawPeer.PATIENCE);
    }
  }
}
