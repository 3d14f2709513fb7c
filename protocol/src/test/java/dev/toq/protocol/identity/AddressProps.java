package dev.toq.protocol.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;

class AddressProps {
  @Property
  @Label("R-3.1-01: an address is read back from the spelling that keeps its port")
  void roundTrip(@ForAll("addresses") Address address) {
    assertEquals(address, Address.parse(address.full()));
    assertEquals(address.full(), Address.parse(address.full()).full());
  }

  @Property
  @Label("An address that was read from the wire goes back on the wire as it came")
  void wireIsStable(@ForAll("addresses") Address address) {
    Address received = Address.parse(address.toString());
    assertEquals(address.toString(), received.toString());
    assertTrue(address.names(received));
    assertTrue(received.names(address));
  }

  @Property
  @Label("Letters of the host may be of either case")
  void hostCase(@ForAll("addresses") Address address) {
    String host = "//" + address.host();
    assertEquals(address, Address.parse(address.full().replace(host, host.toUpperCase(Locale.ROOT))));
  }

  @Property
  @Label("Naming is symmetric, and every address names itself")
  void naming(@ForAll("addresses") Address left, @ForAll("addresses") Address right) {
    assertTrue(left.names(left));
    assertEquals(left.names(right), right.names(left));
    Address moved = new Address(left.host(), right.port(), left.agent());
    assertEquals(left.names(moved), moved.names(left));
    assertEquals(left.dialPort() == moved.dialPort() || left.toString().equals(moved.toString())
        && (left.port().isEmpty() || moved.port().isEmpty()), left.names(moved));
  }

  @Property
  @Label("R-3.1-02: any text is an address or is refused with a sentence, and an address is what it says")
  void anyText(@ForAll("nearAddresses") String text) {
    try {
      Address address = Address.parse(text);
      assertTrue(address.agent().matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?"));
      assertTrue(text.toLowerCase(Locale.ROOT).startsWith("toq://"));
      assertTrue(text.endsWith("/" + address.agent()));
    } catch (IllegalArgumentException refused) {
      assertTrue(String.valueOf(refused.getMessage()).length() > 15);
    }
  }

  @Property
  @Label("An IPv6 host means the address that the platform reads from it")
  void ipv6MeansTheSame(@ForAll @Size(8) short[] groups) throws UnknownHostException {
    groups[0] |= 1; // no IPv4 address in disguise
    String spelled = IntStream.range(0, 8).mapToObj(i -> Integer.toHexString(groups[i] & 0xffff))
        .collect(Collectors.joining(":"));
    byte[] bytes = new byte[16];
    for (int i = 0; i < 8; i++) {
      bytes[2 * i] = (byte) (groups[i] >> 8);
      bytes[2 * i + 1] = (byte) groups[i];
    }
    String host = Address.parse("toq://[" + spelled + "]/a").host();
    assertEquals(InetAddress.getByAddress(bytes), InetAddress.ofLiteral(host));
    assertEquals(host, Address.parse("toq://" + host + "/a").host());
  }

  @Provide
  Arbitrary<Address> addresses() {
    Arbitrary<String> label = Arbitraries.strings().withCharRange('a', 'z').numeric().withChars('_')
        .ofMinLength(1).ofMaxLength(8);
    Arbitrary<String> domain =
        label.list().ofMaxSize(3).map(labels -> String.join(".", labels) + (labels.isEmpty() ? "h" : ".h"));
    Arbitrary<String> ipv4 = Arbitraries.integers().between(0, 255).list().ofSize(4)
        .map(bytes -> bytes.stream().map(String::valueOf).collect(Collectors.joining(".")));
    Arbitrary<String> ipv6 = Arbitraries.frequency(Tuple.of(2, 0), Tuple.of(1, 0xabc))
        .list().ofSize(8)
        .map(groups -> "[" + groups.stream().map(Integer::toHexString).collect(Collectors.joining(":")) + "]");
    Arbitrary<String> special = Arbitraries.of("localhost", "box.local", "a.b.local", "example.com");
    Arbitrary<OptionalInt> port = Arbitraries.oneOf(
        Arbitraries.just(OptionalInt.empty()),
        Arbitraries.just(OptionalInt.of(9009)),
        Arbitraries.integers().between(1, 65_535).map(OptionalInt::of));
    Arbitrary<String> agent = Arbitraries.strings().withCharRange('a', 'z').numeric().withChars('-')
        .ofMaxLength(20).map(text -> "a" + text + "0");
    return Combinators.combine(Arbitraries.oneOf(domain, ipv4, ipv6, special), port, agent).as(Address::new)
        .withoutEdgeCases();
  }

  @Provide
  Arbitrary<String> nearAddresses() {
    Arbitrary<String> piece = Arbitraries.of("toq://", "/", ":", "[", "]", "::", "1", "9009", "a", "A", "-", ".",
        "_", " ", "127.0.0.1", "localhost", "example.com", "@", "?", "#", "%", "*", "\u0000", "\u00e9", "65536");
    Arbitrary<String> soup = piece.list().ofMaxSize(10).map(pieces -> "toq://" + String.join("", pieces));
    return Arbitraries.oneOf(soup, addresses().map(Address::full), Arbitraries.strings());
  }
}
