package dev.toq.protocol.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
  @DisplayName("R-3.1-01, R-3.2-02: an address has one spelling for the wire, and one that keeps its port")
  @ParameterizedTest(name = "R-3.1-01, R-3.2-02: {0} goes on the wire as {1} and is kept as {2}")
  @CsvSource({
    "toq://10.0.0.1:9009/a,toq://10.0.0.1/a,toq://10.0.0.1/a",
    "toq://10.0.0.1:7070/a,toq://10.0.0.1:7070/a,toq://10.0.0.1:7070/a",
    "toq://localhost:7070/a,toq://localhost:7070/a,toq://localhost:7070/a",
    "toq://box.local:7070/a,toq://box.local:7070/a,toq://box.local:7070/a",
    "toq://box.local:9009/a,toq://box.local/a,toq://box.local/a",
    "toq://example.com:7070/a,toq://example.com/a,toq://example.com:7070/a",
    "toq://example.com:9009/a,toq://example.com/a,toq://example.com:9009/a",
    "toq://example.com/a,toq://example.com/a,toq://example.com/a",
    "toq://Example.COM/a,toq://example.com/a,toq://example.com/a",
    "toq://[::1]:7070/a,toq://[::1]/a,toq://[::1]:7070/a",
    "toq://[2001:DB8:0:0:0:0:0:1]/a,toq://[2001:db8::1]/a,toq://[2001:db8::1]/a",
    "toq://192.168.1.50:9010/alice,toq://192.168.1.50:9010/alice,toq://192.168.1.50:9010/alice",
    "toq://host_1/a-1,toq://host_1/a-1,toq://host_1/a-1", "toq://a/0,toq://a/0,toq://a/0",
    "toq://xn--mnchen-3ya.example/a,toq://xn--mnchen-3ya.example/a,toq://xn--mnchen-3ya.example/a"
  })
  void spellings(String text, String wire, String full) {
    Address address = Address.parse(text);
    assertEquals(wire, address.toString());
    assertEquals(full, address.full());
    assertEquals(address, Address.parse(full));
    assertEquals(wire, Address.parse(wire).toString());
    assertTrue(address.names(Address.parse(wire)));
  }

  @DisplayName("An IPv6 host has one spelling, the shortest")
  @ParameterizedTest(name = "[{0}] is [{1}]")
  @CsvSource({
    "::,::", "::1,::1", "0:0:0:0:0:0:0:0,::", "0:0:0:0:0:0:0:1,::1", "1::,1::", "1:0:0:0:0:0:0:0,1::",
    "2001:db8:0:0:1:0:0:1,2001:db8::1:0:0:1", "2001:db8:0:1:1:1:1:1,2001:db8:0:1:1:1:1:1", "0:0:1::,0:0:1::",
    "2001:0db8::0001,2001:db8::1", "64:ff9b::192.0.2.1,64:ff9b::c000:201", "FE80::ABCD,fe80::abcd",
    "1:2:3:4:5:6:7::,1:2:3:4:5:6:7:0",
    "::2:3:4:5:6:7:8,0:2:3:4:5:6:7:8", "1:2:3:4:5:6:192.0.2.1,1:2:3:4:5:6:c000:201", "0:0:0:1:0:0:0:0,0:0:0:1::"
  })
  void ipv6(String given, String canonical) {
    assertEquals("[" + canonical + "]", Address.parse("toq://[" + given + "]/a").host());
    assertEquals(canonical, Address.parse("toq://[" + given + "]/a").dialHost());
    assertEquals("[" + canonical + "]", Address.of(given, 9009, "a").host());
  }

  @DisplayName("R-3.1-01, R-3.1-02, R-3.1-03: what is no address is refused with a sentence")
  @ParameterizedTest(name = "R-3.1-01, R-3.1-02, R-3.1-03: {0} is no address")
  @ValueSource(strings = {
    "", "toq", "toq:", "toq://", "toq:///a", "toq://host", "toq://host/", "TOQ://host/a", "http://host/a",
    " toq://host/a",
    "toq://host/a ", "toq://host/a/", "toq://host/a/b", "toq://host//a", "toq://user@host/a", "toq://host/a?b",
    "toq://host/a#b",
    "toq://host?x/a", "toq://host/A", "toq://host/a_b", "toq://host/a.b", "toq://host/-a", "toq://host/a-",
    "toq://host/-",
    "toq://host/\u00e9", "toq://host/a\n", "toq://host:/a", "toq://host:0/a", "toq://host:65536/a",
    "toq://host:99999999999/a",
    "toq://host:+9009/a", "toq://host:09009/a", "toq://host:9x/a", "toq://host:-1/a", "toq://host:90 10/a",
    "toq://:9009/a",
    "toq://::1/a", "toq://::1:9009/a", "toq://[::1/a", "toq://[]/a", "toq://[::1]x/a", "toq://[::1]9009/a",
    "toq://[:::]/a",
    "toq://[1::2::3]/a", "toq://[1:2:3:4:5:6:7]/a", "toq://[1:2:3:4:5:6:7:8:9]/a", "toq://[1:2:3:4:5:6:7:8::]/a",
    "toq://[12345::]/a", "toq://[0:0:0:0:0:ffff:7f00:1]/a", "toq://[g::]/a", "toq://[fe80::1%eth0]/a",
    "toq://[::ffff:127.0.0.1]/a", "toq://[192.0.2.1]/a", "toq://[::192.0.2.256]/a",
    "toq://[1:2:3:4:5:6:7:192.0.2.1]/a", "toq://[:1]/a", "toq://[1:]/a", "toq://[::192.0.2.1:1]/a", "toq://[[::1]]/a",
    "toq://256.0.0.1/a", "toq://1.2.3/a", "toq://1.2.3.4.5/a", "toq://127.1/a", "toq://2130706433/a", "toq://0x7f.1/a",
    "toq://0x7f000001/a", "toq://010.0.0.1/a", "toq://1.2.3.04/a", "toq://1.2.3.4./a", "toq://example.com./a",
    "toq://.example.com/a", "toq://a..b/a", "toq://-a.com/a", "toq://a-.com/a", "toq://ex ample/a", "toq://ex%61mple/a",
    "toq://m\u00fcnchen.example/a", "toq://*/a", "toq://host/*", "toq://a\\b/a", "toq://\u0130.com/a",
    "toq://\uff11.2.3.4/a",
    "toq://1.2.3.\u0664/a", "toq://host:\u0669009/a"
  })
  void refused(String text) {
    String sentence =
        String.valueOf(assertThrows(IllegalArgumentException.class, () -> Address.parse(text)).getMessage());
    assertTrue(sentence.length() > 15, sentence);
    assertFalse(sentence.contains("\n"), sentence);
  }

  @DisplayName("Names of 255 characters, hosts of 253 and labels of 63 are taken, longer ones are not")
  @Test
  void lengths() {
    String label = "l".repeat(63);
    String host = String.join(".", label, label, label, "l".repeat(61));
    assertEquals(253, host.length());
    Address longest = Address.parse("toq://" + host + ":65535/" + "n".repeat(255));
    assertEquals(longest, Address.parse(longest.full()));
    assertThrows(IllegalArgumentException.class, () -> Address.parse("toq://h/" + "n".repeat(256)));
    assertThrows(IllegalArgumentException.class, () -> Address.parse("toq://" + host + "l/a"));
    assertThrows(IllegalArgumentException.class, () -> Address.parse("toq://" + label + "l/a"));
    assertThrows(IllegalArgumentException.class, () -> Address.parse("toq://h/" + "n".repeat(10_000_000)));
  }

  @DisplayName("R-3.2-01: without a port, 9009 is dialled")
  @Test
  void ports() {
    assertEquals(9009, Address.parse("toq://example.com/a").dialPort());
    assertEquals(OptionalInt.empty(), Address.parse("toq://example.com/a").port());
    assertEquals(OptionalInt.of(9009), Address.parse("toq://example.com:9009/a").port());
    assertEquals(OptionalInt.empty(), Address.parse("toq://10.0.0.1:9009/a").port());
    assertEquals(65535, Address.parse("toq://10.0.0.1:65535/a").dialPort());
    assertThrows(IllegalArgumentException.class, () -> Address.of("localhost", 0, "a"));
  }

  @DisplayName("Two addresses name one agent where host, name and port are equal, a domain's port may lack on one side")
  @ParameterizedTest(name = "{0} and {1} name one agent: {2}")
  @CsvSource({
    "toq://example.com/a,toq://example.com:7070/a,true", "toq://example.com:7070/a,toq://example.com/a,true",
    "toq://example.com:7070/a,toq://example.com:7071/a,false", "toq://example.com:9009/a,toq://example.com/a,true",
    "toq://example.com:9009/a,toq://example.com:7070/a,false", "toq://example.com/a,toq://example.com/b,false",
    "toq://example.com/a,toq://example.org/a,false", "toq://EXAMPLE.com/a,toq://example.com/a,true",
    "toq://10.0.0.1/a,toq://10.0.0.1:9009/a,true", "toq://10.0.0.1/a,toq://10.0.0.1:7070/a,false",
    "toq://localhost/a,toq://localhost:7070/a,false", "toq://localhost/a,toq://127.0.0.1/a,false",
    "toq://box.local/a,toq://box.local:7070/a,false", "toq://[::1]/a,toq://[::1]:7070/a,true",
    "toq://[::1]:7071/a,toq://[::1]:7070/a,false", "toq://[::1]/a,toq://[0:0::1]/a,true"
  })
  void names(String left, String right, boolean same) {
    assertEquals(same, Address.parse(left).names(Address.parse(right)));
    assertEquals(same, Address.parse(right).names(Address.parse(left)));
  }

  @DisplayName("Hosts are sorted into domains, this machine and others")
  @ParameterizedTest(name = "{0}: domain {1}, this machine {2}")
  @CsvSource({
    "localhost,false,true", "LOCALHOST,false,true", "a.localhost,true,true", "127.0.0.1,false,true",
    "127.9.9.9,false,true",
    "128.0.0.1,false,false", "[::1],false,true", "[::2],false,false", "box.local,false,false",
    "local,true,false", "example.com,true,false", "127.0.0.1.example.com,true,false", "10.0.0.1,false,false",
    "notlocalhost,true,false", "0.0.0.0,false,false"
  })
  void kinds(String host, boolean domain, boolean loopback) {
    Address address = Address.parse("toq://" + host + "/a");
    assertEquals(domain, address.isDomain());
    assertEquals(loopback, address.isLoopbackHost());
  }
}
