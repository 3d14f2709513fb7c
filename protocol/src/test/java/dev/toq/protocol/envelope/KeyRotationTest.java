package dev.toq.protocol.envelope;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.envelope.Raw.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.RotationProof;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictBase64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A new key announced on a live connection, from the sender's bytes through every check of the receiver. */
class KeyRotationTest {
  private static final Identity NEXT = Identity.generate(new Random(1));
  private static final Identity STRANGER = Identity.generate(new Random(2));
  private static final Stamp STAMP = new Stamp(UUID.fromString(Raw.ID), ALICE_ADDRESS, BOB_ADDRESS, 2, NOW);

  private static Envelope arrived(Envelope sent) {
    EnvelopeCheck check = new EnvelopeCheck(ALICE.publicKey(), ALICE_ADDRESS, BOB_ADDRESS::names,
        new Terms(1_048_576, Optional.empty(), false, false, false, 0, List.of()), id -> false);
    return assertInstanceOf(
        Verdict.Accepted.class, check.check(EnvelopeCodec.seal(sent, ALICE), NOW)).envelope();
  }

  private static Envelope announcement(String newKey, String proof) {
    return arrived(STAMP.envelope(MessageType.KEY_ROTATION).withBody(JsonObject.builder()
        .put("new_public_key", newKey).put("rotation_proof", proof).build()));
  }

  private static ProtocolException refused(Envelope announcement) {
    return assertThrows(
        ProtocolException.class, () -> KeyRotation.verified(announcement, ALICE.publicKey()));
  }

  @Test
  @DisplayName("R-9.7-07, R-14.4-03: an announcement arrives, signed with the old key, and names the new one (A-45)")
  void announces() throws Exception {
    assertEquals(NEXT.publicKey(), KeyRotation.verified(
        arrived(KeyRotation.announce(STAMP, ALICE, NEXT.publicKey())), ALICE.publicKey()));
    assertThrows(IllegalArgumentException.class, () -> KeyRotation.announce(STAMP, ALICE, ALICE.publicKey()));
  }

  @Test
  @DisplayName("R-23.1-21: a proof by another key, of another key, or that is none is key_rotation_invalid (A-45)")
  void refusesProofs() {
    String next = NEXT.publicKey().toString();
    for (String proof : List.of(RotationProof.create(STRANGER, NEXT.publicKey()).toString(),
        RotationProof.create(NEXT, NEXT.publicKey()).toString(),
        RotationProof.create(ALICE, STRANGER.publicKey()).toString(), "ed25519:AAAA", "x")) {
      ProtocolException fault = refused(announcement(next, proof));
      assertEquals(ErrorCode.KEY_ROTATION_INVALID, fault.code(), proof);
      assertEquals(Optional.of(UUID.fromString(Raw.ID)), fault.relatedId());
      assertTrue(fault.isAnswerable());
      assertFalse(fault.code().isFatal());
    }
  }

  @Test
  @DisplayName("R-23.1-21: a new key that nobody can own, or the old one again, is key_rotation_invalid (A-29)")
  void refusesKeys() {
    byte[] smallOrder = new byte[32];
    smallOrder[0] = 1;
    PublicKey weak = PublicKey.ofBytes(smallOrder);
    for (PublicKey key : List.of(weak, ALICE.publicKey())) {
      String proof = RotationProof.create(ALICE, key).toString();
      assertEquals(ErrorCode.KEY_ROTATION_INVALID, refused(announcement(key.toString(), proof)).code());
    }
    String proof = RotationProof.create(ALICE, NEXT.publicKey()).toString();
    assertEquals(ErrorCode.KEY_ROTATION_INVALID, refused(announcement("x", proof)).code());
    String unprefixed = StrictBase64.encode(NEXT.publicKey().bytes());
    assertEquals(ErrorCode.KEY_ROTATION_INVALID, refused(announcement(unprefixed, proof)).code());
  }

  @Test
  @DisplayName("R-9.7-08: the answer says yes or no, and to which announcement (A-45)")
  void acks() {
    UUID announcement = UUID.fromString("550e8400-e29b-41d4-a716-446655440009");
    for (boolean accepted : new boolean[] {true, false}) {
      Envelope ack = arrived(KeyRotation.ack(STAMP, announcement, accepted));
      assertEquals(MessageType.KEY_ROTATION_ACK, ack.type());
      assertEquals(Optional.of(announcement.toString()), ack.replyTo());
      assertEquals(accepted, KeyRotation.isAccepted(ack));
    }
  }
}
