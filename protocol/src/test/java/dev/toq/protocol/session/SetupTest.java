package dev.toq.protocol.session;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.envelope.Raw.NOW;
import static dev.toq.protocol.session.Side.ALICE_SELF;
import static dev.toq.protocol.session.Side.BOB_SELF;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.EnvelopeCheck;
import dev.toq.protocol.envelope.EnvelopeCodec;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.Raw;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.session.Negotiation.Outcome;
import dev.toq.protocol.session.Negotiation.Request;
import dev.toq.protocol.wire.CanonicalJson;
import dev.toq.protocol.wire.CanonicalJson.Numbers;
import dev.toq.protocol.wire.FrameReader;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.io.EOFException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole way from the handshake to ACTIVE, both roles against each other; and what a setup refuses. */
class SetupTest {
  private static final Features STREAMING =
      new Features(true, List.of("zstd", "gzip"), false, (JsonObject) Raw.parse("{\"x_binding\":\"abc\"}"));

  private static Card card(Self self) {
    return new Card(self.address().agent() + " \u540d\u524d", Optional.of("d"), self.identity().publicKey(),
        Spec.VERSION, List.of("chat"), true, OptionalLong.of(100), OptionalLong.of(1_048_576), Optional.of("open"));
  }

  private record Ready(Outcome outcome, Optional<Card> card, SetupChannel channel) {}

  @Test
  @DisplayName("R-6.3-05, R-7.1-01, R-7.6-01, R-8.1-01, R-9.8-01: two agents walk from the handshake to ACTIVE, and "
      + "tell each other of features of their own")
  void reachesActive() throws Exception {
    Pipe toBob = new Pipe();
    Pipe toAlice = new Pipe();
    FrameChannel alice = new FrameChannel(new FrameReader(toAlice.in()), toBob.out());
    FrameChannel bob = new FrameChannel(new FrameReader(toBob.in()), toAlice.out());

    var both = Side.both(() -> {
      PeerCredentials peer = Handshake.initiate(alice, ALICE_SELF, BOB_ADDRESS, new Random(1));
      SetupChannel setup = Side.setup(ALICE_SELF, peer, alice);
      Outcome outcome = Negotiation.request(setup, STREAMING);
      return new Ready(outcome, Optional.of(CardExchange.exchange(setup, card(ALICE_SELF))), setup);
    }, () -> {
      PeerCredentials peer = Handshake.receive(bob, BOB_SELF);
      Handshake.answer(bob, BOB_SELF, new Random(2));
      SetupChannel setup = Side.setup(BOB_SELF, peer, bob);
      Request request = Negotiation.receive(setup);
      Outcome outcome = Negotiation.respond(setup, request, new Features(true, List.of("gzip"), true,
          (JsonObject) Raw.parse("{\"x_binding\":1,\"x_other\":1,\"streaming\":7}")));
      return new Ready(outcome, Optional.of(CardExchange.exchange(setup, card(BOB_SELF))), setup);
    });

    assertEquals(
        new Outcome.Agreed("0.1", true, Optional.of("gzip"), false, (JsonObject) Raw.parse("{\"x_binding\":1}")),
        both.first().outcome());
    assertEquals(
        new Outcome.Agreed("0.1", true, Optional.of("gzip"), false, (JsonObject) Raw.parse("{\"x_binding\":\"abc\"}")),
        both.second().outcome());
    assertEquals(Optional.of(card(BOB_SELF)), both.first().card());
    assertEquals(Optional.of(card(ALICE_SELF)), both.second().card());
    assertEquals(2, both.first().channel().nextSequence());
    assertEquals(2, both.second().channel().nextSequence());

    EnvelopeCheck check = both.second().channel().activate(
        new Terms(1_048_576, Optional.empty(), false, true, false, 0, List.of()), id -> false);
    Stamp stamp = new Stamp(UUID.fromString(Raw.ID), ALICE_ADDRESS, BOB_ADDRESS, 2, NOW);
    byte[] heartbeat = EnvelopeCodec.seal(SystemMessages.heartbeat(stamp), ALICE);
    assertInstanceOf(Verdict.Accepted.class, check.check(heartbeat, NOW));
    assertInstanceOf(Verdict.Refused.class, check.check(heartbeat, NOW));
  }

