package dev.toq.protocol.envelope;

import java.util.Base64;
import java.util.Optional;

/** Base64 with the standard alphabet, padding and zero stray bits: one text for one byte string. */
public final class StrictBase64 {
  private StrictBase64() {}

  /** The bytes of this text, or empty where it is not the one spelling of any. */
  public static Optional<byte[]> decode(String text) {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      // The JDK's decoder takes missing padding and stray bits; only the canonical spelling comes back the same.
      return Base64.getEncoder().encodeToString(bytes).equals(text) ? Optional.of(bytes) : Optional.empty();
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }
}
