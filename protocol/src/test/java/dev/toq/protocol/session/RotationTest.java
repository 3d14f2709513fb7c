package dev.toq.protocol.session;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.session.Side.ALICE_SELF;
import static dev.toq.protocol.session.Side.BOB_SELF;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.RotationChain;
import dev.toq.protocol.identity.RotationChain.Step;
import dev.toq.protocol.identity.RotationProof;
import dev.toq.protocol.identity.Signatures;
import dev.toq.protocol.session.HandshakeException.Fault;
import dev.toq.protocol.wire.FrameReader;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictBase64;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a handshake says about the keys that the presented one replaced, in both roles. */
class RotationTest {
  private static final Identity FIRST = Identity.generate(new Random(1));
  private static final Identity SECOND = Identity.generate(new Random(2));
  private static final Identity STRANGER = Identity.generate(new Random(3));

  /** Alice's way to the key that she has. */
  private static final RotationChain TO_ALICE =
      RotationChain.NONE.then(FIRST, SECOND.publicKey()).then(SECOND, ALICE.publicKey());

  private static final RotationChain TO_BOB = RotationChain.NONE.then(FIRST, BOB.publicKey());

  @Test
  @DisplayName("R-14.5-01, R-5.6-02, R-5.3-08: both roles present their rotations, and each proves the other's (A-42)")
  void bothPresent() throws Exception {
    Pipe toBob = new Pipe();
    Pipe toAlice = new Pipe();
    FrameChannel alice = new FrameChannel(new FrameReader(toAlice.in()), toBob.out());
    FrameChannel bob = new FrameChannel(new FrameReader(toBob.in()), toAlice.out());
    Self aliceSelf = new Self(ALICE, ALICE_ADDRESS, TO_ALICE);
    Self bobSelf = new Self(BOB, BOB_ADDRESS, TO_BOB);

    var both = Side.both(() -> Handshake.initiate(alice, aliceSelf, BOB_ADDRESS, new Random(4)), () -> {
      PeerCredentials peer = Handshake.receive(bob, bobSelf);
      Handshake.answer(bob, bobSelf, new Random(5));
      return peer;
    });

    assertEquals(new Rotation.Chained(TO_BOB), both.first().rotation());
    assertTrue(both.first().provesRotationFrom(FIRST.publicKey()));
    assertFalse(both.first().provesRotationFrom(SECOND.publicKey()));
    assertEquals(new Rotation.Chained(TO_ALICE), both.second().rotation());
    assertTrue(both.second().provesRotationFrom(FIRST.publicKey()));
    assertTrue(both.second().provesRotationFrom(SECOND.publicKey()));
    assertFalse(both.second().provesRotationFrom(ALICE.publicKey()));
    assertFalse(both.second().provesRotationFrom(STRANGER.publicKey()));
  }

  @Test
  @DisplayName("R-5.3-08: the latest proof goes out, and verifies under the old key over the 32 bytes of the new one")
  void presentsLatestProof() throws Exception {
    JsonObject sent = sent(new Self(ALICE, ALICE_ADDRESS, TO_ALICE));

    RotationProof proof = RotationProof.parse(sent.text("rotation_proof").orElseThrow()).orElseThrow();
    assertTrue(proof.proves(SECOND.publicKey(), ALICE.publicKey()));
    assertTrue(SECOND.publicKey().verify(
        ALICE.publicKey().bytes(), Signatures.parse(sent.text("rotation_proof").orElseThrow()).orElseThrow()));
    JsonObject before = sent(ALICE_SELF);
    assertEquals(JsonNull.NULL, before.members().get("rotation_proof"));
    assertFalse(before.members().containsKey("rotation_chain"));
  }

