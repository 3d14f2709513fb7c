package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawJson;
import dev.toq.spectests.RawPeer;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import dev.toq.store.Permissions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running agent takes of one source before it closes its connections unheard (specification 5.8, A-57). */
@Timeout(60)
class SourceLimitsTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7001/stranger");

  @TempDir Path home;
  private final ManualTicker ticker = new ManualTicker();

  private TestAgent open(UnaryOperator<Config> settings) throws Exception {
    return TestAgent.start(home, config -> settings.apply(config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.HEARTBEAT_TIMEOUT, 86_400L)), ticker);
  }

  private static RawPeer active(TestAgent agent) throws Exception {
    return RawPeer.active(PEER, "127.0.0.1", agent.port());
  }

  @Test
  @DisplayName("R-5.8-01, R-5.8-02, R-5.8-03: a source that connects more often than it may is closed before TLS, and "
      + "served again a second later")
  void connectionRate() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.RATE_LIMIT_LOOPBACK, true)
        .with(ConfigKey.RATE_CONNECTIONS_PER_IP, 3L))) {
      for (int i = 0; i < 3; i++) {
        active(agent).close();
      }
      expectClosed(agent);
      ticker.pass(Duration.ofSeconds(2));
      active(agent).close();
    }
  }

  /** Before a word was said; a reset may even come before the connection is used at all. */
  private static void expectClosed(TestAgent agent) throws IOException {
    try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      peer.expectEof(RawPeer.PATIENCE);
    } catch (SocketException reset) {
      assertTrue(String.valueOf(reset.getMessage()).contains("reset"), reset::toString);
    }
  }

  @Test
  @DisplayName("A-57: forged signatures add up to a penalty that closes the source's connections before TLS; the owner "
      + "is told and still served, and when the penalty has run out, so is the source")
  void penalties() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.RATE_LIMIT_LOOPBACK, true)
        .with(ConfigKey.RATE_CONNECTIONS_PER_IP, 0L))) {
      for (int i = 0; i < 4; i++) {
        active(agent).close();
        forge(agent);
      }
      awaitPenalty(agent);
      try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
        peer.sendBytes(new byte[] {0x16});
        peer.expectEof(RawPeer.PATIENCE);
      }
      assertTrue(health(agent).startsWith("HTTP/1.1 200"));
      ticker.pass(Duration.ofSeconds(20).minusMillis(1));
      awaitPenalty(agent);
      ticker.pass(Duration.ofMillis(1));
      assertEquals(0, agent.agent().penalisedSources());
      active(agent).close();
    }
  }

  private static void forge(TestAgent agent) throws IOException {
    try (RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port())) {
      peer.startTls();
      peer.sendMagic();
      peer.sendCredentials(own -> own.addProperty("challenge_signature", PEER.sign(new byte[32])));
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  private static String health(TestAgent agent) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), agent.port())) {
      socket.setSoTimeout(Math.toIntExact(RawPeer.PATIENCE.toMillis()));
      socket.getOutputStream().write(("GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1:" + agent.port()
          + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  @Test
  @DisplayName("A-57: handshakes that are not finished, credentials that come again and envelopes that are forged "
      + "count against the source; a wrong agent, a blocked key and a peer that leaves after the handshake do not")
  void whatCounts() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.RATE_LIMIT_LOOPBACK, true)
        .with(ConfigKey.RATE_CONNECTIONS_PER_IP, 0L))) {
      RawIdentity blocked = RawIdentity.of("toq://localhost:7002/blocked");
      agent.agent().block(new Permissions.Rule.ByKey(PublicKey.parse(blocked.publicKey())));
      for (int i = 0; i < 20; i++) {
        offers(agent, blocked, own -> { });
        offers(agent, PEER, own -> own.addProperty("target_agent", "another"));
        RawPeer.afterHandshake(PEER, "127.0.0.1", agent.port()).close();
      }
      assertEquals(0, agent.agent().penalisedSources());
      forge(agent); // 5 s
      try (RawPeer peer = RawPeer.afterHandshake(PEER, "127.0.0.1", agent.port())) { // 5 s
        JsonObject request = peer.envelope("negotiate.request", RawJson.value("{}"));
        request.addProperty("signature", PEER.sign(new byte[1]));
        peer.sendRawFrame(request.toString());
        peer.awaitEnd(RawPeer.PATIENCE);
      }
      for (int i = 0; i < 6; i++) { // 1 s each
        assertEquals(0, agent.agent().penalisedSources(), "after " + i);
        offers(agent, PEER, own -> own.remove("public_key"));
      }
      awaitPenalty(agent);
    }
  }

  private static void offers(TestAgent agent, RawIdentity who, Consumer<JsonObject> bend) throws IOException {
    try (RawPeer peer = RawPeer.connectTcp(who, "127.0.0.1", agent.port())) {
      peer.startTls();
      peer.sendMagic();
      peer.sendCredentials(bend);
      peer.expectEof(RawPeer.PATIENCE);
    }
  }

  @Test
  @DisplayName("A-57: connections that say nothing until the deadline count against the source; an approved key's "
      + "source is not penalised for them")
  void stalled() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.RATE_LIMIT_LOOPBACK, true)
        .with(ConfigKey.RATE_CONNECTIONS_PER_IP, 0L))) {
      stall(agent, 4);
      awaitPenalty(agent);
      ticker.pass(Duration.ofSeconds(21));
      agent.agent().approve(new Permissions.Rule.ByKey(PublicKey.parse(PEER.publicKey())));
      active(agent).close();
      stall(agent, 4);
      assertEquals(0, agent.agent().penalisedSources());
    }
  }

  /** A peer sees its end before the penalty is noted. */
  private static void awaitPenalty(TestAgent agent) {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (agent.agent().penalisedSources() != 1 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertEquals(1, agent.agent().penalisedSources());
  }

  private void stall(TestAgent agent, int count) throws Exception {
    List<RawPeer> silent = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      RawPeer peer = RawPeer.connectTcp(PEER, "127.0.0.1", agent.port());
      peer.startTls(); // so that it has been accepted, and its next deadline runs
      silent.add(peer);
    }
    for (RawPeer peer : silent) {
      while (true) { // the deadline begins when the daemon's side of TLS is done
        ticker.pass(Duration.ofMillis(100));
        try {
          peer.expectEof(Duration.ofMillis(20));
          break;
        } catch (AssertionError notYet) {
          assertTrue(String.valueOf(notYet.getMessage()).contains("NOTHING"), notYet::toString);
        }
      }
      peer.close();
    }
  }

  @Test
  @DisplayName("A-57: this machine's own connections are not counted unless the owner says so")
  void loopbackIsExempt() throws Exception {
    try (TestAgent agent = open(config -> config.with(ConfigKey.RATE_CONNECTIONS_PER_IP, 1L))) {
      for (int i = 0; i < 3; i++) {
        active(agent).close();
      }
    }
  }
}
