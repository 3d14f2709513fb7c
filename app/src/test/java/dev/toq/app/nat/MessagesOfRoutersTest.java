package dev.toq.app.nat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The bytes of PCP and NAT-PMP, written from the figures of RFC 6887 and RFC 6886. */
class MessagesOfRoutersTest {
  private static final byte[] NONCE = HexFormat.of().parseHex("000102030405060708090a0b");
  private static final Wish WISH = new Wish(9009, Duration.ofSeconds(3600), NONCE);
  private static final InetAddress LOCAL = InetAddress.ofLiteral("192.168.77.2");

  private static byte[] bytes(String... hex) {
    return HexFormat.of().parseHex(String.join("", hex).replace(" ", ""));
  }

  private static final byte[] PCP_ANSWER = bytes(
      "02 81 00 00", "00000e10", "0000004d", "00".repeat(12), // RFC 6887 figure 3
      "000102030405060708090a0b", "06 000000", "2331", "2332", "00".repeat(10), "ffff cb007107"); // figure 10

  @Test
  @DisplayName("A PCP request has the bytes of RFC 6887 figures 2 and 9, and removes with lifetime 0")
  void pcpRequest() {
    assertArrayEquals(bytes("02 01 0000", "00000e10", "00".repeat(10), "ffff c0a84d02",
        "000102030405060708090a0b", "06 000000", "2331", "2331", "00".repeat(10), "ffff 00000000"),
        PcpMessage.request(LOCAL, WISH, 3600));
    assertArrayEquals(bytes("02 01 0000", "00000000", "00".repeat(10), "ffff c0a84d02",
        "000102030405060708090a0b", "06 000000", "2331", "0000", "00".repeat(10), "ffff 00000000"),
        PcpMessage.request(LOCAL, WISH, 0));
  }

  @Test
  @DisplayName("A PCP answer tells outside address, port and lifetime; a refusal tells why")
  void pcpAnswer() throws IOException {
    assertEquals(
        Optional.of(new PcpMessage.Granted(
            Optional.of(InetAddress.ofLiteral("203.0.113.7")), 9010, Duration.ofHours(1))),
        PcpMessage.answer(PCP_ANSWER, WISH));
    byte[] refused = PCP_ANSWER.clone();
    refused[3] = 2;
    assertEquals("the router says no: not authorized",
        assertThrows(RefusedException.class, () -> PcpMessage.answer(refused, WISH)).getMessage());
    refused[3] = (byte) 200;
    assertEquals("the router says no: result 200",
        assertThrows(RefusedException.class, () -> PcpMessage.answer(refused, WISH)).getMessage());
  }

  @Test
  @DisplayName("What is no answer to this very request is passed over: other nonce, port, protocol, opcode, cut, no "
      + "answer")
  void pcpStrangers() throws IOException {
    for (int changed : List.of(1, 24, 35, 36, 40, 41)) {
      byte[] other = PCP_ANSWER.clone();
      other[changed] ^= 1;
      assertEquals(Optional.empty(), PcpMessage.answer(other, WISH), "byte " + changed);
    }
    for (int length = 0; length < PCP_ANSWER.length; length++) {
      assertEquals(Optional.empty(), PcpMessage.answer(Arrays.copyOf(PCP_ANSWER, length), WISH), "length " + length);
    }
    assertEquals(Optional.empty(), PcpMessage.answer(PcpMessage.request(LOCAL, WISH, 3600), WISH), "our own echo");
  }

  @Test
  @DisplayName("A router that knows NAT-PMP alone says so with its version, and PCP is over")
  void pcpOtherVersion() {
    IOException told = assertThrows(IOException.class, () -> PcpMessage.answer(bytes("00 81 0001 00000009"), WISH));
    assertEquals("the router speaks version 0 of it", told.getMessage());
  }

