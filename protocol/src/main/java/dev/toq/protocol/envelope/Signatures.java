package dev.toq.protocol.envelope;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.StrictBase64;
import java.util.Optional;

/** The text form of signatures, {@code ed25519:} and base64 of 64 bytes, and their verification (R-4.2-14). */
public final class Signatures {
  private static final String PREFIX = "ed25519:";
  private static final int SIGNATURE_BYTES = 64;

  private Signatures() {}

  /** The wire text of a raw signature. */
  public static String text(byte[] signature) {
    return PREFIX + StrictBase64.encode(signature);
  }

  /** Whether this text is a well-formed signature by {@code key} over {@code message}. */
  public static boolean verify(PublicKey key, byte[] message, String text) {
    return parse(text).filter(signature -> key.verify(message, signature)).isPresent();
  }

  static Optional<byte[]> parse(String text) {
    return text.startsWith(PREFIX)
        ? StrictBase64.decode(text.substring(PREFIX.length())).filter(bytes -> bytes.length == SIGNATURE_BYTES)
        : Optional.empty();
  }
}
