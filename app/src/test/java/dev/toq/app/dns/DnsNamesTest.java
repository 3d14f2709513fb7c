package dev.toq.app.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.toq.protocol.identity.DnsRecord;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

@DisplayName("Answers of name servers, good and hostile, over real sockets")
final class DnsNamesTest {
  private static final String BASE64 = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
  private static final String GOOD = "v=toq1; key=" + BASE64 + "; port=7070; agent=scout";
  private static final String AT = "_toq._tcp.example.com.";
  private static final DnsRecord SCOUT = DnsRecord.parse(GOOD).orElseThrow();

  private TestNameServer server;

  @BeforeEach
  void start() throws IOException {
    server = new TestNameServer();
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private DnsNames names(String validate) throws IOException {
    return DnsNames.of(Config.standard()
        .with(ConfigKey.DNS_SERVERS, List.of(server.place())).with(ConfigKey.DNS_VALIDATE, validate));
  }

  private DnsAnswer<DnsRecord> agents() throws Exception {
    return names("off").agents("example.com").get(20, TimeUnit.SECONDS);
  }

  private static List<DnsRecord> found(DnsAnswer<DnsRecord> answer) {
    return answer instanceof DnsAnswer.Found<DnsRecord> found ? found.all() : fail(answer.toString());
  }

  private static String unanswered(DnsAnswer<?> answer) {
    return assertInstanceOf(DnsAnswer.Unanswered.class, answer, answer::toString).reason();
  }

  @Test
  @DisplayName("R-19.3-01, R-19.2-01: of all texts at the name only toq records count, each an agent with its address")
  void mixed() throws Exception {
    server.publishes("example.com", "v=spf1 -all", GOOD, "v=toq10; key=" + BASE64 + "; agent=ten",
        "key=" + BASE64 + "; v=toq1; agent=late", "v=toq1; key=" + BASE64 + "; agent=second", "");
    List<DnsRecord> agents = new ArrayList<>(found(agents()));
    agents.sort((one, other) -> one.agent().compareTo(other.agent()));
    assertEquals(List.of("toq://example.com:7070/scout", "toq://example.com/second"),
        agents.stream().map(record -> record.address("example.com").full()).toList());
    assertEquals(List.of(AT + " TXT"), server.asked());
  }

  @Test
  @DisplayName("A record in several strings is one text, and one in a thousand strings is none of ours")
  void strings() throws Exception {
    server.holds(AT, Type.TXT,
        TestNameServer.txt(
            AT, List.of("v=toq1; key=" + BASE64.substring(0, 9), BASE64.substring(9) + "; port=70", "70; agent=scout")),
        TestNameServer.txt(AT, Collections.nCopies(1_000, "v=toq1;")));
    assertEquals(List.of(SCOUT), found(agents()));
  }

  @Test
  @DisplayName("An answer too long for a datagram is fetched over TCP; of very many records some are read")
  void huge() throws Exception {
    List<Record> records = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      records.add(TestNameServer.txt(AT, List.of("v=toq1; key=" + BASE64 + "; agent=a" + i)));
    }
    server.holds(AT, Type.TXT, records.toArray(Record[]::new));
    assertEquals(NameSystem.MOST_ANSWERS, found(agents()).size());
    assertEquals(List.of(AT + " TXT", AT + " TXT"), server.asked(), "once by each");
  }

