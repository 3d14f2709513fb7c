package dev.toq.protocol.session;

import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.session.Side.ALICE_SELF;
import static dev.toq.protocol.session.Side.BOB_SELF;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.Raw;
import dev.toq.protocol.session.Negotiation.Outcome;
import dev.toq.protocol.session.Negotiation.Request;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictBase64;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the value of the TLS connection in signed envelopes allows and refuses. */
class ChannelBindingTest {
  private static final String ALICES = Side.binding(ALICE_SELF, "tls-1", false).own();
  private static final String BOBS = Side.binding(BOB_SELF, "tls-1", false).own();

  private record Asked(Outcome outcome, boolean isBound) {}

  /** Alice asks, and this is the answer from Bob. */
  private static Asked ask(boolean isRequired, Raw answer) throws Exception {
    Side alice = Side.alice(answer.signedBy(BOB));
    SetupChannel setup = Side.setup(
        ALICE_SELF, alice.peer(), alice.channel(), Side.binding(ALICE_SELF, "tls-1", isRequired));
    Outcome outcome = Negotiation.request(setup, Features.NONE);
    return new Asked(outcome, setup.isBound());
  }

  private static Raw fromBob(String type, String body) {
    return Raw.of(type, body).with("from", BOB_ADDRESS.toString())
        .json("to", "[\"" + ALICE_ADDRESS + "\"]").json("sequence", "0");
  }

  private static Raw response(String features) {
    return fromBob("negotiate.response", "{\"selected_version\":\"0.1\",\"features\":" + features + "}");
  }

  private static String member(String value) {
    return "{\"channel_binding\":\"" + value + "\"}";
  }

