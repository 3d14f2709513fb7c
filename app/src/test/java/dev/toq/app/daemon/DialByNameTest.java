package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Ping;
import dev.toq.app.dns.TestNameServer;
import dev.toq.protocol.identity.Address;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Agents at names: where they are dialled, and who has to answer there. */
@Timeout(60)
class DialByNameTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final String OTHER = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

  @TempDir Path home;
  private TestNameServer server;
  private TestAgent agent;
  private RawReceiver receiver;

  @BeforeEach
  void start() throws Exception {
    server = new TestNameServer();
    server.holds("lab.example.", Type.A, address("127.0.0.1"));
    server.holds("lab.example.", Type.AAAA);
    agent = agent("off");
    receiver = RawReceiver.listen("raw");
  }

  private TestAgent agent(String validate) throws Exception {
    return TestAgent.start(home.resolve(validate), config -> config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.DNS_SERVERS, List.of(server.place())).with(ConfigKey.DNS_VALIDATE, validate)
        .with(ConfigKey.CONNECT_TIMEOUT, 20L));
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
    receiver.close();
    server.close();
  }

  private static Record address(String text) throws Exception {
    return address("lab.example.", text);
  }

  private static Record address(String host, String text) throws Exception {
    InetAddress address = InetAddress.getByName(text);
    return text.contains(":") ? new AAAARecord(TestNameServer.name(host), DClass.IN, 60, address)
        : new ARecord(TestNameServer.name(host), DClass.IN, 60, address);
  }

  private String key() {
    return receiver.me().publicKey().substring("ed25519:".length());
  }

  private void arrives(String address) throws Exception {
    agent.agent().send(Address.parse(address), Says.text("hello"), false, Duration.ZERO);
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.ack(peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
    }
  }

  private String refused(TestAgent from, String address) throws Exception {
    Outcome outcome = from.agent().send(Address.parse(address), Says.text("hello"), true, TIMEOUT);
    return assertInstanceOf(Outcome.NotReachable.class, outcome, outcome::toString).reason();
  }

  @Test
  @DisplayName("R-3.3-03, R-15.4-04: a domain without a port is dialled on the port of its record, and the key of the "
      + "record answers; nobody signed it")
  void portOfTheRecord() throws Exception {
    server.publishes("lab.example", "v=toq1; key=" + key() + "; port=" + receiver.port() + "; agent=raw",
        "v=toq1; key=" + OTHER + "; port=1; agent=another");
    arrives("toq://lab.example/raw");
    assertTrue(server.asked().contains("_toq._tcp.lab.example. TXT"), server.asked()::toString);
  }

  @Test
  @DisplayName("R-3.3-03: a port in the address comes before that of the record, which is then about another endpoint; "
      + "without a record it is 9009")
  void portOfTheAddress() throws Exception {
    server.publishes("lab.example", "v=toq1; key=" + OTHER + "; port=1; agent=raw");
    arrives("toq://lab.example:" + receiver.port() + "/raw");
    Routes routes = new Routes(agent.endpoint().node().names(), agent.endpoint().node().config().dnsValidation(),
        Nearby.OFF);
    server.holds("bare.example.", Type.A, address("bare.example.", "127.0.0.1"));
    assertEquals(List.of(new InetSocketAddress("127.0.0.1", 9009)),
        routes.find(Address.parse("toq://bare.example/raw"), "localhost", TIMEOUT).places());
  }

  @ParameterizedTest(name = "A-52: a record with another key than who answers refuses the connection; port given: {0}")
  @ValueSource(booleans = {true, false})
  void otherKey(boolean port) throws Exception {
    server.publishes("lab.example", "v=toq1; key=" + OTHER + "; port=" + receiver.port() + "; agent=raw");
    String address = "toq://lab.example" + (port ? ":" + receiver.port() : "") + "/raw";
    Thread stranger = Thread.ofVirtual().start(() -> answerOnce());
    Ping ping = agent.agent().ping(Address.parse(address));
    assertEquals("who answers at " + address + " has another key than the domain's DNS record",
        assertInstanceOf(Ping.Unreached.class, ping).reason());
    stranger.join();
  }

  /** Goes as far as an endpoint goes with a peer that leaves after the handshake. */
  private void answerOnce() {
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      peer.answerHandshake();
      peer.awaitEnd(RawPeer.PATIENCE);
    } catch (Exception ended) {
      Journal.debug("the stranger: " + ended);
    }
  }

  @Test
  @DisplayName("R-15.4-03, R-3.3-04: where the name system fails, nothing is dialled, and the owner is told")
  void untrusted() throws Exception {
    server.on("_toq._tcp.lab.example.", Type.TXT,
        (query, tcp) -> Optional.of(TestNameServer.reply(query, Rcode.SERVFAIL).toWire()));
    assertEquals("DNS cannot be trusted about lab.example: SERVFAIL",
        refused(agent, "toq://lab.example:" + receiver.port() + "/raw"));
    assertEquals("the host name none.example does not resolve", refused(agent, "toq://none.example/raw"));
  }

  @Test
  @DisplayName("R-15.4-04: a name server that is silent about records takes them away only from owners who do not ask "
      + "for proof")
  void silent() throws Exception {
    server.on("_toq._tcp.lab.example.", Type.TXT, (query, tcp) -> Optional.empty());
    arrives("toq://lab.example:" + receiver.port() + "/raw");
    try (TestAgent strict = agent("resolver")) {
      String reason = refused(strict, "toq://lab.example:" + receiver.port() + "/raw");
      assertTrue(reason.startsWith("DNS cannot be trusted about lab.example: no "), reason);
    }
  }

  @Test
  @DisplayName("What a name server says about its failure is shown without what could steer a terminal")
  void sanitised() throws Exception {
    server.on("_toq._tcp.lab.example.", Type.TXT, (query, tcp) -> {
      Message reply = TestNameServer.reply(query, Rcode.SERVFAIL);
      reply.addRecord(new OPTRecord(1232, 0, 0, 0, List.of(
          new ExtendedErrorCodeOption(ExtendedErrorCodeOption.DNSSEC_BOGUS, "\u001b[31mred\u202e"))),
          Section.ADDITIONAL);
      return Optional.of(reply.toWire());
    });
    assertEquals("DNS cannot be trusted about lab.example: SERVFAIL: \\u001b[31mred\\u202e",
        refused(agent, "toq://lab.example:" + receiver.port() + "/raw"));
  }

  @Test
  @DisplayName("All addresses of a name are tried, v6 and v4, within the one deadline, however silent the first are")
  void allAddresses() throws Exception {
    server.holds("lab.example.", Type.AAAA, address("::1"));
    server.holds("lab.example.", Type.A, address("127.0.0.2"), address("127.0.0.1"));
    arrives("toq://lab.example:" + receiver.port() + "/raw");

    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<SocketChannel> crowd = crowd(silent);
      List<InetSocketAddress> places = new ArrayList<>();
      for (int i = 0; i < Connecting.MOST - 1; i++) {
        places.add((InetSocketAddress) silent.getLocalSocketAddress());
      }
      places.add(new InetSocketAddress("127.0.0.1", receiver.port()));
      try (SocketChannel reached = Connecting.toAny(places, Duration.ofSeconds(5))) {
        assertEquals(receiver.port(), ((InetSocketAddress) reached.getRemoteAddress()).getPort());
      }
      assertThrows(SocketTimeoutException.class,
          () -> Connecting.toAny(places.subList(0, 2), Duration.ofMillis(200)));
      for (SocketChannel one : crowd) {
        one.close();
      }
    }
  }

  /** Fills the queue of a socket that nobody accepts from, so that the next who connects hears nothing. */
  private static List<SocketChannel> crowd(ServerSocket silent) throws Exception {
    List<SocketChannel> crowd = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      SocketChannel one = SocketChannel.open();
      one.configureBlocking(false);
      one.connect(silent.getLocalSocketAddress());
      crowd.add(one);
    }
    return crowd;
  }
}
