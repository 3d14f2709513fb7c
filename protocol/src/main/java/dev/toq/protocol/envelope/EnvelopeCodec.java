package dev.toq.protocol.envelope;

import dev.toq.protocol.identity.Identity;

/** Envelope to frame payload (stub). */
public final class EnvelopeCodec {
  private EnvelopeCodec() {}

  /** Signs and serialises: the payload of one frame, canonical bytes plus {@code signature}. */
  public static byte[] seal(Envelope envelope, Identity identity) {
    throw new IllegalStateException("stub");
  }
}