  @Test
  @DisplayName("NAT-PMP messages have the bytes of RFC 6886 section 3")
  void natPmp() throws IOException {
    assertArrayEquals(bytes("00 00"), NatPmpMessage.addressRequest());
    assertArrayEquals(bytes("00 02 0000 2331 2331 00000e10"), NatPmpMessage.mapRequest(9009, 3600));
    assertArrayEquals(bytes("00 02 0000 2331 0000 00000000"), NatPmpMessage.mapRequest(9009, 0));
    assertEquals(Optional.of(InetAddress.ofLiteral("203.0.113.7")),
        NatPmpMessage.address(bytes("00 80 0000 0000004d cb007107")));
    assertEquals(Optional.of(new NatPmpMessage.Granted(9010, 3600)),
        NatPmpMessage.granted(bytes("00 82 0000 0000004d 2331 2332 00000e10"), 9009));
    assertEquals("the router says no: not authorized", assertThrows(RefusedException.class,
        () -> NatPmpMessage.granted(bytes("00 82 0002 0000004d"), 9009)).getMessage());
  }

  @Test
  @DisplayName("NAT-PMP messages about another port, of another kind, or cut are passed over")
  void natPmpStrangers() throws IOException {
    byte[] good = bytes("00 82 0000 0000004d 2331 2332 00000e10");
    assertEquals(Optional.empty(), NatPmpMessage.granted(good, 9010));
    assertEquals(Optional.empty(), NatPmpMessage.address(good));
    for (int length = 0; length < good.length; length++) {
      assertEquals(Optional.empty(), NatPmpMessage.granted(Arrays.copyOf(good, length), 9009), "length " + length);
    }
  }

  @Test
  @DisplayName("No bytes at all make a reader fail otherwise than by its own word")
  void anyBytes() {
    long seed = 20261126;
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] message = PCP_ANSWER.clone();
      for (int changes = random.nextInt(8); changes > 0; changes--) {
        message[random.nextInt(message.length)] = (byte) random.nextInt();
      }
      byte[] cut = Arrays.copyOf(message, random.nextInt(message.length + 8));
      assertTrue(survives(cut), "seed " + seed + ": " + HexFormat.of().formatHex(cut));
    }
  }

  private interface Reading {
    void read(byte[] message) throws IOException;
  }

  private static boolean survives(byte[] message) {
    for (Reading reader : List.<Reading>of(
        bytes -> PcpMessage.answer(bytes, WISH), bytes -> NatPmpMessage.granted(bytes, 9009), NatPmpMessage::address)) {
      try {
        reader.read(message);
      } catch (IOException itsOwnWord) {
        continue;
      } catch (RuntimeException fault) {
        return false;
      }
    }
    return true;
  }

  @Test
  @DisplayName("No lifetime of a router counts for more than a week, and none is read as negative")
  void lifetimes() {
    assertEquals(Duration.ofSeconds(0xFFFF_FFFFL), Mapping.seconds(-1));
    assertEquals(Optional.of(Duration.ofDays(7)),
        new Mapping(Optional.empty(), 9009, Optional.of(Mapping.seconds(-1))).lifetime());
  }

  @Test
  @DisplayName("The router is the one of the default route with the least metric")
  void routes() throws IOException {
    String head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
    boolean little = java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN;
    String first = little ? "014DA8C0" : "C0A84D01";
    String second = little ? "0100000A" : "0A000001";
    List<String> table = List.of(head,
        "eth0\t00000000\t" + first + "\t0003\t0\t0\t100\t00000000\t0\t0\t0",
        "wlan0\t00000000\t" + second + "\t0003\t0\t0\t600\t00000000\t0\t0\t0",
        "eth0\t004DA8C0\t00000000\t0001\t0\t0\t1\t00FFFFFF\t0\t0\t0",
        "tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0");
    assertEquals(Optional.of(InetAddress.ofLiteral("192.168.77.1")), Gateway.of(table));
    assertEquals(Optional.empty(), Gateway.of(List.of(head)));
    assertEquals(Optional.empty(), Gateway.of(List.of()));
  }

  @Test
  @DisplayName("Private, shared, local and loopback addresses are no outside")
  void outside() {
    for (String inside : List.of("10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.127.255.254",
        "169.254.1.1", "127.0.0.1", "0.0.0.0", "fd00::1", "fe80::1", "::1")) {
      assertTrue(Outside.isPrivate(InetAddress.ofLiteral(inside)), inside);
    }
    for (String outside : List.of("8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2001:db8::1")) {
      assertTrue(!Outside.isPrivate(InetAddress.ofLiteral(outside)), outside);
    }
  }
}
