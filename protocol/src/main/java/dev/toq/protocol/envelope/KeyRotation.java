package dev.toq.protocol.envelope;

import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.RotationProof;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.util.Optional;
import java.util.UUID;

/**
 * The announcement of a new key on a live connection (specification sections 9.7 and 14.4, A-45). The connection keeps
 * the old key to its end, and the old key signs the announcement; the new one counts from the next handshake on.
 */
public final class KeyRotation {
  private KeyRotation() {}

  /** The announcement (R-9.7-07, R-14.4-03). {@code old} is the identity with which the connection was set up. */
  public static Envelope announce(Stamp stamp, Identity old, PublicKey newKey) {
    if (old.publicKey().equals(newKey)) {
      throw new IllegalArgumentException("the new key is the old one");
    }
    return stamp.envelope(MessageType.KEY_ROTATION).withBody(JsonObject.builder()
        .put("new_public_key", newKey.toString())
        .put("rotation_proof", RotationProof.create(old, newKey).toString())
        .build());
  }

  /**
   * Reads an announcement that {@link EnvelopeCheck} has accepted.
   *
   * @param connectionKey the key of the connection's handshake, the only one that may be replaced on it
   * @return the new key
   * @throws ProtocolException {@code key_rotation_invalid}, which leaves the connection open: to be answered, beside an
   *     {@linkplain #ack acknowledgement} with false
   */
  public static PublicKey verified(Envelope announcement, PublicKey connectionKey) throws ProtocolException {
    Optional<PublicKey> newKey = key(BodyFields.text(announcement, "new_public_key"));
    Optional<RotationProof> proof = RotationProof.parse(BodyFields.text(announcement, "rotation_proof"));
    if (newKey.isEmpty() || !newKey.get().isAcceptable()) {
      throw invalid(announcement, "The new_public_key is not a key that anybody can own.");
    }
    if (proof.isEmpty() || !proof.get().proves(connectionKey, newKey.get())) { // R-23.1-21
      throw invalid(announcement, "The rotation_proof is not a signature of the new key by the key in use.");
    }
    return newKey.get();
  }

  /** The answer (R-9.7-08). */
  public static Envelope ack(Stamp stamp, UUID announcement, boolean accepted) {
    return stamp.envelope(MessageType.KEY_ROTATION_ACK).withReplyTo(announcement.toString())
        .withBody(JsonObject.builder().put("accepted", accepted).build());
  }

  /** What a {@code system.key_rotation.ack} says. */
  public static boolean isAccepted(Envelope ack) {
    return ack.body().filter(body -> body instanceof JsonObject members
        && members.members().get("accepted") == JsonBoolean.TRUE).isPresent();
  }

  private static Optional<PublicKey> key(String text) {
    try {
      return Optional.of(PublicKey.parse(text));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }

  private static ProtocolException invalid(Envelope announcement, String reason) {
    return new ProtocolException(
        ErrorCode.KEY_ROTATION_INVALID, reason, Optional.of(announcement.id()), true);
  }
}