  @Test
  @DisplayName("Records with NULs, control characters, letters beyond ASCII or another class are skipped")
  void foreign() throws Exception {
    Record chaos = new TXTRecord(TestNameServer.name(AT), DClass.CH, 300, GOOD.replace("scout", "chaos"));
    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(TestNameServer.answer(query,
        TestNameServer.txt(AT, List.of("v=toq1; key=" + BASE64 + "; agent=sc\\000ut")), chaos,
        TestNameServer.txt(AT, List.of("v=toq1; key=" + BASE64 + "; agent=sc\\252ut")),
        TestNameServer.txt(AT, List.of(GOOD))).toWire()));
    assertEquals(List.of(SCOUT), found(agents()));
  }

  @Test
  @DisplayName("A record under another name, beside the question, in another section, is nothing to us")
  void beside() throws Exception {
    server.on(AT, Type.TXT, (query, tcp) -> {
      Message answer = TestNameServer.answer(query, TestNameServer.txt("_toq._tcp.other.example.", List.of(GOOD)));
      answer.addRecord(TestNameServer.txt(AT, List.of(GOOD)), Section.ADDITIONAL);
      return Optional.of(answer.toWire());
    });
    assertInstanceOf(DnsAnswer.Nothing.class, agents());
  }

  @Test
  @DisplayName("An alias is followed, within an answer and by another question")
  void alias() throws Exception {
    Record first = cname(AT, "_toq._tcp.one.example.");
    Record second = cname("_toq._tcp.one.example.", "_toq._tcp.two.example.");
    server.holds(AT, Type.TXT, first, second);
    server.publishes("two.example", GOOD);
    assertEquals(List.of(SCOUT), found(agents()));
    assertEquals(List.of(AT + " TXT", "_toq._tcp.two.example. TXT"), server.asked());
  }

  @Test
  @DisplayName("Aliases in a circle, or in an endless row, come to an end")
  void circle() throws Exception {
    server.holds(AT, Type.TXT, cname(AT, "b.example."), cname("b.example.", AT));
    assertTrue(unanswered(agents()).contains("circle"));

    server.holds(AT, Type.TXT, cname(AT, "b.example."));
    server.holds("b.example.", Type.TXT, cname("b.example.", AT));
    assertTrue(unanswered(agents()).contains("circle"));

    server.otherwise((query, tcp) -> Optional.of(TestNameServer.answer(query, cname(
        query.getQuestion().getName().toString(), "a" + server.asked().size() + ".example.")).toWire()));
    server.on(AT, Type.TXT,
        (query, tcp) -> Optional.of(TestNameServer.answer(query, cname(AT, "a.example.")).toWire()));
    int before = server.asked().size();
    assertTrue(unanswered(agents()).contains("too far"));
    assertTrue(server.asked().size() - before < 12, server.asked()::toString);
  }

  private static Record cname(String name, String target) {
    return new CNAMERecord(TestNameServer.name(name), DClass.IN, 300, TestNameServer.name(target));
  }

  @Test
  @DisplayName("A domain without records, and one that does not exist, have no agents")
  void nothing() throws Exception {
    assertInstanceOf(DnsAnswer.Nothing.class, agents());
    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(TestNameServer.answer(query).toWire()));
    assertInstanceOf(DnsAnswer.Nothing.class, agents());
    server.publishes("example.com", "v=spf1 -all");
    assertInstanceOf(DnsAnswer.Nothing.class, agents());
    String longest = "a".repeat(60) + ".";
    assertInstanceOf(DnsAnswer.Nothing.class,
        names("off").agents(longest.repeat(4) + "com").get(20, TimeUnit.SECONDS), "no name is so long");
  }

  @Test
  @DisplayName("R-15.4-03: a failing name server, as one that checks signatures fails, takes every trust away")
  void servfail() throws Exception {
    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(TestNameServer.reply(query, Rcode.SERVFAIL).toWire()));
    assertInstanceOf(DnsAnswer.Bogus.class, agents());
    server.on("host.example.com.", Type.A, (query, tcp) -> Optional.of(TestNameServer.answer(query,
        new ARecord(TestNameServer.name("host.example.com."), DClass.IN, 300, InetAddress.getLoopbackAddress()))
        .toWire()));
    server.on("host.example.com.", Type.AAAA,
        (query, tcp) -> Optional.of(TestNameServer.reply(query, Rcode.SERVFAIL).toWire()));
    assertInstanceOf(DnsAnswer.Bogus.class, names("off").addresses("host.example.com").get(20, TimeUnit.SECONDS));
  }

  @Test
  @DisplayName("A server that refuses, is silent, sends garbage or answers another question has answered nothing")
  void useless() throws Exception {
    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(TestNameServer.reply(query, Rcode.REFUSED).toWire()));
    assertTrue(unanswered(agents()).contains("REFUSED"));
    server.on(AT, Type.TXT, (query, tcp) -> Optional.empty());
    unanswered(agents());
    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(new byte[] {1, 2, 3}));
    unanswered(agents());
    server.on(AT, Type.TXT, (query, tcp) -> {
      Message other = TestNameServer.answer(query, TestNameServer.txt(AT, List.of(GOOD)));
      other.getHeader().setID(query.getHeader().getID() ^ 1);
      return Optional.of(other.toWire());
    });
    unanswered(agents());
    server.on(AT, Type.TXT, (query, tcp) -> {
      Message other = Message.newQuery(Record.newRecord(TestNameServer.name("x.example."), Type.TXT, DClass.IN));
      other.getHeader().setID(query.getHeader().getID());
      return Optional.of(TestNameServer.answer(other, TestNameServer.txt(AT, List.of(GOOD))).toWire());
    });
    unanswered(agents());
  }

  @Test
  @DisplayName("A server that says over and over that its answer is too long has answered nothing")
  void cutForEver() throws Exception {
    server.on(AT, Type.TXT, (query, tcp) -> {
      Message cut = TestNameServer.reply(query, Rcode.NOERROR);
      cut.getHeader().setFlag(Flags.TC);
      return Optional.of(cut.toWire());
    });
    assertFalse(agents() instanceof DnsAnswer.Found);
  }

  @Test
  @DisplayName("R-15.4-02: the AD bit counts only from a server that the owner named for it")
  void authenticated() throws Exception {
    server.on(AT, Type.TXT, (query, tcp) -> {
      Message answer = TestNameServer.answer(query, TestNameServer.txt(AT, List.of(GOOD)));
      answer.getHeader().setFlag(Flags.AD);
      return Optional.of(answer.toWire());
    });
    assertEquals(List.of(SCOUT), found(agents()));
    assertFalse(((DnsAnswer.Found<DnsRecord>) agents()).isSecure());
    DnsAnswer<DnsRecord> believed = names("resolver").agents("example.com").get(20, TimeUnit.SECONDS);
    assertTrue(assertInstanceOf(DnsAnswer.Found.class, believed).isSecure());
    assertFalse(new Servers(Config.standard().with(ConfigKey.DNS_VALIDATE, "resolver")).believesAd(),
        "whoever the system asks was not chosen for that");
  }

  @Test
  @DisplayName("R-3.3-03: addresses of both families come from the named servers, and take turns")
  void addresses() throws Exception {
    InetAddress six = InetAddress.getByName("2001:db8::1");
    InetAddress sixToo = InetAddress.getByName("2001:db8::2");
    InetAddress four = InetAddress.getByName("192.0.2.1");
    server.holds("host.example.com.", Type.AAAA,
        new AAAARecord(TestNameServer.name("host.example.com."), DClass.IN, 300, six),
        new AAAARecord(TestNameServer.name("host.example.com."), DClass.IN, 300, sixToo));
    server.holds("host.example.com.", Type.A,
        new ARecord(TestNameServer.name("host.example.com."), DClass.IN, 300, four));
    DnsAnswer<InetAddress> answer = names("off").addresses("host.example.com").get(20, TimeUnit.SECONDS);
    List<InetAddress> all = ((DnsAnswer.Found<InetAddress>) answer).all();
    assertEquals(Set.of(six, four, sixToo), Set.copyOf(all));
    assertEquals(four, all.get(1), all::toString);
    assertEquals(List.of(six, four, sixToo), DnsNames.alternating(List.of(six, sixToo, four)));
    assertEquals(List.of(four, six, sixToo), DnsNames.alternating(List.of(four, six, sixToo)));
  }
}
