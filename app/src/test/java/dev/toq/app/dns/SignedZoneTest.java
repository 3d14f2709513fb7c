package dev.toq.app.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.identity.DnsRecord;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import dev.toq.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

@DisplayName("Signatures that this agent checks itself")
final class SignedZoneTest {
  private static final String AT = "_toq._tcp.example.com.";
  private static final String GOOD = "v=toq1; key=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=; agent=scout";
  private static final Record RECORD = TestNameServer.txt(AT, List.of(GOOD));

  @TempDir Path directory;
  private TestNameServer server;
  private SignedZone zone;

  @BeforeEach
  void start() throws Exception {
    server = new TestNameServer();
    zone = new SignedZone("example.com.");
    zone.serve(server);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  private DnsAnswer<DnsRecord> agents() throws Exception {
    Config config = Config.standard().with(ConfigKey.DNS_SERVERS, List.of(server.place()))
        .with(ConfigKey.DNS_VALIDATE, "full")
        .with(ConfigKey.DNS_TRUST_ANCHORS, zone.anchors(directory).toString());
    return DnsNames.of(config).agents("example.com").get(20, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("R-15.4-02: a record whose signature holds, up to an anchor, is secure")
  void good() throws Exception {
    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(zone.signed(query, RECORD).toWire()));
    assertTrue(assertInstanceOf(DnsAnswer.Found.class, agents()).isSecure());
  }

  @Test
  @DisplayName("R-15.4-03: an expired, altered, missing or foreign signature takes every trust away")
  void bad() throws Exception {
    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(
        zone.signed(query, Instant.now().minus(Duration.ofMinutes(5)), RECORD).toWire()));
    assertInstanceOf(DnsAnswer.Bogus.class, agents(), "expired");

    server.on(AT, Type.TXT, (query, tcp) -> {
      Message altered = zone.signed(query, RECORD);
      altered.removeRecord(RECORD, Section.ANSWER);
      altered.addRecord(TestNameServer.txt(AT, List.of(GOOD.replace("scout", "other"))), Section.ANSWER);
      return Optional.of(altered.toWire());
    });
    assertInstanceOf(DnsAnswer.Bogus.class, agents(), "altered");

    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(TestNameServer.answer(query, RECORD).toWire()));
    assertInstanceOf(DnsAnswer.Bogus.class, agents(), "missing");

    SignedZone foreign = new SignedZone("example.com.");
    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(foreign.signed(query, RECORD).toWire()));
    assertInstanceOf(DnsAnswer.Bogus.class, agents(), "of a key that nobody vouches for");
  }

  @Test
  @DisplayName("That there are no records is believed with a proof, and not without")
  void denied() throws Exception {
    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(zone.denied(query, Type.A, Type.RRSIG, Type.NSEC).toWire()));
    assertInstanceOf(DnsAnswer.Nothing.class, agents());
    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(zone.denied(query, Type.TXT, Type.RRSIG, Type.NSEC).toWire()));
    assertInstanceOf(DnsAnswer.Bogus.class, agents(), "the proof says that there are some");
    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(TestNameServer.answer(query).toWire()));
    assertInstanceOf(DnsAnswer.Bogus.class, agents(), "no proof");
    server.on(AT, Type.TXT, (query, tcp) -> Optional.of(TestNameServer.reply(query, Rcode.NXDOMAIN).toWire()));
    assertInstanceOf(DnsAnswer.Bogus.class, agents(), "no proof");
  }

  @Test
  @DisplayName("The keys of the root come with the program; a file without any is refused with a sentence")
  void anchors() throws Exception {
    DnsNames.of(Config.standard().with(ConfigKey.DNS_VALIDATE, "full"));
    for (String text : List.of("", "no zone file at all", "example.com. 300 IN TXT \"x\"\n")) {
      Path file = Files.writeString(directory.resolve("odd"), text);
      Config config = Config.standard().with(ConfigKey.DNS_VALIDATE, "full")
          .with(ConfigKey.DNS_TRUST_ANCHORS, file.toString());
      String sentence = assertThrows(StoreException.class, () -> DnsNames.of(config), text).getMessage();
      assertEquals("dns_trust_anchors: no DS or DNSKEY record can be read from " + file, sentence);
    }
    Config missing = Config.standard().with(ConfigKey.DNS_VALIDATE, "full")
        .with(ConfigKey.DNS_TRUST_ANCHORS, directory.resolve("missing").toString());
    assertThrows(StoreException.class, () -> DnsNames.of(missing));
  }
}
