package dev.toq.protocol.wire;

/** Canonical JSON (stub). */
public final class CanonicalJson {
  /** How numbers are spelled. */
  public enum Numbers {
    /** Canonical text of the correctly read number: what is signed. */
    CANONICAL,
    /** Canonical text, except where the deployed reference would misread it: then another spelling of the same number. */
    WIRE,
    /** The text as received. */
    AS_RECEIVED,
    /** Canonical text of what the deployed reference reads. */
    AS_REFERENCE_READS
  }

  private CanonicalJson() {}

  public static byte[] bytes(JsonValue value, Numbers numbers) {
    throw new IllegalStateException("stub");
  }
}
