package dev.toq.protocol.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.toq.protocol.identity.Identity;
import java.util.HexFormat;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

class X25519Test {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] BASE_POINT = HEX.parseHex("09" + "00".repeat(31));

  private static Identity identity(int first) {
    byte[] seed = new byte[32];
    for (int i = 0; i < seed.length; i++) {
      seed[i] = (byte) (first + i);
    }
    return Identity.ofSeed(seed);
  }

  @Example
  @Label("R-13.1-02: the vectors of RFC 7748 sections 5.2 and 6.1 are computed")
  void rfcVectors() {
    assertEquals("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552", HEX.formatHex(X25519.agreement(
        HEX.parseHex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
        HEX.parseHex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")).orElseThrow()));
    byte[] alice = HEX.parseHex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    byte[] bob = HEX.parseHex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    byte[] shared = HEX.parseHex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assertArrayEquals(shared, X25519.agreement(alice, X25519.agreement(bob, BASE_POINT).orElseThrow()).orElseThrow());
    assertArrayEquals(shared, X25519.agreement(bob, X25519.agreement(alice, BASE_POINT).orElseThrow()).orElseThrow());
  }

  @Example
  @Label("R-13.2-03, R-13.2-04: two identities share the secret that their Ed25519 keys alone give (A-34)")
  void vectors() {
    Identity a = identity(0);
    Identity b = identity(0x20);
    assertEquals("4701d08488451f545a409fb58ae3e58581ca40ac3f7f114698cd71deac73ca01",
        HEX.formatHex(X25519.point(a.publicKey().bytes())));
    assertEquals("5730800ab340fcb18ce5111eda9d705f91388b41e4544cbd103ba5942db2233e",
        HEX.formatHex(X25519.point(b.publicKey().bytes())));
    byte[] shared = X25519.shared(a.seed(), b.publicKey().bytes()).orElseThrow();
    assertEquals("f6f92efb32945aff683324a1c984c5001f46aaea513f3453138d740b3a604b7d", HEX.formatHex(shared));
    assertArrayEquals(shared, X25519.shared(b.seed(), a.publicKey().bytes()).orElseThrow());
  }

  @Property(tries = 100)
  @Label("R-13.2-03: both halves of the pair follow from the Ed25519 key, and both sides compute the same")
  void convertsBothHalves(@ForAll @Size(32) byte[] seed, @ForAll @Size(32) byte[] other) {
    Identity a = Identity.ofSeed(seed);
    Identity b = Identity.ofSeed(other);
    assertArrayEquals(X25519.agreement(X25519.scalar(seed), BASE_POINT).orElseThrow(),
        X25519.point(a.publicKey().bytes()));
    assertArrayEquals(X25519.shared(seed, b.publicKey().bytes()).orElseThrow(),
        X25519.shared(other, a.publicKey().bytes()).orElseThrow());
  }

  @Example
  @Label("An all-zero secret is none: keys of small order share nothing (A-34)")
  void smallOrder() {
    byte[] seed = identity(0).seed();
    for (String point : new String[] {"00".repeat(32), "01" + "00".repeat(31), "ec" + "ff".repeat(30) + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"}) {
      assertEquals(Optional.empty(), X25519.shared(seed, HEX.parseHex(point)), point);
    }
  }

  @Example
  @Label("A key or seed of another length is refused")
  void lengths() {
    assertThrows(IllegalArgumentException.class, () -> X25519.shared(new byte[31], new byte[32]));
    assertThrows(IllegalArgumentException.class, () -> X25519.shared(new byte[32], new byte[33]));
  }
}
