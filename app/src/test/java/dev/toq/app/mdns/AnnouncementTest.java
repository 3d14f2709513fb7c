package dev.toq.app.mdns;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.toq.app.daemon.Nearby.Found;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What an announcement says, and what is none. */
class AnnouncementTest {
  private static final String BASE64 = "3CqvoBLs4vCaUxnnx+MbmSSWovAHmhZcB1fJx/xtXkk=";
  private static final PublicKey KEY = PublicKey.parse("ed25519:" + BASE64);
  private static final List<InetAddress> PLACES = List.of(InetAddress.ofLiteral("192.168.1.7"));

  private static byte[] record(String... strings) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String text : strings) {
      bytes.write(text.length());
      bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }
    return bytes.toByteArray();
  }

  private static Optional<Address> address(String name, String server, int port) {
    return Announcement.read(name, server, port, TxtRecord.of(KEY), PLACES, false).map(Found::address);
  }

  @Test
  @DisplayName("R-20.2-01 The TXT record has a string for v=toq1 and one for the key (A-85)")
  void written() {
    assertArrayEquals(record("v=toq1", "key=" + BASE64), TxtRecord.of(KEY));
  }

  @Test
  @DisplayName("A TXT record is read in any order, in one string with semicolons, with more in it, and in any case of "
      + "names")
  void read() {
    for (byte[] record : List.of(record("v=toq1", "key=" + BASE64), record("key=" + BASE64, "v=toq1"),
        record("v=toq1; key=" + BASE64), record("v=toq1;key=" + BASE64 + ";"), record("V=toq1", "KEY=" + BASE64),
        record("v=toq1", "x", "=y", "", "note=a=b", "key=ed25519:" + BASE64, "key=other"))) {
      assertEquals(Optional.of(KEY), TxtRecord.key(record), new String(record, StandardCharsets.ISO_8859_1));
    }
  }

  @Test
  @DisplayName("A TXT record without version or key, with others, cut or too long is none of ours")
  void notRead() {
    byte[] good = record("v=toq1", "key=" + BASE64);
    for (byte[] record : List.of(new byte[0], record(""), record("v=toq1"), record("key=" + BASE64),
        record("v=toq10", "key=" + BASE64), record("v=toq2", "v=toq1", "key=" + BASE64), record("v=toq1", "key="),
        record("v=toq1", "key=" + BASE64.substring(4)), record("v=toq1", "key=\0" + BASE64),
        Arrays.copyOf(good, good.length - 1),
        record(IntStream.range(0, 1000).mapToObj(i -> i == 0 ? "v=toq1" : "key=" + BASE64).toArray(String[]::new)))) {
      assertEquals(Optional.empty(), TxtRecord.key(record), new String(record, StandardCharsets.ISO_8859_1));
    }
  }

  @Test
  @DisplayName("R-20.3-01 PTR, SRV and TXT make toq://host.local:port/agent")
  void address() {
    assertEquals(Optional.of(new Found(Address.parse("toq://attic.local:9010/scout"), KEY, PLACES)),
        Announcement.read("scout", "Attic.local.", 9010, TxtRecord.of(KEY), PLACES, false));
    assertEquals(Optional.of(Address.parse("toq://attic.local/scout")), address("scout", "attic.local", 9009));
  }

  @Test
  @DisplayName("What a conflict of names added is no part of the agent's name (A-85)")
  void conflicts() {
    for (String name : List.of("scout", "scout (2)", "scout #2", "scout (17)")) {
      assertEquals(Optional.of(Address.parse("toq://attic.local/scout")), address(name, "attic.local.", 9009), name);
    }
    assertEquals(Optional.of(Address.parse("toq://attic.local/scout-2")), address("scout-2", "attic.local.", 9009));
  }

  @Test
  @DisplayName("Nonsense for a name, a host or a port is passed over")
  void nonsense() {
    for (String name : List.of("", "Scout", "a b", "../x", "scout\0", "x".repeat(256), "-scout", "scout/", "é")) {
      assertEquals(Optional.empty(), address(name, "attic.local.", 9009), name);
    }
    for (String host : List.of("", ".local.", "attic.example.", "127.0.0.1", "local.", "a b.local.", "attic\n.local.",
        "x".repeat(300) + ".local.", "évil.local.", "attic..local.")) {
      assertEquals(Optional.empty(), address("scout", host, 9009), host);
    }
    for (int port : List.of(0, -1, 65_536)) {
      assertEquals(Optional.empty(), address("scout", "attic.local.", port), "port " + port);
    }
  }

  @Test
  @DisplayName("Places that lead to this machine, to everybody or to nobody do not count, and eight are enough")
  void places() {
    List<InetAddress> bad = List.of("127.0.0.1", "0.0.0.0", "224.0.0.251", "::1", "::", "ff02::fb", "fe80::1").stream()
        .map(InetAddress::ofLiteral).toList();
    assertEquals(Optional.empty(), Announcement.read("scout", "a.local.", 9009, TxtRecord.of(KEY), bad, false));
    List<InetAddress> many =
        IntStream.range(1, 100).mapToObj(i -> InetAddress.ofLiteral("192.168.1." + i)).toList();
    assertEquals(many.subList(0, 8),
        Announcement.read("scout", "a.local.", 9009, TxtRecord.of(KEY), many, false).orElseThrow().places());
  }

  @Test
  @DisplayName("No bytes make the reader of TXT records fail")
  void anyBytes() {
    long seed = 20261126;
    Random random = new Random(seed);
    byte[] good = record("v=toq1", "key=" + BASE64);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = random.nextBoolean() ? good.clone() : new byte[random.nextInt(300)];
      for (int changes = random.nextInt(6); changes > 0 && bytes.length > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      TxtRecord.key(bytes); // must return
    }
  }
}
