package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.toq.app.TestAgent;
import dev.toq.app.dns.TestNameServer;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.spectests.RawEnd;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.ConfigKey;
import dev.toq.store.Peers;
import dev.toq.store.Permissions.Rule;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** A real agent in mode dns-verified, a real name server, and peers that claim addresses. */
@Timeout(60)
class DnsVerifiedModeTest {
  private static final RawIdentity SCOUT = RawIdentity.of("toq://lab.example/scout");

  @TempDir Path home;
  private TestNameServer server;
  private TestAgent agent;

  @BeforeEach
  void start() throws Exception {
    server = new TestNameServer();
    agent = TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "dns-verified")
        .with(ConfigKey.DNS_SERVERS, List.of(server.place())));
    server.publishes("lab.example",
        "v=toq1; key=" + SCOUT.publicKey().substring("ed25519:".length()) + "; agent=scout");
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
    server.close();
  }

  private void isLetIn(RawIdentity peer) throws Exception {
    try (RawPeer active = RawPeer.active(peer, "127.0.0.1", agent.port())) {
      active.readAck(active.sendMessage("{\"text\":\"in\"}"));
    }
  }

  private void meetsSilence(RawIdentity who) throws Exception {
    try (RawPeer peer = RawPeer.afterHandshake(who, "127.0.0.1", agent.port())) {
      assertThrows(RawEnd.class, peer::negotiate);
    }
  }

  @Test
  @DisplayName("R-16.1-05, R-16.5-02: the key that the domain names for the agent is let in")
  void named() throws Exception {
    isLetIn(SCOUT);
    assertEquals(List.of("_toq._tcp.lab.example. TXT"), server.asked());
  }

  @Test
  @DisplayName("R-16.1-05, R-16.5-01, R-16.5-02: another key, another agent, an IP address, a domain without records "
      + "and one whose name server fails meet silence")
  void others() throws Exception {
    meetsSilence(RawIdentity.of("toq://lab.example/scout-2").claiming("toq://lab.example/scout"));
    meetsSilence(SCOUT.claiming("toq://lab.example/other"));
    meetsSilence(SCOUT.claiming("toq://bare.example/scout"));
    server.on("_toq._tcp.bad.example.", Type.TXT,
        (query, tcp) -> Optional.of(TestNameServer.reply(query, Rcode.SERVFAIL).toWire()));
    meetsSilence(SCOUT.claiming("toq://bad.example/scout"));
    int asked = server.asked().size();
    meetsSilence(SCOUT.claiming("toq://127.0.0.1/scout"));
    meetsSilence(SCOUT.claiming("toq://localhost/scout"));
    meetsSilence(SCOUT.claiming("toq://box.local/scout"));
    assertEquals(asked, server.asked().size(), "of such hosts nobody is asked");
    assertEquals(List.of(), agent.history());
  }

  @Test
  @DisplayName("A-51: an approval of the key itself lets it in without a question, and a block comes before the answer")
  void rules() throws Exception {
    RawIdentity friend = RawIdentity.of("toq://bare.example/friend");
    agent.agent().approve(new Rule.ByKey(PublicKey.parse(friend.publicKey())));
    isLetIn(friend);
    assertEquals(List.of(), server.asked());
    agent.agent().block(new Rule.ByKey(PublicKey.parse(SCOUT.publicKey())));
    try (RawPeer peer = RawPeer.connectTcp(SCOUT, "127.0.0.1", agent.port())) {
      peer.startTls();
      peer.sendMagic();
      peer.sendCredentials();
      peer.expectEof(RawPeer.PATIENCE);
    }
    assertEquals(List.of(), server.asked());
  }

  @Test
  @DisplayName("A-40: whom the domain names takes its address back from one that only claimed it, and keeps it")
  void takesBack() throws Exception {
    RawIdentity squatter = RawIdentity.of("toq://lab.example/squatter").claiming(SCOUT.address());
    agent.peers().pin(new Peers.Pin(Address.parse(SCOUT.address()), PublicKey.parse(squatter.publicKey()),
        Peers.Strength.WEAK, Instant.EPOCH));
    meetsSilence(squatter);
    isLetIn(SCOUT);
    assertEquals(List.of(PublicKey.parse(SCOUT.publicKey())),
        agent.peers().pins(Address.parse(SCOUT.address())).stream()
            .filter(pin -> pin.strength() == Peers.Strength.STRONG).map(Peers.Pin::key).toList());
    meetsSilence(squatter);
  }
}