  private static void assertRefused(boolean isRequired, Raw answer) {
    ProtocolException fault = assertThrows(ProtocolException.class, () -> ask(isRequired, answer));
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, fault.code());
    assertFalse(fault.isAnswerable());
    assertTrue(fault.code().isFatal());
  }

  @Test
  @DisplayName("A-37: the two roles expect each other's value, and nobody's own")
  void roles() {
    ChannelBinding alice = Side.binding(ALICE_SELF, "tls-1", false);
    ChannelBinding bob = Side.binding(BOB_SELF, "tls-1", false);

    assertEquals(alice.own(), bob.expected());
    assertEquals(bob.own(), alice.expected());
    assertNotEquals(alice.own(), bob.own());
    assertEquals(Optional.of(32), StrictBase64.decode(alice.own()).map(bytes -> bytes.length));
  }

  @Test
  @DisplayName("A-37: one value for both sides, or one that is not 32 bytes, is no binding")
  void refusesUseless() {
    assertThrows(IllegalArgumentException.class, () -> new ChannelBinding(ALICES, ALICES, false));
    for (String odd : List.of("", "AAAA", ALICES.substring(1))) {
      assertThrows(IllegalArgumentException.class, () -> new ChannelBinding(ALICES, odd, false), odd);
      assertThrows(IllegalArgumentException.class, () -> new ChannelBinding(odd, ALICES, false), odd);
    }
    assertThrows(
        IllegalArgumentException.class, () -> ChannelBinding.asReceiver((label, length) -> new byte[32], false));
  }

  @Test
  @DisplayName("A-37: the right value binds, and is not among the extras of the peer")
  void binds() throws Exception {
    Asked asked = ask(true, response(member(BOBS)));

    assertTrue(asked.isBound());
    assertEquals(new JsonObject(Map.of()),
        assertInstanceOf(Outcome.Agreed.class, asked.outcome()).peerExtras());
  }

  @Test
  @DisplayName("A-37: our own value sent back, another connection's, or no text at all is refused")
  void refusesOthers() {
    String elsewhere = Side.binding(BOB_SELF, "tls-2", false).own();
    for (String features : List.of(member(ALICES), member(elsewhere), member(""), "{\"channel_binding\":7}",
        "{\"channel_binding\":[\"" + BOBS + "\"]}")) {
      assertRefused(false, response(features));
      assertRefused(true, response(features));
    }
  }

  @Test
  @DisplayName("A-37: a peer that never bound may go without, as the deployed reference does; one that did may not")
  void absent() throws Exception {
    for (String features : List.of("{}", "{\"channel_binding\":null}")) {
      Asked asked = ask(false, response(features));
      assertInstanceOf(Outcome.Agreed.class, asked.outcome());
      assertFalse(asked.isBound());
      assertRefused(true, response(features));
    }
  }

  @Test
  @DisplayName("A-37: an approval.request is bound like an answer to the negotiation")
  void approvalRequest() throws Exception {
    assertTrue(ask(true, fromBob("approval.request", member(BOBS))).isBound());
    assertInstanceOf(
        Outcome.ApprovalPending.class, ask(false, fromBob("approval.request", "{\"message\":\"m\"}")).outcome());
    assertRefused(false, fromBob("approval.request", member(ALICES)));
    assertRefused(true, fromBob("approval.request", "{\"message\":\"m\"}"));
  }

  @Test
  @DisplayName("A-37: as receiver, a request with another's value or, where it is due, without one is refused")
  void receiver() throws Exception {
    assertTrue(receives(true, member(ALICES)));
    assertFalse(receives(false, "{}"));
    for (String features : List.of(member(BOBS), member(Side.binding(ALICE_SELF, "tls-2", false).own()))) {
      assertEquals(ErrorCode.PROTOCOL_VIOLATION,
          assertThrows(ProtocolException.class, () -> receives(false, features)).code());
    }
    assertFalse(assertThrows(ProtocolException.class, () -> receives(true, "{}")).isAnswerable());
  }

  private static boolean receives(boolean isRequired, String features) throws Exception {
    Side bob = Side.bob(Raw.of("negotiate.request",
        "{\"supported_versions\":[\"0.1\"],\"features\":" + features + "}").json("sequence", "0").signed());
    SetupChannel setup = Side.setup(
        BOB_SELF, bob.peer(), bob.channel(), Side.binding(BOB_SELF, "tls-1", isRequired));
    Negotiation.receive(setup);
    return setup.isBound();
  }

  @Test
  @DisplayName("R-9.4-01, R-9.4-03, R-9.4-04: approval answers name the peer and its request, one is bound (A-37)")
  void sendsApprovalAnswers() throws Exception {
    Side bob = Side.bob();
    SetupChannel setup = bob.setup();
    Request request = new Request(UUID.fromString(Raw.ID), List.of("0.1"), Features.NONE);
    Negotiation.askForApproval(setup, request, "wait");
    Negotiation.deny(setup, request);

    List<JsonObject> sent = new ArrayList<>(bob.sentObjects());
    for (JsonObject answer : sent) {
      assertEquals(Optional.of(Raw.ID), answer.text("reply_to"));
      assertEquals(Optional.of(Raw.parse("[\"" + ALICE_ADDRESS + "\"]")), answer.get("to"));
    }
    assertEquals(Optional.of(Raw.parse("{\"message\":\"wait\",\"channel_binding\":\"" + BOBS + "\"}")),
        sent.get(0).get("body"));
    assertEquals(Optional.empty(), sent.get(1).get("body"));
  }

  @Test
  @DisplayName("R-9.4-02: an approval.granted is followed by a bound answer, or refused where a binding is due (A-49)")
  void granted() throws Exception {
    Raw granted = fromBob("approval.granted", "{\"message\":\"welcome\"}");
    for (boolean isBound : new boolean[] {true, false}) {
      Side alice = Side.alice(granted.signedBy(BOB), response(isBound ? member(BOBS) : "{}")
          .with("id", "550e8400-e29b-41d4-a716-446655440009").json("sequence", "1").signedBy(BOB));
      SetupChannel setup = Side.setup(
          ALICE_SELF, alice.peer(), alice.channel(), Side.binding(ALICE_SELF, "tls-1", true));
      if (isBound) {
        assertInstanceOf(Outcome.Agreed.class, Negotiation.request(setup, Features.NONE));
      } else {
        assertThrows(ProtocolException.class, () -> Negotiation.request(setup, Features.NONE));
      }
    }
  }
}