  @Test
  @DisplayName("R-7.1-01: the card goes out before the other one is read")
  void sendsCardFirst() {
    Side alice = Side.alice();
    assertThrows(EOFException.class, () -> CardExchange.exchange(alice.setup(), card(ALICE_SELF)));

    assertEquals(Optional.of("card.exchange"), alice.sentObjects().get(0).text("type"));
  }

  @Test
  @DisplayName("R-9.2-01, R-6.2-01, R-4.2-08: the request offers version 0.1 and a list, with sequence 0")
  void requestBytes() {
    Side alice = Side.alice();
    assertThrows(EOFException.class, () -> Negotiation.request(alice.setup(), Features.NONE));

    JsonObject sent = alice.sentObjects().get(0);
    assertEquals(Optional.of(Raw.parse("0")), sent.get("sequence"));
    assertEquals(Optional.of(Raw.parse("[\"toq://192.168.1.51/bob\"]")), sent.get("to"));
    String binding = Side.binding(ALICE_SELF, "tls-1", false).own();
    assertEquals(Optional.of(Raw.parse("{\"features\":{\"channel_binding\":\"" + binding + "\",\"compression\":[],"
        + "\"e2e_encryption\":false,\"streaming\":false},"
        + "\"supported_versions\":[\"0.1\"]}")), sent.get("body").map(SetupTest::sorted));
  }

  private static JsonValue sorted(JsonValue value) {
    return Raw.parse(Raw.text(CanonicalJson.bytes(
        value, Numbers.CANONICAL)));
  }

  /** An envelope from Bob to Alice. */
  private static Raw fromBob(String type, String body) {
    return Raw.of(type, body).with("from", BOB_ADDRESS.toString())
        .json("to", "[\"" + ALICE_ADDRESS + "\"]").json("sequence", "0");
  }

  private static Outcome answer(Features ours, Raw... envelopes) throws Exception {
    byte[][] frames = new byte[envelopes.length][];
    for (int i = 0; i < envelopes.length; i++) {
      frames[i] = envelopes[i].json("sequence", String.valueOf(i)).signedBy(BOB);
    }
    return Negotiation.request(Side.alice(frames).setup(), ours);
  }

  private static ProtocolException refusedAnswer(Features ours, Raw... envelopes) {
    return assertThrows(ProtocolException.class, () -> answer(ours, envelopes));
  }

