package dev.toq.protocol.identity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.wire.StrictBase64;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class IdentityTest {
  private static final byte[] SEED_A = Base64.getDecoder().decode("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
  private static final Identity A = Identity.ofSeed(SEED_A);
  private static final Identity B = Identity.ofSeed(
      HexFormat.of().parseHex("202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"));

  @Test
  @DisplayName("R-5.3-03: the public key of a seed has the text that the deployed reference prints")
  void publicKeys() {
    assertEquals("ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", A.publicKey().toString());
    assertEquals("ed25519:Kay64UG8yvCyLhqU000LxzYeUm0L/hLIl5S8kyKWbdc=", B.publicKey().toString());
  }

  @Test
  @DisplayName("R-5.3-05: a challenge is signed as the deployed reference signs it")
  void challenge() {
    byte[] challenge = new byte[32];
    Arrays.fill(challenge, (byte) 7);
    assertSigned("tsh5AzCtkFPISzifqCNZqbzqhvkPbv3Wt5jldZHLGGDXQHROB9uKOcyUtPqmtUDdKF98smQbkxllxHzUaPeuBA==", challenge);
  }

  @Test
  @DisplayName("R-5.3-08: a rotation proof is the old key's signature over the 32 bytes of the new one")
  void rotationProof() {
    assertSigned("khEkDv4HDkeRIB7/Z5IlmMBMHp7tOnUDcpHhgQ8JyBDUW5Jsqqsh0+VwQxddANK/U4IrmZdZb5piK5VGSnjbDw==",
        B.publicKey().bytes());
  }

  @Test
  @DisplayName("R-4.4-02: the canonical bytes of an envelope are signed as the deployed reference signs them")
  void envelope() {
    String canonical = "{\"body\":{\"n\":1.5,\"ok\":true,\"text\":\"h\u00e9llo\"},"
        + "\"content_type\":\"application/json\","
        + "\"from\":\"toq://192.168.1.50:9010/alice\",\"id\":\"550e8400-e29b-41d4-a716-446655440000\",\"sequence\":2,"
        + "\"thread_id\":\"t-1\",\"timestamp\":\"2026-03-17T06:08:59.5Z\",\"to\":[\"toq://192.168.1.51/bob\"],"
        + "\"type\":\"message.send\",\"version\":\"0.1\"}";
    byte[] bytes = canonical.getBytes(StandardCharsets.UTF_8);
    assertEquals(299, bytes.length);
    assertSigned("n/V84nQhDQ2hcutWaI3sOY+GJg8K9MeJnY/LCvg4cSjS6MSezqjc8ILMci+zCsSCmbbncCqrozQgqoc5RZW9AQ==", bytes);
  }

  private static void assertSigned(String expected, byte[] message) {
    byte[] signature = A.sign(message);
    assertEquals(expected, StrictBase64.encode(signature));
    assertTrue(A.publicKey().verify(message, signature));
    assertFalse(B.publicKey().verify(message, signature));
    signature[10] ^= 1;
    assertFalse(A.publicKey().verify(message, signature));
  }

  @Test
  @DisplayName("An identity's text names the public key and no byte of the seed")
  void noSecretInText() {
    assertEquals("Identity[" + A.publicKey() + "]", A.toString());
    assertFalse(A.toString().contains(StrictBase64.encode(SEED_A)));
    assertFalse(A.toString().contains(HexFormat.of().formatHex(SEED_A)));
  }

  @Test
  @DisplayName("Nobody outside can change an identity's seed")
  void copies() {
    byte[] seed = SEED_A.clone();
    Identity identity = Identity.ofSeed(seed);
    seed[0] = 99;
    identity.seed()[1] = 99;
    assertArrayEquals(SEED_A, identity.seed());
  }

  @Test
  @DisplayName("R-13.2-02: a new identity takes 32 bytes from the generator that it is handed")
  void generated() {
    Identity one = Identity.generate(new SecureRandom());
    Identity other = Identity.generate(new SecureRandom());
    assertEquals(32, one.seed().length);
    assertFalse(Arrays.equals(one.seed(), other.seed()));
    assertTrue(one.publicKey().isAcceptable());
  }

  @Test
  @DisplayName("A seed of another length is refused")
  void wrongSeed() {
    IntStream.of(0, 31, 33, 64)
        .forEach(size -> assertThrows(IllegalArgumentException.class, () -> Identity.ofSeed(new byte[size])));
  }
}
