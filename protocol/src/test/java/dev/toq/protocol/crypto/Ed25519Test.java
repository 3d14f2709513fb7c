package dev.toq.protocol.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.crypto.Curve.Point;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each test runs on every provider that loads on this machine; what is asserted is the same for all. */
class Ed25519Test {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] MESSAGE = {1, 2, 3};

  static List<Ed25519> providers() {
    Optional<AccpEd25519> accp = AccpEd25519.load();
    boolean expected = System.getProperty("os.name").equals("Linux") && System.getProperty("os.arch").equals("amd64");
    assertTrue(accp.isPresent() || !expected, "the native provider is on the test class path and must load here");
    return Stream.concat(Stream.of(new BouncyCastleEd25519()), accp.stream()).toList();
  }

  @DisplayName("R-13.1-01: the vectors of RFC 8032 section 7.1 are signed and verified")
  @ParameterizedTest(name = "R-13.1-01: RFC 8032 signs a message of {2} hex digits as {3}")
  @CsvSource({
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60,"
        + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a,'',"
        + "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb,"
        + "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c,72,"
        + "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7,"
        + "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025,af82,"
        + "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42,"
        + "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf,"
        + "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f,"
        + "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        + "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"
  })
  void rfcVectors(String seed, String key, String message, String signature) {
    for (Ed25519 provider : providers()) {
      Ed25519.Signer signer = provider.signer(HEX.parseHex(seed));
      assertEquals(key, HEX.formatHex(signer.publicKey()));
      assertEquals(signature, HEX.formatHex(signer.sign(HEX.parseHex(message))));
      assertTrue(provider.verify(HEX.parseHex(key), HEX.parseHex(message), HEX.parseHex(signature)));
      assertFalse(provider.verify(HEX.parseHex(key), HEX.parseHex(message + "00"), HEX.parseHex(signature)));
    }
  }

  static Stream<Ed25519> each() {
    return providers().stream();
  }

  @DisplayName("A key of small order is refused, also with the signature that it accepts for every message")
  @ParameterizedTest(name = "small-order keys are refused by {0}")
  @MethodSource("each")
  void smallOrderKeys(Ed25519 provider) {
    for (Point point : Curve.SMALL_ORDER) {
      byte[] key = point.encoded();
      byte[] forged = Curve.joined(Point.NEUTRAL.encoded(), new byte[32]);
      byte[] withBase = Curve.joined(Curve.BASE.encoded(), Curve.littleEndian(BigInteger.ONE));
      assertFalse(Ed25519Rules.isAcceptableKey(key), HEX.formatHex(key));
      assertFalse(provider.verify(key, MESSAGE, forged));
      assertFalse(provider.verify(key, MESSAGE, withBase));
    }
  }

  @DisplayName("An R of small order is refused under a good key, although the equation holds")
  @ParameterizedTest(name = "small-order R is refused by {0}")
  @MethodSource("each")
  void smallOrderR(Ed25519 provider) {
    BigInteger secret = new BigInteger(250, new Random(3));
    byte[] key = Curve.BASE.times(secret).encoded();
    for (Point r : Curve.SMALL_ORDER) {
      BigInteger s = Curve.challenge(r.encoded(), key, MESSAGE).multiply(secret).mod(Curve.L);
      assertFalse(provider.verify(key, MESSAGE, Curve.joined(r.encoded(), Curve.littleEndian(s))));
    }
  }

  @DisplayName("S + L, which gives the same point, is refused, as is every other S that is not below L")
  @ParameterizedTest(name = "S not below L is refused by {0}")
  @MethodSource("each")
  void malleableS(Ed25519 provider) {
    for (int i = 0; i < 20; i++) {
      byte[] seed = new byte[32];
      seed[0] = (byte) i;
      Ed25519.Signer signer = provider.signer(seed);
      byte[] signature = signer.sign(MESSAGE);
      byte[] r = Arrays.copyOf(signature, 32);
      BigInteger s = Curve.number(Arrays.copyOfRange(signature, 32, 64));
      assertTrue(provider.verify(signer.publicKey(), MESSAGE, signature));
      for (BigInteger multiple = s.add(Curve.L); multiple.bitLength() <= 256; multiple = multiple.add(Curve.L)) {
        assertFalse(provider.verify(signer.publicKey(), MESSAGE, Curve.joined(r, Curve.littleEndian(multiple))));
      }
    }
    assertFalse(Ed25519Rules.isAcceptableSignature(
        Curve.joined(Curve.BASE.encoded(), Curve.littleEndian(Curve.L))));
    assertTrue(Ed25519Rules.isAcceptableSignature(
        Curve.joined(Curve.BASE.encoded(), Curve.littleEndian(Curve.L.subtract(BigInteger.ONE)))));
  }

  @DisplayName("An encoding whose y is not below p, or that is no point, is refused as key and as R")
  @ParameterizedTest(name = "non-canonical encodings are refused by {0}")
  @MethodSource("each")
  void nonCanonical(Ed25519 provider) {
    Ed25519.Signer signer = provider.signer(new byte[32]);
    byte[] good = signer.sign(MESSAGE);
    byte[] s = Arrays.copyOfRange(good, 32, 64);
    for (int above = 0; above < 19; above++) {
      byte[] point = Curve.littleEndian(Curve.P.add(BigInteger.valueOf(above)));
      byte[] negative = point.clone();
      negative[31] |= (byte) 0x80;
      for (byte[] encoding : List.of(point, negative)) {
        assertFalse(Ed25519Rules.isAcceptableKey(encoding));
        assertFalse(provider.verify(encoding, MESSAGE, good));
        assertFalse(provider.verify(signer.publicKey(), MESSAGE, Curve.joined(encoding, s)));
      }
    }
    byte[] noPoint = Curve.littleEndian(BigInteger.TWO);
    assertFalse(Ed25519Rules.isAcceptableKey(noPoint));
    assertFalse(provider.verify(noPoint, MESSAGE, good));
  }

  @DisplayName("All providers give one verdict on signatures with parts of small order")
  @ParameterizedTest(name = "parts of small order are judged alike by {0}")
  @MethodSource("each")
  void mixedOrder(Ed25519 provider) {
    Random random = new Random(9);
    for (Point torsion : Curve.SMALL_ORDER.subList(1, 8)) {
      BigInteger secret = new BigInteger(250, random);
      BigInteger nonce = new BigInteger(250, random);
      byte[] pure = Curve.BASE.times(secret).encoded();
      byte[] mixed = Curve.BASE.times(secret).plus(torsion).encoded();
      byte[] r = Curve.BASE.times(nonce).encoded();
      byte[] mixedR = Curve.BASE.times(nonce).plus(torsion).encoded();
      assertFalse(Ed25519Rules.isAcceptableKey(mixed));
      assertFalse(provider.verify(mixed, MESSAGE, signed(secret, nonce, mixed, r)));
      assertFalse(provider.verify(mixed, MESSAGE, signed(secret, nonce, mixed, mixedR)));
      assertTrue(provider.verify(pure, MESSAGE, signed(secret, nonce, pure, r)));
      assertTrue(provider.verify(pure, MESSAGE, signed(secret, nonce, pure, mixedR)));
    }
  }

  private static byte[] signed(BigInteger secret, BigInteger nonce, byte[] key, byte[] r) {
    BigInteger s = nonce.add(Curve.challenge(r, key, MESSAGE).multiply(secret)).mod(Curve.L);
    return Curve.joined(r, Curve.littleEndian(s));
  }

  @DisplayName("Inputs of the wrong length are no signature and no key, and never an exception")
  @ParameterizedTest(name = "wrong lengths are refused by {0}")
  @MethodSource("each")
  void wrongLengths(Ed25519 provider) {
    Ed25519.Signer signer = provider.signer(new byte[32]);
    byte[] signature = signer.sign(MESSAGE);
    for (int length : new int[] {0, 1, 31, 63, 65, 128}) {
      assertFalse(provider.verify(signer.publicKey(), MESSAGE, Arrays.copyOf(signature, length)));
      assertFalse(provider.verify(Arrays.copyOf(signer.publicKey(), length), MESSAGE, signature));
      assertThrows(IllegalArgumentException.class, () -> provider.signer(new byte[length]));
    }
  }

  @DisplayName("A flipped bit anywhere breaks a signature")
  @ParameterizedTest(name = "flipped bits are seen by {0}")
  @MethodSource("each")
  void flippedBits(Ed25519 provider) {
    Ed25519.Signer signer = provider.signer(new byte[32]);
    byte[] signature = signer.sign(MESSAGE);
    for (int bit = 0; bit < 512; bit += 7) {
      byte[] broken = signature.clone();
      broken[bit / 8] ^= (byte) (1 << bit % 8);
      assertFalse(provider.verify(signer.publicKey(), MESSAGE, broken));
    }
  }

  @DisplayName("Providers make the same signatures")
  @Test
  void sameSignatures() {
    Random random = new Random(4);
    for (int i = 0; i < 50; i++) {
      byte[] seed = new byte[32];
      byte[] message = new byte[random.nextInt(300)];
      random.nextBytes(seed);
      random.nextBytes(message);
      byte[] expected = providers().getFirst().signer(seed).sign(message);
      for (Ed25519 provider : providers()) {
        assertArrayEquals(expected, provider.signer(seed).sign(message));
        assertTrue(provider.verify(provider.signer(seed).publicKey(), message, expected));
      }
    }
  }

  @DisplayName("One provider and one signer serve many threads at once")
  @ParameterizedTest(name = "{0} serves many threads")
  @MethodSource("each")
  void manyThreads(Ed25519 provider) throws InterruptedException, ExecutionException {
    Ed25519.Signer signer = provider.signer(new byte[32]);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> verdicts = IntStream.range(0, 200)
          .mapToObj(i -> threads.submit(() -> {
            byte[] message = {(byte) i};
            return provider.verify(signer.publicKey(), message, signer.sign(message));
          }))
          .toList();
      for (Future<Boolean> verdict : verdicts) {
        assertTrue(verdict.get());
      }
    }
  }

  @DisplayName("More keys than are kept ready still verify")
  @Test
  void manyKeys() {
    Ed25519 provider = new BouncyCastleEd25519();
    PreparedKeys<Integer> keys = new PreparedKeys<>(raw -> Optional.of((int) raw[0]));
    byte[] first = provider.signer(new byte[32]).publicKey();
    assertEquals(Optional.of((int) first[0]), keys.of(first));
    for (int i = 1; i <= 2100; i++) {
      byte[] seed = {(byte) i, (byte) (i >> 8), 1};
      assertTrue(keys.of(provider.signer(Arrays.copyOf(seed, 32)).publicKey()).isPresent());
    }
    assertEquals(Optional.of((int) first[0]), keys.of(first));
    assertEquals(Optional.empty(), keys.of(new byte[32]));
  }

  @DisplayName("The property toq.ed25519 forces a provider, and a wrong word is refused")
  @Test
  void forced() {
    assertEquals("Bouncy Castle", Ed25519Choice.choose("bc").name());
    assertEquals(providers().getLast().name(), Ed25519Choice.choose(null).name());
    assertEquals(providers().getLast().name(), Ed25519Choice.choose("").name());
    assertEquals("toq.ed25519 is bc or accp, not sunec",
        assertThrows(IllegalStateException.class, () -> Ed25519Choice.choose("sunec")).getMessage());
  }

  @DisplayName("A provider that computes wrongly does not pass the self-test")
  @Test
  void selfTest() {
    assertTrue(SelfTest.passes(new BouncyCastleEd25519()));
    assertFalse(SelfTest.passes(new Yes()));
  }

  /** Signs rightly and verifies everything. */
  private static final class Yes implements Ed25519 {
    private final Ed25519 good = new BouncyCastleEd25519();

    @Override
    public String name() {
      return "yes";
    }

    @Override
    public Signer signer(byte[] seed) {
      return good.signer(seed);
    }

    @Override
    public boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
      return true;
    }
  }
}