  private static JsonObject sent(Self self) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameChannel channel = Side.channel(new byte[0], out);
    Handshake.answer(channel, self, new Random(6));
    return new Side(self, Side.credentials(BOB_SELF), channel, out).sentObjects().get(0);
  }

  @Test
  @DisplayName("A-42: the longest chain fits into a handshake")
  void longestFits() throws Exception {
    RotationChain chain = RotationChain.NONE;
    Identity last = FIRST;
    for (int i = 1; i < RotationChain.MAX_STEPS; i++) {
      Identity next = Identity.generate(new Random(100 + i));
      chain = chain.then(last, next.publicKey());
      last = next;
    }
    chain = chain.then(last, ALICE.publicKey());
    assertEquals(64, chain.steps().size());

    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Handshake.answer(Side.channel(new byte[0], out), new Self(ALICE, ALICE_ADDRESS, chain), new Random(7));
    assertTrue(out.size() < Spec.MAX_HANDSHAKE_BYTES / 2, out.size() + " bytes");
    PeerCredentials peer = Handshake.initiate(
        Side.channel(out.toByteArray(), new ByteArrayOutputStream()), BOB_SELF, ALICE_ADDRESS, new Random(8));
    assertTrue(peer.provesRotationFrom(FIRST.publicKey()));
  }

  @Test
  @DisplayName("A-42: nobody presents a chain that does not verify up to its own key")
  void refusesToPresent() {
    assertThrows(IllegalArgumentException.class, () -> new Self(BOB, BOB_ADDRESS, TO_ALICE));
    RotationProof forged = RotationProof.create(STRANGER, BOB.publicKey());
    RotationChain chain = new RotationChain(List.of(new Step(FIRST.publicKey(), BOB.publicKey(), forged)));
    assertThrows(IllegalArgumentException.class, () -> new Self(BOB, BOB_ADDRESS, chain));
  }

  private static PeerCredentials received(JsonValue proof, JsonValue chain) throws Exception {
    Map<String, JsonValue> members = HandshakeTest.credentials();
    members.put("rotation_proof", proof);
    members.put("rotation_chain", chain);
    return Handshake.receive(Side.channel(HandshakeTest.hello(members), new ByteArrayOutputStream()), BOB_SELF);
  }

  private static Fault refused(JsonValue proof, JsonValue chain) {
    Map<String, JsonValue> members = HandshakeTest.credentials();
    members.put("rotation_proof", proof);
    members.put("rotation_chain", chain);
    return HandshakeTest.refused(HandshakeTest.hello(members));
  }

  private static JsonString proof(Identity old, PublicKey next) {
    return new JsonString(RotationProof.create(old, next).toString());
  }

  private static JsonObject step(PublicKey old, PublicKey next, JsonValue proof) {
    return JsonObject.builder().put("old_public_key", old.toString()).put("new_public_key", next.toString())
        .put("rotation_proof", proof).build();
  }

  @Test
  @DisplayName("R-5.6-02, R-5.6-03: a proof alone, as the specification has it, is proven by the old key and no other")
  void proofWithoutChain() throws Exception {
    PeerCredentials peer = received(proof(SECOND, ALICE.publicKey()), JsonNull.NULL);

    assertInstanceOf(Rotation.Claimed.class, peer.rotation());
    assertTrue(peer.provesRotationFrom(SECOND.publicKey()));
    assertFalse(peer.provesRotationFrom(FIRST.publicKey()));
    assertFalse(received(JsonNull.NULL, JsonNull.NULL).provesRotationFrom(SECOND.publicKey()));
    PeerCredentials garbage = received(new JsonString("ed25519:x"), JsonNull.NULL);
    assertFalse(garbage.provesRotationFrom(SECOND.publicKey()));
  }

  @Test
  @DisplayName("R-5.6-03: a chain whose last proof is forged is met with silence (A-42)")
  void forgedLast() {
    JsonString forged = proof(STRANGER, ALICE.publicKey());
    assertEquals(Fault.BAD_ROTATION,
        refused(forged, new JsonArray(List.of(step(SECOND.publicKey(), ALICE.publicKey(), forged)))));
  }

  @Test
  @DisplayName("R-5.6-03: a chain with an earlier forged proof proves nothing from before it")
  void forgedEarlier() throws Exception {
    JsonString last = proof(SECOND, ALICE.publicKey());
    PeerCredentials peer = received(last, new JsonArray(List.of(
        step(FIRST.publicKey(), SECOND.publicKey(), proof(STRANGER, SECOND.publicKey())),
        step(SECOND.publicKey(), ALICE.publicKey(), last))));

    assertFalse(peer.provesRotationFrom(FIRST.publicKey()));
    assertTrue(peer.provesRotationFrom(SECOND.publicKey()));
  }

  @Test
  @DisplayName("R-5.4-01: a chain that is none, is broken, or ends elsewhere is met with silence (A-42)")
  void malformedChains() {
    JsonString last = proof(SECOND, ALICE.publicKey());
    JsonObject good = step(SECOND.publicKey(), ALICE.publicKey(), last);
    List<JsonValue> tooMany = new ArrayList<>(Collections.nCopies(64, good));
    tooMany.add(good);
    for (JsonValue chain : List.<JsonValue>of(new JsonString("x"), new JsonArray(List.of()),
        new JsonArray(List.of(new JsonString("x"))), new JsonArray(List.of(good, good)), new JsonArray(tooMany),
        new JsonArray(List.of(step(SECOND.publicKey(), ALICE.publicKey(), JsonNull.NULL))),
        new JsonArray(List.of(JsonObject.builder().put("old_public_key", "x").put("rotation_proof", last).build())),
        new JsonArray(List.of(step(SECOND.publicKey(), BOB.publicKey(), proof(SECOND, BOB.publicKey())))))) {
      assertEquals(Fault.BAD_ROTATION, refused(last, chain), chain.toString());
    }
    assertEquals(Fault.BAD_ROTATION, refused(JsonNull.NULL, new JsonArray(List.of(good))));
  }

  @Test
  @DisplayName("A-38: a key that stands in the presented chain is no challenge")
  void chainKeyAsChallenge() {
    Map<String, JsonValue> members = HandshakeTest.credentials();
    JsonString last = proof(SECOND, ALICE.publicKey());
    members.put("rotation_proof", last);
    members.put("rotation_chain", new JsonArray(List.of(step(SECOND.publicKey(), ALICE.publicKey(), last))));
    byte[] key = SECOND.publicKey().bytes();
    members.put("challenge", new JsonString(StrictBase64.encode(key)));
    members.put("challenge_signature", new JsonString(Signatures.text(ALICE.sign(key))));

    assertEquals(Fault.BAD_PROOF, HandshakeTest.refused(HandshakeTest.hello(members)));
  }
}
