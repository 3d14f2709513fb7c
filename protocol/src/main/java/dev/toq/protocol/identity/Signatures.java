package dev.toq.protocol.identity;

import dev.toq.protocol.Spec;
import dev.toq.protocol.wire.StrictBase64;
import java.util.Optional;

/** The text form of signatures, {@code ed25519:} and base64 of 64 bytes, and back. */
public final class Signatures {
  private static final String PREFIX = "ed25519:";

  private Signatures() {}

  /** The wire text of a raw signature. */
  public static String text(byte[] signature) {
    return PREFIX + StrictBase64.encode(signature);
  }

  /** The 64 bytes of a signature's text, or empty where it is not one. */
  public static Optional<byte[]> parse(String text) {
    return text.startsWith(PREFIX) // R-4.2-14
        ? StrictBase64.decode(text.substring(PREFIX.length())).filter(bytes -> bytes.length == Spec.SIGNATURE_BYTES)
        : Optional.empty();
  }
}
