package dev.toq.protocol.session;

import static dev.toq.protocol.session.Side.ALICE_SELF;
import static dev.toq.protocol.session.Side.BOB_SELF;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.session.Negotiation.Outcome;
import dev.toq.protocol.session.Pairing.Asked;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The proof of an invitation, as it stands in the negotiation. Alice has the link, Bob has made it. */
class PairingTest {
  private static final InviteCode CODE = InviteCode.create(new Random(1));
  private static final Features OURS =
      new Features(true, List.of(), false, JsonObject.builder().put("duplex", true).build());

  /** Bob's side once he has read what Alice sent. */
  private record Heard(SetupChannel setup, Negotiation.Request request) {
    Asked asked() {
      return Pairing.asked(request).orElseThrow();
    }
  }

  private static SetupChannel channel(Self self, Self other, String tls, byte[] in, ByteArrayOutputStream out) {
    return Side.setup(self, Side.credentials(other), Side.channel(in, out), Side.binding(self, tls, false));
  }

  /** What a request of Alice with this proof says, as one JSON text for each connection. */
  private static Heard heard(Features features, String tlsOfAlice, String tlsOfBob) throws Exception {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    SetupChannel alice = channel(ALICE_SELF, BOB_SELF, tlsOfAlice, new byte[0], sent);
    try {
      Negotiation.request(alice, features);
    } catch (IOException unanswered) {
      // Only what she says is wanted.
    }
    SetupChannel bob = channel(BOB_SELF, ALICE_SELF, tlsOfBob, sent.toByteArray(), new ByteArrayOutputStream());
    return new Heard(bob, Negotiation.receive(bob));
  }

  private static Features asking(String tls, InviteCode code) {
    return Pairing.asking(channel(ALICE_SELF, BOB_SELF, tls, new byte[0], new ByteArrayOutputStream()), OURS, code);
  }

  @Test
  @DisplayName("A proof holds on its connection, for its code and no other, and other features stay as they are")
  void holds() throws Exception {
    Heard bob = heard(asking("tls-1", CODE), "tls-1", "tls-1");
    assertEquals(CODE.name(), bob.asked().invite());
    assertTrue(Pairing.proves(bob.setup(), bob.asked(), CODE.proofKey()));
    assertFalse(Pairing.proves(bob.setup(), bob.asked(), InviteCode.create(new Random(2)).proofKey()));
    assertTrue(bob.request().features().streaming());
    assertTrue(bob.request().features().extras().get("duplex").isPresent());
  }

  @Test
  @DisplayName("A proof that was made on another connection does not hold, though its envelope is bound to this one")
  void otherConnection() throws Exception {
    Heard bob = heard(asking("tls-2", CODE), "tls-1", "tls-1");
    assertTrue(bob.setup().isBound());
    assertFalse(Pairing.proves(bob.setup(), bob.asked(), CODE.proofKey()));
  }

  @Test
  @DisplayName("A proof that another key made does not hold")
  void otherKey() throws Exception {
    SetupChannel mallory = Side.setup(BOB_SELF, Side.credentials(BOB_SELF), Side.channel(new byte[0],
        new ByteArrayOutputStream()), Side.binding(ALICE_SELF, "tls-1", false));
    Heard bob = heard(Pairing.asking(mallory, OURS, CODE), "tls-1", "tls-1");
    assertFalse(Pairing.proves(bob.setup(), bob.asked(), CODE.proofKey()));
  }

  @Test
  @DisplayName("Nonsense in the place of a proof is no proof, and its absence no invitation")
  void nonsense() throws Exception {
    for (JsonObject extras : List.of(JsonObject.builder().put("pairing", true).build(),
        JsonObject.builder().put("pairing", JsonObject.builder().build()).build(),
        JsonObject.builder().put("pairing",
            JsonObject.builder().put("invite", CODE.name()).put("proof", "").build()).build(),
        JsonObject.builder().put("pairing",
            JsonObject.builder().put("invite", CODE.name()).put("proof", 7).build()).build())) {
      Heard bob = heard(new Features(true, List.of(), false, extras), "tls-1", "tls-1");
      assertFalse(Pairing.proves(bob.setup(), bob.asked(), CODE.proofKey()), extras.toString());
    }
    assertEquals(Optional.empty(), Pairing.asked(heard(OURS, "tls-1", "tls-1").request()));
  }

  @Test
  @DisplayName("What Alice sends has the proof and neither the code nor anything that leads to it; Bob's answer grants")
  void overTheWire() throws Exception {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    SetupChannel first = channel(ALICE_SELF, BOB_SELF, "tls-1", new byte[0], sent);
    try {
      Negotiation.request(first, Pairing.asking(first, OURS, CODE));
    } catch (IOException unanswered) {
      // Bob's answer is made below.
    }
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    SetupChannel bob = channel(BOB_SELF, ALICE_SELF, "tls-1", sent.toByteArray(), answer);
    Negotiation.Request request = Negotiation.receive(bob);
    assertTrue(Pairing.proves(bob, Pairing.asked(request).orElseThrow(), CODE.proofKey()));
    Negotiation.respond(bob, request, Pairing.granted(OURS));

    SetupChannel again = channel(ALICE_SELF, BOB_SELF, "tls-1", answer.toByteArray(), new ByteArrayOutputStream());
    assertTrue(Negotiation.request(again, Pairing.asking(again, OURS, CODE)) instanceof Outcome.Agreed agreed
        && Pairing.isGranted(again, agreed));
  }

  @Test
  @DisplayName("An answer that does not speak of the invitation grants nothing")
  void notGranted() throws Exception {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    SetupChannel first = channel(ALICE_SELF, BOB_SELF, "tls-1", new byte[0], sent);
    try {
      Negotiation.request(first, Pairing.asking(first, OURS, CODE));
    } catch (IOException unanswered) {
      // Bob's answer is made below.
    }
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    SetupChannel bob = channel(BOB_SELF, ALICE_SELF, "tls-1", sent.toByteArray(), answer);
    Negotiation.respond(bob, Negotiation.receive(bob), OURS);
    SetupChannel again = channel(ALICE_SELF, BOB_SELF, "tls-1", answer.toByteArray(), new ByteArrayOutputStream());
    assertTrue(Negotiation.request(again, Pairing.asking(again, OURS, CODE)) instanceof Outcome.Agreed agreed
        && !Pairing.isGranted(again, agreed));
  }
}
