package dev.toq.protocol.wire;

import java.util.Base64;
import java.util.Optional;

/** Base64 with exactly one text for every byte string (RFC 4648 sections 4 and 3.5; A-28). */
public final class StrictBase64 {
  private StrictBase64() {}

  /** Standard alphabet, with padding, in one line. */
  public static String encode(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** The bytes of this text, or empty where it is not the one spelling of any. */
  public static Optional<byte[]> decode(String text) {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      // The JDK's decoder takes missing padding and stray bits; only the canonical spelling comes back the same.
      return encode(bytes).equals(text) ? Optional.of(bytes) : Optional.empty();
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }
}
