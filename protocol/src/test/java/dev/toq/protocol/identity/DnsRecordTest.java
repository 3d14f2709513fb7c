package dev.toq.protocol.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The TXT record of an agent")
class DnsRecordTest {
  private static final String BASE64 = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
  private static final PublicKey KEY = PublicKey.parse("ed25519:" + BASE64);
  private static final String GOOD = "v=toq1; key=" + BASE64 + "; agent=scout";

  private static String with(String key) {
    return GOOD.replace(BASE64, key);
  }

  @Test
  @DisplayName("R-19.1-01, R-19.1-03: it names a key, a port and an agent, in any order after v, with or without "
      + "spaces")
  void read() {
    DnsRecord record = DnsRecord.parse("v=toq1; key=" + BASE64 + "; port=7070; agent=scout").orElseThrow();
    assertEquals(new DnsRecord(KEY, OptionalInt.of(7070), "scout"), record);
    assertEquals(Optional.of(record), DnsRecord.parse("v=toq1;agent=scout;port=7070;key=" + BASE64));
    assertEquals(Optional.of(record), DnsRecord.parse(
        " v = toq1 ;\tport =\t7070;; note=a=b; flag ;agent= scout; key= " + BASE64 + " ;"));
    assertEquals(Optional.of(record), DnsRecord.parse(record.text()));
    assertEquals("toq://example.com:7070/scout", record.address("example.com").full());
  }

  @DisplayName("R-19.1-02: only what begins with v=toq1 is a record")
  @ParameterizedTest(name = "R-19.1-02: \"{0}…\" is none")
  @ValueSource(strings = {"v=toq2;", "v=toq10;", "v=toq1 x;", "V=toq1;", "v=Toq1;", "v;", "=toq1;", "v==toq1;", "",
      ";v=toq1;", "x=1; v=toq1;"})
  void version(String start) {
    assertEquals(Optional.empty(), DnsRecord.parse(start + " key=" + BASE64 + "; agent=scout"));
    assertTrue(DnsRecord.parse(GOOD).isPresent());
  }

  @Test
  @DisplayName("R-19.1-03: the key is raw, in its X.509 form, or with its prefix; anything else is no record")
  void keys() {
    byte[] spki = new byte[44];
    byte[] header = HexFormat.of().parseHex("302a300506032b6570032100");
    System.arraycopy(header, 0, spki, 0, header.length);
    System.arraycopy(KEY.bytes(), 0, spki, header.length, 32);
    String encoded = Base64.getEncoder().encodeToString(spki);
    assertTrue(encoded.startsWith("MCowBQYDK2VwAyEA"), "as the specification's example begins");
    assertEquals(KEY, DnsRecord.parse(with(encoded)).orElseThrow().key());
    assertEquals(KEY, DnsRecord.parse(with("ed25519:" + BASE64)).orElseThrow().key());

    spki[0] ^= 1;
    for (String bad : new String[] {"", "x", BASE64.replace("=", ""), BASE64 + "=", BASE64.substring(4),
        "ed25519:" + encoded, "ed448:" + BASE64, Base64.getEncoder().encodeToString(spki), BASE64.replace("/", "_"),
        BASE64.replace("7", "7 ")}) {
      assertEquals(Optional.empty(), DnsRecord.parse(with(bad)), bad);
    }
    assertEquals(Optional.empty(), DnsRecord.parse("v=toq1; agent=scout"));
  }

  @DisplayName("R-19.1-04: a port that is left out is 9009; one that is none makes the record invalid")
  @ParameterizedTest(name = "R-19.1-04: port \"{0}\"")
  @ValueSource(strings = {"", "0", "70000", "65536", "abc", "-1", "09009", "9009x", "123456", "+1"})
  void ports(String port) {
    assertEquals(9009, DnsRecord.parse(GOOD).orElseThrow().address("example.com").dialPort());
    assertEquals(Optional.empty(), DnsRecord.parse(GOOD + "; port=" + port));
    assertEquals(65_535, DnsRecord.parse(GOOD + "; port=65535").orElseThrow().address("example.com").dialPort());
  }

  @DisplayName("R-19.1-05: without a name that an address can hold it is no record")
  @ParameterizedTest(name = "R-19.1-05: \"{0}\"")
  @ValueSource(strings = {"", "Scout", "-scout", "sc out", "scout/", "sc\0out", "scöut", "*"})
  void names(String agent) {
    assertEquals("scout", DnsRecord.parse(GOOD).orElseThrow().agent());
    assertEquals(Optional.empty(), DnsRecord.parse("v=toq1; key=" + BASE64 + "; agent=" + agent));
    assertEquals(Optional.empty(), DnsRecord.parse("v=toq1; key=" + BASE64));
    assertThrows(IllegalArgumentException.class, () -> new DnsRecord(KEY, OptionalInt.empty(), agent));
  }

  @Test
  @DisplayName("A field that is said twice, and a text of great length, make it no record")
  void odd() {
    assertEquals(Optional.empty(), DnsRecord.parse(GOOD + "; agent=scout"));
    assertEquals(Optional.empty(), DnsRecord.parse(GOOD + "; v=toq1"));
    assertTrue(DnsRecord.parse(GOOD + "; x=" + "y".repeat(3_900)).isPresent());
    assertEquals(Optional.empty(), DnsRecord.parse(GOOD + "; x=" + "y".repeat(5_000)));
  }

  @DisplayName("A record is about an address with its name, and with its port where both name one")
  @ParameterizedTest(name = "{0} and port {1}: {2}")
  @CsvSource({
    "toq://example.com/scout, 7070, true", "toq://example.com:7070/scout, 7070, true",
    "toq://example.com:7071/scout, 7070, false", "toq://example.com:7071/scout, 0, true",
    "toq://example.com/other, 7070, false"})
  void about(String address, int port, boolean is) {
    OptionalInt named = port == 0 ? OptionalInt.empty() : OptionalInt.of(port);
    assertEquals(is, new DnsRecord(KEY, named, "scout").isAbout(Address.parse(address)));
  }

  @DisplayName("R-16.5-01: only names of the public name system can have records")
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "example.com, true", "a.b.example.com, true", "lab.test, true", "com, false", "nas, false", "localhost, false",
    "x.localhost, false", "box.local, false", "192.0.2.1, false", "[2001:db8::1], false", "x.invalid, false",
    "x.onion, false"})
  void places(String host, boolean may) {
    assertEquals(may, DnsRecord.mayBeAt(new Address(host, OptionalInt.empty(), "any")));
  }

  @Test
  @DisplayName("What we publish fits one string, and is to be kept for five minutes")
  void published() {
    String text = new DnsRecord(KEY, OptionalInt.of(65_535), "a".repeat(63)).text();
    assertTrue(text.length() <= 255, text);
    assertFalse(text.contains("ed25519:"), text);
    assertEquals(300, DnsRecord.TTL_SECONDS);
  }
}
