package dev.toq.protocol.identity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicKeyTest {
  private static final String A = "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";

  @DisplayName("R-5.3-03: a key is read from its text and printed as the same text")
  @Test
  void text() {
    PublicKey key = PublicKey.parse(A);
    assertEquals(A, key.toString());
    assertArrayEquals(Base64.getDecoder().decode(A.substring(8)), key.bytes());
    assertEquals(key, PublicKey.ofBytes(key.bytes()));
    assertEquals(key.hashCode(), PublicKey.ofBytes(key.bytes()).hashCode());
  }

  @DisplayName("A key has exactly one text, so that no other spelling dodges a block")
  @ParameterizedTest(name = "not the text of a key: {0}")
  @ValueSource(strings = {
    "", "ed25519:", "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
    "Ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
    "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg", "ed25519:A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
    "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbh=", "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg= ",
    "ed25519: A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", "ed25519:A6EHv/POEL4dcN0Y50vAmWfk\n1jCbpQ1fHdyGZBJVMbg=",
    "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMQ==", "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbgA",
    "ed25519:MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", "ed25519:====", "ed25519:\u00e9",
    "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMb==", "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1f=HdyGZBJVMbg"
  })
  void oneText(String text) {
    assertThrows(IllegalArgumentException.class, () -> PublicKey.parse(text));
  }

  @DisplayName("A key of small order can be named in rules, but nobody can prove to own it")
  @Test
  void smallOrder() {
    PublicKey zero = PublicKey.parse("ed25519:" + "A".repeat(43) + "=");
    assertArrayEquals(new byte[32], zero.bytes());
    assertFalse(zero.isAcceptable());
    assertFalse(zero.verify(new byte[] {1}, new byte[64]));
    assertTrue(PublicKey.parse(A).isAcceptable());
  }

  @DisplayName("A fingerprint is the SHA-256 of the 32 key bytes")
  @Test
  void fingerprint() {
    assertEquals("SHA256:Vkdap1RjR0wChd9dvyvKtz2mUTWIOem3dIGy6rEHcIw=", PublicKey.parse(A).fingerprint());
    assertEquals("SHA256:Zmh6rfhivXdsj8GLjp+OIAiXFIVu4jOzkCpZHQ1fKSU=",
        PublicKey.ofBytes(new byte[32]).fingerprint());
  }

  @DisplayName("Keys are compared as 32 unsigned bytes")
  @Test
  void comparison() {
    byte[] low = new byte[32];
    low[0] = 0x7f;
    byte[] high = new byte[32];
    high[0] = (byte) 0x80;
    assertTrue(PublicKey.ofBytes(low).compareTo(PublicKey.ofBytes(high)) < 0);
    assertEquals(0, PublicKey.ofBytes(low).compareTo(PublicKey.ofBytes(low.clone())));
    assertNotEquals(PublicKey.ofBytes(low), PublicKey.ofBytes(high));
    assertNotEquals(PublicKey.ofBytes(low), (Object) "ed25519");
  }

  @DisplayName("Nobody outside can change a key's bytes, and only 32 bytes are a key")
  @Test
  void bytes() {
    byte[] raw = new byte[32];
    PublicKey key = PublicKey.ofBytes(raw);
    raw[0] = 1;
    key.bytes()[1] = 1;
    assertArrayEquals(new byte[32], key.bytes());
    for (int length : new int[] {0, 31, 33, 64}) {
      assertThrows(IllegalArgumentException.class, () -> PublicKey.ofBytes(Arrays.copyOf(raw, length)));
    }
  }
}
