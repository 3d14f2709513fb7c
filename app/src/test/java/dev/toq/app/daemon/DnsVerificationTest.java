package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.ManualTicker;
import dev.toq.app.dns.AgentDirectory;
import dev.toq.app.dns.DnsNames;
import dev.toq.app.dns.TestNameServer;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

@DisplayName("Whether the domain of an address names its agent and key")
@Timeout(60)
class DnsVerificationTest {
  private static final String BASE64 = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
  private static final PublicKey KEY = PublicKey.parse("ed25519:" + BASE64);
  private static final PublicKey OTHER = PublicKey.ofBytes(new byte[32]);

  private final ManualTicker ticker = new ManualTicker();
  private TestNameServer server;
  private DnsVerification dns;
  private InetAddress source;

  @BeforeEach
  void start() throws Exception {
    server = new TestNameServer();
    AgentDirectory directory = new AgentDirectory(
        DnsNames.of(Config.standard().with(ConfigKey.DNS_SERVERS, List.of(server.place()))), ticker);
    dns = new DnsVerification(directory, new LookupBudget(ticker, false));
    source = InetAddress.getByName("192.0.2.7");
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private boolean verifies(String address, PublicKey key) {
    return dns.verifies(Address.parse(address), key, source);
  }

  @Test
  @DisplayName("R-16.5-02: one record must name both the agent and the key, and no other port")
  void matches() {
    server.publishes("lab.example", "v=toq1; key=" + BASE64 + "; port=7070; agent=scout",
        "v=toq1; key=" + OTHER.toString().substring(8) + "; agent=second");
    assertTrue(verifies("toq://lab.example/scout", KEY));
    assertTrue(verifies("toq://lab.example:7070/scout", KEY));
    assertFalse(verifies("toq://lab.example:7071/scout", KEY));
    assertFalse(verifies("toq://lab.example/scout", OTHER), "the key of the domain's other agent");
    assertFalse(verifies("toq://lab.example/second", KEY));
    assertFalse(verifies("toq://lab.example/third", KEY));
    assertTrue(verifies("toq://lab.example:7071/second", OTHER), "its record names no port");
    assertFalse(verifies("toq://elsewhere.example/scout", KEY));
  }

  @ParameterizedTest(name = "R-16.5-01: nobody is asked about {0}")
  @ValueSource(strings = {"toq://192.0.2.1/scout", "toq://[2001:db8::1]/scout", "toq://localhost/scout",
    "toq://box.local/scout", "toq://nas/scout", "toq://x.invalid/scout"})
  void notAsked(String address) {
    assertFalse(verifies(address, KEY));
    assertEquals(List.of(), server.asked());
  }

  @Test
  @DisplayName("R-16.5-01, R-16.5-02: a failing name server, a silent one, and one without records verify nothing")
  void failing() {
    server.on("_toq._tcp.a.example.", Type.TXT,
        (query, tcp) -> Optional.of(TestNameServer.reply(query, Rcode.SERVFAIL).toWire()));
    server.on("_toq._tcp.b.example.", Type.TXT, (query, tcp) -> Optional.empty());
    assertFalse(verifies("toq://a.example/scout", KEY));
    assertFalse(verifies("toq://b.example/scout", KEY));
    assertFalse(verifies("toq://c.example/scout", KEY));
    assertTrue(server.asked().contains("_toq._tcp.c.example. TXT"), server.asked()::toString);
  }

  @Test
  @DisplayName("A source makes us ask for ten names at once, then for one in six seconds; what is known costs nothing")
  void budget() throws Exception {
    server.publishes("lab.example", "v=toq1; key=" + BASE64 + "; agent=scout");
    assertTrue(verifies("toq://lab.example/scout", KEY));
    for (int i = 1; i < LookupBudget.AT_ONCE; i++) {
      verifies("toq://x" + i + ".example/scout", KEY);
    }
    assertEquals(LookupBudget.AT_ONCE, server.asked().size());
    assertTrue(verifies("toq://lab.example/scout", KEY));
    server.publishes("more.example", "v=toq1; key=" + BASE64 + "; agent=scout");
    assertFalse(verifies("toq://more.example/scout", KEY));
    assertEquals(LookupBudget.AT_ONCE, server.asked().size());

    assertTrue(dns.verifies(Address.parse("toq://more.example/scout"), KEY, InetAddress.getByName("192.0.2.8")),
        "another source");
    server.publishes("again.example", "v=toq1; key=" + BASE64 + "; agent=scout");
    ticker.pass(LookupBudget.PAUSE);
    assertTrue(verifies("toq://again.example/scout", KEY));
    assertFalse(verifies("toq://yet.example/scout", KEY));
  }

  @Test
  @DisplayName("An IPv6 source is its first 64 bits, and this machine is not counted unless it is to be")
  void sources() throws Exception {
    LookupBudget budget = new LookupBudget(ticker, false);
    for (int i = 0; i < LookupBudget.AT_ONCE; i++) {
      assertTrue(budget.allows(InetAddress.getByName("2001:db8:0:1::" + i)));
    }
    assertFalse(budget.allows(InetAddress.getByName("2001:db8:0:1:ffff::1")));
    assertTrue(budget.allows(InetAddress.getByName("2001:db8:0:2::1")));
    LookupBudget strict = new LookupBudget(ticker, true);
    for (int i = 0; i < LookupBudget.AT_ONCE; i++) {
      assertTrue(budget.allows(InetAddress.getLoopbackAddress()) && strict.allows(InetAddress.getLoopbackAddress()));
    }
    assertTrue(budget.allows(InetAddress.getLoopbackAddress()));
    assertFalse(strict.allows(InetAddress.getLoopbackAddress()));
  }
}
