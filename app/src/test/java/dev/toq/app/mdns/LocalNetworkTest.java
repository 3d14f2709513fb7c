package dev.toq.app.mdns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.daemon.Nearby.Found;
import dev.toq.app.daemon.Ticker;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Two agents on the loopback that speak mDNS as released, and a stranger who says whatever they like. */
class LocalNetworkTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final long SEED = 20261126;
  private final Random random = new Random(SEED);

  private static LocalNetwork network(String agent, int port, PublicKey key) {
    return new LocalNetwork(() -> Set.of(LOOPBACK), agent, port, true, key, Ticker.SYSTEM).start();
  }

  private static void await(String what, BooleanSupplier holds) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    while (!holds.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "not in time: " + what);
      Thread.onSpinWait();
    }
  }

  private static List<Found> heard(LocalNetwork by) {
    try {
      return by.agents(Duration.ofMillis(50));
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
  }

  private static boolean hears(LocalNetwork by, String agent, int port, PublicKey key) {
    return heard(by).stream().anyMatch(found -> found.address().agent().equals(agent)
        && found.address().dialPort() == port && found.key().equals(key) && found.places().equals(List.of(LOOPBACK)));
  }

  @Test
  @DisplayName("R-20.2-01 R-20.3-01 Two agents find each other, a new key is announced, a goodbye is heard")
  void eachOther() {
    PublicKey ann = Identity.generate(random).publicKey();
    PublicKey bob = Identity.generate(random).publicKey();
    PublicKey next = Identity.generate(random).publicKey();
    try (LocalNetwork here = network("ann-of-the-test", 9101, ann)) {
      try (LocalNetwork there = network("bob-of-the-test", 9102, bob)) {
        await("ann hears bob", () -> hears(here, "bob-of-the-test", 9102, bob));
        await("bob hears ann", () -> hears(there, "ann-of-the-test", 9101, ann));
        assertFalse(hears(here, "ann-of-the-test", 9101, ann), "an agent does not find itself");
        String host = heard(here).stream()
            .filter(found -> found.key().equals(bob)).findFirst().orElseThrow().address().host();
        assertTrue(there.isOwnHost(host), host);
        there.announce(next);
        await("ann hears bob's new key", () -> hears(here, "bob-of-the-test", 9102, next));
        assertFalse(hears(here, "bob-of-the-test", 9102, bob));
      }
      await("ann hears that bob left", () -> heard(here).stream().noneMatch(found -> found.key().equals(next)));
    }
  }

  @Test
  @DisplayName("Packets of strangers, broken or in thousands, fill no memory, end no thread, and are nobody that is "
      + "found")
  void strangers() throws Exception {
    PublicKey key = Identity.generate(random).publicKey();
    try (Link link = Link.open(LOOPBACK);
        DatagramSocket stranger = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0))) {
      stranger.setOption(StandardSocketOptions.IP_MULTICAST_IF, NetworkInterface.getByInetAddress(LOOPBACK));
      for (int i = 0; i < 300; i++) {
        byte[] noise = new byte[random.nextInt(1500)];
        random.nextBytes(noise);
        say(stranger, noise);
        byte[] cut = answer(List.of(pointer("x" + i + "._toq._tcp.local")));
        cut[random.nextInt(cut.length)] = (byte) random.nextInt();
        say(stranger, Arrays.copyOf(cut, random.nextInt(cut.length)));
        say(stranger, loop());
      }
      int said = 0;
      while (link.records() < BoundedJmdns.MOST_RECORDS && said < 300_000) { // the system drops most of a flood
        say(stranger, answer(List.of(pointer("s" + said++ + "._toq._tcp.local"))));
      }
      assertEquals(BoundedJmdns.MOST_RECORDS, link.records(), "after " + said + " packets");
      for (int i = 0; i < 1000; i++) {
        say(stranger, answer(List.of(pointer("u" + i + "._toq._tcp.local"))));
        say(stranger, answer(List.of(record("t" + i + "._other._tcp.local", 16, new byte[] {1, 'x'}))));
      }
      assertEquals(BoundedJmdns.MOST_RECORDS, link.records());
      assertEquals(List.of(), link.found());
    }
    try (LocalNetwork here = network("dan-of-the-test", 9103, Identity.generate(random).publicKey());
        LocalNetwork there = network("eve-of-the-test", 9104, key)) {
      await("others are heard after it", () -> hears(here, "eve-of-the-test", 9104, key));
    }
  }

  private static void say(DatagramSocket stranger, byte[] packet) throws IOException {
    stranger.send(new DatagramPacket(packet, packet.length, InetAddress.ofLiteral("224.0.0.251"), 5353));
  }

  /** A response with these records, all with a lifetime of 68 years. */
  private static byte[] answer(List<byte[]> records) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    for (int word : new int[] {0, 0x8400, 0, records.size(), 0, 0}) {
      out.writeShort(word);
    }
    for (byte[] record : records) {
      out.write(record);
    }
    return bytes.toByteArray();
  }

  private static byte[] pointer(String service) throws IOException {
    return record("_toq._tcp.local", 12, name(service));
  }

  private static byte[] record(String owner, int type, byte[] data) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(name(owner));
    out.writeShort(type);
    out.writeShort(1);
    out.writeInt(Integer.MAX_VALUE);
    out.writeShort(data.length);
    out.write(data);
    return bytes.toByteArray();
  }

  private static byte[] name(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (String label : text.split("\\.", -1)) {
      bytes.write(label.length());
      bytes.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
    }
    bytes.write(0);
    return bytes.toByteArray();
  }

  /** A name that points at itself (RFC 1035 section 4.1.4). */
  private static byte[] loop() throws IOException {
    byte[] packet = answer(List.of(record("x", 12, new byte[] {0})));
    packet[12] = (byte) 0xC0;
    packet[13] = 12;
    return packet;
  }
}
