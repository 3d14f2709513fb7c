package dev.toq.protocol.identity;

import dev.toq.protocol.Spec;
import dev.toq.protocol.crypto.Ed25519;
import dev.toq.protocol.crypto.Ed25519Rules;
import dev.toq.protocol.crypto.Sha256;
import dev.toq.protocol.wire.StrictBase64;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An Ed25519 public key: 32 bytes, and nothing said about whether they are a good key. Permission files may name bytes
 * that no peer can prove to own; whoever meets a key in a handshake asks {@link #isAcceptable}. Immutable.
 */
public final class PublicKey implements Comparable<PublicKey> {
  private static final String PREFIX = "ed25519:";
  private static final String FINGERPRINT = "SHA256:";

  /** A shorter beginning is more likely a mistake. */
  private static final int LEAST_BEGINNING = 4;

  private final byte[] raw;
  private final String text;

  private PublicKey(byte[] raw) {
    this.raw = raw;
    this.text = PREFIX + StrictBase64.encode(raw);
  }

  /**
   * Reads {@code ed25519:} and the standard padded base64 of 32 bytes. Every key has exactly one text.
   *
   * @throws IllegalArgumentException with a sentence
   */
  public static PublicKey parse(String text) {
    if (!text.startsWith(PREFIX)) {
      throw new IllegalArgumentException("a public key begins with ed25519:");
    }
    if (text.length() != PREFIX.length() + 44) {
      throw new IllegalArgumentException("a public key is ed25519: and 44 characters of base64");
    }
    return StrictBase64.decode(text.substring(PREFIX.length()))
        .map(PublicKey::ofBytes)
        .orElseThrow(() -> new IllegalArgumentException("what follows ed25519: is not standard padded base64"));
  }

  /** The key of these 32 bytes, which are copied; throws IllegalArgumentException for another number of bytes. */
  public static PublicKey ofBytes(byte[] raw) {
    if (raw.length != Spec.KEY_BYTES) {
      throw new IllegalArgumentException("a public key has 32 bytes, not " + raw.length);
    }
    return new PublicKey(raw.clone());
  }

  /** A copy of the 32 bytes. */
  public byte[] bytes() {
    return raw.clone();
  }

  /**
   * Whether a peer may prove its identity with this key: a canonical point of the curve that is not of small order. A
   * key of small order accepts signatures that nobody had to make.
   */
  public boolean isAcceptable() {
    return Ed25519Rules.isAcceptableKey(raw);
  }

  /**
   * Whether the owner of this key signed these bytes.
   *
   * @param signature 64 bytes; any other length is no signature
   */
  public boolean verify(byte[] message, byte[] signature) {
    return Ed25519.best().verify(raw, message, signature);
  }

  /** The base64 of the 32 bytes: the text without {@code ed25519:}. */
  public String base64() {
    return text.substring(PREFIX.length());
  }

  /** {@code SHA256:} and base64 of the hash of the 32 key bytes. */
  public String fingerprint() {
    return FINGERPRINT + StrictBase64.encode(Sha256.of(raw));
  }

  /**
   * Whether an owner means this key by a word: the key or its fingerprint, or at least four characters of their
   * beginning, for the key also without {@code ed25519:}.
   */
  public boolean isMeantBy(String word) {
    if (word.startsWith(FINGERPRINT)) {
      return word.length() >= FINGERPRINT.length() + LEAST_BEGINNING && fingerprint().startsWith(word);
    }
    String bare = word.startsWith(PREFIX) ? word.substring(PREFIX.length()) : word;
    return bare.length() >= LEAST_BEGINNING && text.startsWith(bare, PREFIX.length());
  }

  /** The {@code ed25519:} text. */
  @Override
  public String toString() {
    return text;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PublicKey key && MessageDigest.isEqual(raw, key.raw); // R-13.6-01
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(raw);
  }

  /** By the bytes as unsigned numbers. */
  @Override
  public int compareTo(PublicKey other) {
    return Arrays.compareUnsigned(raw, other.raw);
  }
}