  private static Raw response(String features) {
    return fromBob("negotiate.response", "{\"selected_version\":\"0.1\",\"features\":" + features + "}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"gzip\"", "[\"gzip\",\"zstd\"]"})
  @DisplayName("R-6.3-02, R-9.2-02: the chosen compression is read as a string or as the first of an array (A-59)")
  void readsChosenCompression(String compression) throws Exception {
    Outcome.Agreed agreed = assertInstanceOf(
        Outcome.Agreed.class, answer(STREAMING, response("{\"compression\":" + compression + "}")));

    assertEquals(Optional.of("gzip"), agreed.compression());
    assertFalse(agreed.streaming());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"streaming\":true,\"compression\":null,\"e2e_encryption\":false}", "{\"streaming\":true}",
      "{\"streaming\":true,\"compression\":[]}", "{\"streaming\":true,\"compression\":7}"})
  @DisplayName("R-6.3-01: no compression is null, absent or empty (A-59)")
  void readsNoCompression(String features) throws Exception {
    Outcome.Agreed agreed = assertInstanceOf(Outcome.Agreed.class, answer(STREAMING, response(features)));

    assertEquals(Optional.empty(), agreed.compression());
    assertTrue(agreed.streaming());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"streaming\":true}", "{\"compression\":\"gzip\"}", "{\"compression\":[\"zstd\"]}",
      "{\"e2e_encryption\":true}"})
  @DisplayName("R-6.3-04: an answer that enables what was not offered is a protocol violation (A-59)")
  void refusesMoreThanOffered(String features) {
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, refusedAnswer(Features.NONE, response(features)).code());
  }

  @Test
  @DisplayName("R-9.2-02: an answer without sound version or features is refused (A-17)")
  void refusesMalformedAnswer() {
    assertEquals(ErrorCode.PROTOCOL_VIOLATION,
        refusedAnswer(STREAMING, fromBob("negotiate.response", "{\"selected_version\":\"9.9\",\"features\":{}}"))
            .code());
    assertEquals(ErrorCode.INVALID_ENVELOPE,
        refusedAnswer(STREAMING, fromBob("negotiate.response", "{\"features\":{}}")).code());
    assertEquals(ErrorCode.INVALID_ENVELOPE,
        refusedAnswer(STREAMING, fromBob("negotiate.response", "{\"selected_version\":\"0.1\"}")).code());
    assertEquals(ErrorCode.INVALID_ENVELOPE, refusedAnswer(STREAMING, fromBob("negotiate.response", "null")).code());
  }

  @Test
  @DisplayName("A-37: an answer to another request is refused, one that names no request is not")
  void refusesAnswerToAnotherRequest() {
    assertEquals(ErrorCode.PROTOCOL_VIOLATION,
        refusedAnswer(STREAMING, response("{}").with("reply_to", Raw.ID)).code());
  }

  @Test
  @DisplayName("R-9.2-03, R-9.2-04: a reject is an outcome with its reason, escaped (A-71)")
  void readsReject() throws Exception {
    assertEquals(new Outcome.Rejected("no\\u001b", List.of("0.2", "0.3")), answer(STREAMING, fromBob("negotiate.reject",
        "{\"reason\":\"no\\u001b\",\"supported_versions\":[\"0.2\",\"0.3\"]}")));
    assertEquals(
        new Outcome.Rejected("no reason given", List.of()), answer(STREAMING, fromBob("negotiate.reject", "null")));
  }

  @Test
  @DisplayName("R-16.4-02, R-9.4-01, R-9.4-03: pending and denied approvals are outcomes (A-49)")
  void readsApproval() throws Exception {
    assertEquals(new Outcome.ApprovalPending(Optional.of("soon")),
        answer(STREAMING, fromBob("approval.request", "{\"message\":\"soon\"}")));
    assertEquals(new Outcome.ApprovalPending(Optional.empty()), answer(STREAMING, fromBob("approval.request", "null")));
    assertEquals(new Outcome.ApprovalDenied(Optional.of("no")),
        answer(STREAMING, fromBob("approval.denied", "{\"reason\":\"no\"}")));
  }

  @Test
  @DisplayName("R-9.4-02: after approval.granted the answer to the request follows; a second one is refused (A-49)")
  void goesOnAfterGranted() throws Exception {
    assertInstanceOf(Outcome.Agreed.class,
        answer(STREAMING, fromBob("approval.granted", "null"), response("{}")));
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, refusedAnswer(STREAMING, fromBob("approval.granted", "null"),
        fromBob("approval.granted", "null").with("id", "550e8400-e29b-41d4-a716-446655440009")).code());
  }

  @Test
  @DisplayName("R-9.7-05: an error or a goodbye during setup is a refusal with the peer's words, escaped (A-57, A-71)")
  void readsErrors() {
    RefusedByPeerException refused = assertThrows(RefusedByPeerException.class, () -> answer(STREAMING,
        fromBob("system.error", "{\"code\":\"resource_exhausted\",\"message\":\"full\\u0007\"}")));
    assertEquals(Optional.of("resource_exhausted"), refused.code());
    assertEquals("full\\u0007", refused.text());
    assertEquals(Optional.empty(), assertThrows(RefusedByPeerException.class,
        () -> answer(STREAMING, fromBob("session.disconnect", "null"))).code());
  }

  @Test
  @DisplayName("R-1.1-01: before ACTIVE a message, a bad signature or a large frame gets a bare close (A-16, A-25)")
  void closesInSilence() {
    Raw message = fromBob("message.send", "{}");
    for (Raw raw : List.of(message, fromBob("card.exchange", "{}"), response("{}").without("id"))) {
      ProtocolException fault = refusedAnswer(STREAMING, raw);
      assertEquals(ErrorCode.PROTOCOL_VIOLATION, fault.code());
      assertFalse(fault.isAnswerable());
    }
    byte[] forged = response("{}").signedBy(ALICE);
    ProtocolException badSignature = assertThrows(
        ProtocolException.class, () -> Negotiation.request(Side.alice(forged).setup(), STREAMING));
    assertEquals(ErrorCode.INVALID_SIGNATURE, badSignature.code());
    assertFalse(badSignature.isAnswerable());
    byte[] large = new byte[131_073];
    assertEquals(ErrorCode.MESSAGE_TOO_LARGE, assertThrows(
        ProtocolException.class, () -> Negotiation.request(Side.alice(large).setup(), STREAMING)).code());
  }

  @Test
  @DisplayName("R-18.4-01: in setup too an envelope has to come from the peer's address and name us (A-36, A-39)")
  void checksAddresses() {
    assertEquals(ErrorCode.INVALID_ENVELOPE,
        refusedAnswer(STREAMING, response("{}").with("from", "toq://192.168.1.51/carol")).code());
    ProtocolException notForUs =
        refusedAnswer(STREAMING, response("{}").json("to", "[\"toq://192.168.1.50:9010/carol\"]"));
    assertEquals(ErrorCode.INVALID_ENVELOPE, notForUs.code());
    assertTrue(notForUs.isAnswerable());
  }

  @Test
  @DisplayName("R-4.3-08: in setup too the sequence has to rise (A-11)")
  void checksSequence() {
    byte[] granted = fromBob("approval.granted", "null").signedBy(BOB);
    byte[] stale = response("{}").signedBy(BOB);

    assertEquals(ErrorCode.SEQUENCE_VIOLATION, assertThrows(ProtocolException.class,
        () -> Negotiation.request(Side.alice(granted, stale).setup(), STREAMING)).code());
  }

  private static Raw request(String body) {
    return Raw.of("negotiate.request", body).json("sequence", "0");
  }

  private static Request received(Raw raw) throws Exception {
    return Negotiation.receive(Side.bob(raw.signed()).setup());
  }

  @Test
  @DisplayName("R-6.3-03, R-6.3-06: features left out, null or odd are unsupported; unknown ones are kept apart")
  void readsRequest() throws Exception {
    Request request = received(request("{\"supported_versions\":[\"0.3\",\"0.1\",7],"
        + "\"features\":{\"streaming\":\"yes\",\"compression\":null,\"e2e_encryption\":1,\"zoom\":[1]}}"));

    assertEquals(UUID.fromString(Raw.ID), request.id());
    assertEquals(List.of("0.3", "0.1"), request.supportedVersions());
    assertEquals(new Features(false, List.of(), false, (JsonObject) Raw.parse("{\"zoom\":[1]}")), request.features());
    Request offering = received(request(
        "{\"supported_versions\":[\"0.1\"],\"features\":{\"streaming\":true,\"e2e_encryption\":true}}"));
    assertEquals(new Features(true, List.of(), true, JsonObject.builder().build()), offering.features());
  }

  @Test
  @DisplayName("R-9.2-01: a request without versions or features is an invalid envelope that quotes its id")
  void refusesMalformedRequest() {
    for (String body : List.of("{\"features\":{}}", "{\"supported_versions\":[\"0.1\"]}", "[]",
        "{\"supported_versions\":\"0.1\",\"features\":{}}", "{\"supported_versions\":[\"0.1\"],\"features\":null}")) {
      ProtocolException fault = assertThrows(ProtocolException.class, () -> received(request(body)));
      assertEquals(ErrorCode.INVALID_ENVELOPE, fault.code(), body);
      assertEquals(Optional.of(UUID.fromString(Raw.ID)), fault.relatedId());
    }
  }

  private static JsonObject respond(Side bob, Features theirs, Features ours, String... versions) throws Exception {
    Negotiation.respond(
        bob.setup(), new Request(UUID.fromString(Raw.ID), List.of(versions), theirs), ours);
    return bob.sentObjects().get(0);
  }

  @Test
  @DisplayName("R-6.3-01, R-6.3-04, R-6.3-05: the answer holds the intersection and echoes no extras")
  void respondsWithIntersection() throws Exception {
    for (int bits = 0; bits < 16; bits++) {
      Features theirs = new Features((bits & 1) > 0, List.of("zstd"), (bits & 2) > 0, STREAMING.extras());
      Features ours = new Features((bits & 4) > 0, List.of("gzip"), (bits & 8) > 0, Features.NONE.extras());
      JsonObject sent = respond(Side.bob(), theirs, ours, "0.1");
      assertEquals(Optional.of("negotiate.response"), sent.text("type"));
      assertEquals(Optional.of(Raw.ID), sent.text("reply_to"));
      String binding = Side.binding(BOB_SELF, "tls-1", false).own();
      assertEquals(Raw.parse("{\"features\":{\"channel_binding\":\"" + binding + "\",\"e2e_encryption\":"
          + ((bits & 10) == 10) + ",\"streaming\":" + ((bits & 5) == 5) + "},\"selected_version\":\"0.1\"}"),
          sorted(sent.get("body").orElseThrow()));
    }
  }

  @Test
  @DisplayName("R-6.3-04: extras of ours that the initiator did not offer are not in the answer")
  void answersOnlyExtrasThatWereOffered() throws Exception {
    Features ours = new Features(false, List.of(), false, (JsonObject) Raw.parse("{\"duplex\":true,\"resume\":true}"));
    for (String offered : List.of("{}", "{\"duplex\":true}", "{\"other\":1,\"duplex\":true}")) {
      Features theirs = new Features(false, List.of(), false, (JsonObject) Raw.parse(offered));
      JsonObject body = (JsonObject) respond(Side.bob(), theirs, ours, "0.1").get("body").orElseThrow();
      JsonObject features = (JsonObject) body.get("features").orElseThrow();
      assertEquals(offered.contains("duplex"), features.get("duplex").isPresent(), offered);
      assertTrue(features.get("resume").isEmpty(), offered);
    }
  }

  @Test
  @DisplayName("R-6.3-02: of several compressions the receiver picks one, as a string, by its own preference, or none")
  void respondsWithOneCompression() throws Exception {
    assertTrue(answerWith("br", "gzip", "zstd").contains("\"compression\":\"gzip\""));
    assertTrue(answerWith("zstd").contains("\"compression\":\"zstd\""));
    assertFalse(answerWith("br").contains("\"compression\""));
  }

  private static String answerWith(String... compressions) throws Exception {
    Features ours = new Features(false, List.of(compressions), false, Features.NONE.extras());
    return Raw.text(StrictJson.write(respond(Side.bob(), STREAMING, ours, "0.1")));
  }

  @Test
  @DisplayName("R-6.2-03, R-23.1-03: without a common version the answer is negotiate.reject (A-17)")
  void rejectsVersions() throws Exception {
    for (String[] versions : new String[][] {{"9.9"}, {}, {"0.10", "0.1.0", "x"}}) {
      JsonObject sent = respond(Side.bob(), STREAMING, STREAMING, versions);
      assertEquals(Optional.of("negotiate.reject"), sent.text("type"));
      assertEquals(Raw.parse("{\"reason\":\"no_compatible_version\",\"supported_versions\":[\"0.1\"]}"),
          sorted(sent.get("body").orElseThrow()));
    }
  }

  @Test
  @DisplayName("R-6.2-02: the highest common version wins, its components compared as numbers (A-17)")
  void choosesVersion() {
    assertEquals(Optional.of("0.10"),
        Versions.highestCommon(List.of("0.9", "0.10", "1.0"), List.of("0.1", "0.9", "0.10")));
    assertEquals(Optional.of("0.1.1"), Versions.highestCommon(List.of("0.1", "0.1.1"), List.of("0.1", "0.1.1")));
    assertEquals(Optional.empty(), Versions.highestCommon(List.of("x"), List.of("x")));
  }

  @Test
  @DisplayName("R-9.4-01, R-9.4-03: the receiver says that the owner decides, or said no")
  void sendsApprovalAnswers() throws Exception {
    Side bob = Side.bob();
    SetupChannel setup = bob.setup();
    Request request = new Request(UUID.fromString(Raw.ID), List.of("0.1"), Features.NONE);
    Negotiation.askForApproval(setup, request, "wait");
    Negotiation.deny(setup, request);

    assertEquals(List.of("approval.request", "approval.denied"),
        bob.sentObjects().stream().map(sent -> sent.text("type").orElseThrow()).toList());
    assertEquals(Optional.of(Raw.parse("1")), bob.sentObjects().get(1).get("sequence"));
  }

  @Test
  @DisplayName("R-23.1-18: a fault that may be told is sent as system.error, another is not (A-16)")
  void reportsFaults() throws Exception {
    Side bob = Side.bob();
    SetupChannel setup = bob.setup();
    ProtocolException fault = new ProtocolException(ErrorCode.CARD_TOO_LARGE, "The card is too large.");
    setup.report(fault.unanswered());
    assertEquals(List.of(), bob.sentObjects());
    setup.report(fault);
    assertEquals(Optional.of(Raw.parse("{\"code\":\"card_too_large\",\"message\":\"The card is too large.\"}")),
        bob.sentObjects().get(0).get("body"));
  }

  @Test
  @DisplayName("R-8.1-01: a resume where only a request is expected has no place (A-16)")
  void refusesResume() {
    ProtocolException fault =
        assertThrows(ProtocolException.class, () -> received(request("{}").with("type", "session.resume")));
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, fault.code());
  }
}
