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
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.EnvelopeCheck;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.Raw;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.Negotiation.Outcome.Agreed;
import dev.toq.protocol.session.ResumableSession.CardLimits;
import dev.toq.protocol.wire.FrameReader;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.EOFException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A session that goes on after its connection was lost: both roles against each other, and each against odd peers. */
class ResumeTest {
  private static final Duration FIVE_MINUTES = Duration.ofMinutes(5);
  private static final String OTHER_ID = "550e8400-e29b-41d4-a716-446655440009";
  private static final Terms TERMS = new Terms(1_048_576, Optional.empty(), false, true, false, 0, List.of());
  private static final Agreed AGREED = new Agreed("0.1", true, Optional.empty(), false,
      (JsonObject) Raw.parse("{\"resume\":true,\"duplex\":true}"));

  private static ResumableSession session(PublicKey peer, long highestSent, long highestReceived) {
    return new ResumableSession("sess-1", Optional.of("sess-2"), peer, highestSent, highestReceived, AGREED,
        new CardLimits(false, OptionalLong.empty(), OptionalLong.of(1_048_576)), NOW);
  }

  /** What Alice remembers: she sent up to 40, and saw Bob's up to 90. */
  private static final ResumableSession ALICES = session(BOB.publicKey(), 40, 90);

  /** What Bob remembers: his last envelopes, up to 95, and her last, above 38, never arrived. */
  private static final ResumableSession BOBS = session(ALICE.publicKey(), 95, 38);

  private static SetupChannel bound(Side side, boolean isRequired) {
    return Side.setup(side.self(), side.peer(), side.channel(), Side.binding(side.self(), "tls-1", isRequired));
  }

  /** A memory of one session, which is claimed at most once. */
  private static final class OneSession implements ResumableSessions {
    private Optional<ResumableSession> left;

    OneSession(ResumableSession session) {
      left = Optional.of(session);
    }

    @Override
    public Optional<ResumableSession> find(String name, PublicKey peerKey) {
      return left;
    }

    @Override
    public boolean claim(ResumableSession session) {
      boolean isHere = left.isPresent();
      left = Optional.empty();
      return isHere;
    }
  }

  private record Resumed(SetupChannel channel, Verdict first) {}

  @Test
  @DisplayName("R-8.6-02, R-8.6-05: a granted resume is ACTIVE without cards, and both sides' numbers go on (A-13)")
  void granted() throws Exception {
    Pipe toBob = new Pipe();
    Pipe toAlice = new Pipe();
    FrameChannel alice = new FrameChannel(new FrameReader(toAlice.in()), toBob.out());
    FrameChannel bob = new FrameChannel(new FrameReader(toBob.in()), toAlice.out());

    var both = Side.both(() -> {
      PeerCredentials peer = Handshake.initiate(alice, ALICE_SELF, BOB_ADDRESS, new Random(1));
      SetupChannel setup = Side.setup(ALICE_SELF, peer, alice);
      var outcome = assertInstanceOf(
          Resume.Outcome.Resumed.class, Resume.request(setup, ALICES, TERMS, id -> false));
      return new Resumed(setup, outcome.first());
    }, () -> {
      PeerCredentials peer = Handshake.receive(bob, BOB_SELF);
      Handshake.answer(bob, BOB_SELF, new Random(2));
      SetupChannel setup = Side.setup(BOB_SELF, peer, bob);
      Resume.Request request = assertInstanceOf(Resume.Request.class, Opening.receive(setup));
      assertEquals(90, request.lastReceived());
      assertEquals(Optional.of(BOBS), Resume.answer(setup, request, new OneSession(BOBS), NOW, FIVE_MINUTES));
      return setup;
    });

    Envelope first = assertInstanceOf(Verdict.Accepted.class, both.first().first()).envelope();
    assertEquals(MessageType.HEARTBEAT, first.type());
    assertEquals(96, first.sequence());
    assertEquals(41, both.first().channel().nextSequence());
    assertEquals(97, both.second().nextSequence());
    assertTrue(both.first().channel().isBound());
    assertTrue(both.second().isBound());
    EnvelopeCheck check = both.first().channel().activate(TERMS, id -> false);
    assertEquals(96, check.highestReceived());
  }

  @Test
  @DisplayName("R-8.6-05: below the old numbers an id that is known is acknowledged afresh, another one refused (A-13)")
  void oldNumbers() throws Exception {
    SetupChannel setup = bound(Side.bob(resume("sess-1", "90").signed()), true);
    Resume.answer(setup, (Resume.Request) Opening.receive(setup), new OneSession(BOBS), NOW, FIVE_MINUTES);
    EnvelopeCheck check = setup.activate(TERMS, Raw.ID::equals);

    assertInstanceOf(Verdict.Duplicate.class, check.check(Raw.message().json("sequence", "30").signed(), NOW));
    Verdict stale = check.check(Raw.message().with("id", OTHER_ID).json("sequence", "38").signed(), NOW);
    assertEquals(ErrorCode.SEQUENCE_VIOLATION, assertInstanceOf(Verdict.Refused.class, stale).code());
    assertInstanceOf(Verdict.Accepted.class,
        check.check(Raw.message().with("id", OTHER_ID).json("sequence", "39").signed(), NOW));
    assertInstanceOf(Verdict.Duplicate.class, check.check(Raw.message().json("sequence", "41").signed(), NOW));
    assertEquals(41, check.highestReceived());
  }

  private static Raw resume(String sessionId, String lastReceived) {
    return resumeOf("{\"session_id\":\"" + sessionId + "\",\"last_received_sequence\":" + lastReceived
        + ",\"channel_binding\":\"" + Side.binding(ALICE_SELF, "tls-1", false).own() + "\"}");
  }

  private static Raw resumeOf(String body) {
    return Raw.of("session.resume", body).json("sequence", "0");
  }

  @Test
  @DisplayName("R-9.3-01, R-8.6-02: the resume names the session and the last number received, with sequence 0 (A-13)")
  void requestBytes() {
    Side alice = Side.alice();
    assertThrows(EOFException.class, () -> Resume.request(alice.setup(), ALICES, TERMS, id -> false));

    JsonObject sent = alice.sentObjects().get(0);
    assertEquals(Optional.of("session.resume"), sent.text("type"));
    assertEquals(Optional.of(Raw.parse("0")), sent.get("sequence"));
    assertEquals(resume("sess-1", "90").object().get("body"), sent.get("body"));
  }

  private static Optional<ResumableSession> answered(Side bob, ResumableSessions memory, Duration later)
      throws Exception {
    SetupChannel setup = bob.setup();
    return Resume.answer(
        setup, (Resume.Request) Opening.receive(setup), memory, NOW.plus(later), FIVE_MINUTES);
  }

  private static void assertExpired(Raw resume, ResumableSession remembered, Duration later) throws Exception {
    Side bob = Side.bob(resume.signed());
    assertEquals(Optional.empty(), answered(bob, new OneSession(remembered), later));
    JsonObject sent = bob.sentObjects().get(0);
    assertEquals(Optional.of("system.error"), sent.text("type"));
    assertEquals(Optional.of(Raw.parse("0")), sent.get("sequence"));
    assertEquals(Optional.of(Raw.parse("{\"code\":\"session_expired\",\"message\":\"This session cannot be resumed.\","
        + "\"related_id\":\"" + Raw.ID + "\"}")), sent.get("body"));
  }

  @Test
  @DisplayName("R-8.6-03, R-8.6-04, R-8.6-07, R-23.1-17: another name, key, time or number is session_expired (A-14)")
  void refused() throws Exception {
    assertExpired(resume("sess-3", "90"), BOBS, Duration.ZERO);
    assertExpired(resume("sess-1", "90"), session(BOB.publicKey(), 95, 38), Duration.ZERO);
    assertExpired(resume("sess-1", "90"), BOBS, FIVE_MINUTES.plusNanos(1));
    assertExpired(resume("sess-1", "96"), BOBS, Duration.ZERO);
    assertExpired(resume("sess-1", "90"), session(ALICE.publicKey(), Spec.MAX_SEQUENCE, 38), Duration.ZERO);

    assertTrue(answered(Side.bob(resume("sess-1", "90").signed()), new OneSession(BOBS), FIVE_MINUTES).isPresent());
    assertTrue(answered(Side.bob(resume("sess-2", "0").signed()), new OneSession(BOBS), Duration.ZERO).isPresent());
    assertTrue(answered(Side.bob(resume("sess-1", "95").signed()), new OneSession(BOBS), Duration.ZERO).isPresent());
  }

  @Test
  @DisplayName("R-8.6-03: of two connections that resume one session, one is refused")
  void claimedOnce() throws Exception {
    ResumableSessions both = new ResumableSessions() {
      private int claims;

      @Override
      public Optional<ResumableSession> find(String name, PublicKey peerKey) {
        return Optional.of(BOBS);
      }

      @Override
      public boolean claim(ResumableSession session) {
        return claims++ == 0;
      }
    };
    assertTrue(answered(Side.bob(resume("sess-1", "90").signed()), both, Duration.ZERO).isPresent());
    assertTrue(answered(Side.bob(resume("sess-1", "90").signed()), both, Duration.ZERO).isEmpty());
  }

  @Test
  @DisplayName("R-8.6-06: after a refusal a negotiation on the same connection is answered (A-14)")
  void negotiatesAfterRefusal() throws Exception {
    Raw request = Raw.of("negotiate.request", "{\"supported_versions\":[\"0.1\"],\"features\":{}}")
        .with("id", OTHER_ID).json("sequence", "1");
    Side bob = Side.bob(resume("sess-9", "0").signed(), request.signed());
    SetupChannel setup = bob.setup();
    Resume.Request resume = (Resume.Request) Opening.receive(setup);
    Resume.refuse(setup, resume);
    Negotiation.respond(setup, Negotiation.receive(setup), Features.NONE);

    assertEquals(List.of("system.error", "negotiate.response"),
        bob.sentObjects().stream().map(sent -> sent.text("type").orElseThrow()).toList());
    assertEquals(Optional.of(OTHER_ID), bob.sentObjects().get(1).text("reply_to"));
    assertEquals(Optional.of(Raw.parse("1")), bob.sentObjects().get(1).get("sequence"));
  }

  @Test
  @DisplayName("R-8.6-02: a negotiation is an opening too")
  void opensWithNegotiation() throws Exception {
    Opening opening = Opening.receive(Side.bob(Raw.of("negotiate.request",
        "{\"supported_versions\":[\"0.1\"],\"features\":{}}").json("sequence", "0").signed()).setup());

    assertEquals(UUID.fromString(Raw.ID), assertInstanceOf(Negotiation.Request.class, opening).id());
  }

  @Test
  @DisplayName("R-9.3-01: a resume without a sound name or number is an invalid envelope that quotes its id")
  void malformed() {
    for (String body : List.of("null", "{}", "{\"session_id\":\"sess-1\"}", "{\"last_received_sequence\":1}",
        "{\"session_id\":7,\"last_received_sequence\":1}", "{\"session_id\":\"\",\"last_received_sequence\":1}",
        "{\"session_id\":\"" + "s".repeat(257) + "\",\"last_received_sequence\":1}",
        "{\"session_id\":\"sess-1\",\"last_received_sequence\":\"1\"}",
        "{\"session_id\":\"sess-1\",\"last_received_sequence\":-1}",
        "{\"session_id\":\"sess-1\",\"last_received_sequence\":1.5}",
        "{\"session_id\":\"sess-1\",\"last_received_sequence\":9007199254740992}",
        "{\"session_id\":\"sess-1\",\"last_received_sequence\":99999999999999999999}")) {
      Side bob = Side.bob(resumeOf(body).signed());
      ProtocolException fault = assertThrows(ProtocolException.class, () -> Opening.receive(bob.setup()), body);
      assertEquals(ErrorCode.INVALID_ENVELOPE, fault.code(), body);
      assertEquals(Optional.of(UUID.fromString(Raw.ID)), fault.relatedId());
      assertTrue(fault.isAnswerable());
    }
  }

  @Test
  @DisplayName("A-37: a resume signed for another connection, or unbound where it is due, is refused unanswered")
  void relayedResume() {
    Raw relayed = resumeOf("{\"session_id\":\"sess-1\",\"last_received_sequence\":90,\"channel_binding\":\""
        + Side.binding(ALICE_SELF, "tls-2", false).own() + "\"}");
    Raw unbound = resumeOf("{\"session_id\":\"sess-1\",\"last_received_sequence\":90}");
    for (Raw raw : List.of(relayed, unbound)) {
      ProtocolException fault = assertThrows(
          ProtocolException.class, () -> Opening.receive(bound(Side.bob(raw.signed()), true)));
      assertEquals(ErrorCode.PROTOCOL_VIOLATION, fault.code());
      assertFalse(fault.isAnswerable());
    }
  }

  private static Resume.Outcome request(boolean isRequired, Raw answer) throws Exception {
    return Resume.request(bound(Side.alice(answer.signedBy(BOB)), isRequired), ALICES, TERMS, id -> false);
  }

  private static Raw fromBob(String type, String body, long sequence) {
    return Raw.of(type, body).with("from", BOB_ADDRESS.toString())
        .json("to", "[\"" + ALICE_ADDRESS + "\"]").json("sequence", Long.toString(sequence));
  }

  @Test
  @DisplayName("R-8.6-06, R-23.1-17: session_expired means a new connection; another error is a refusal (A-13)")
  void initiatorRefused() throws Exception {
    assertEquals(new Resume.Outcome.Expired(), request(true,
        fromBob("system.error", "{\"code\":\"session_expired\",\"message\":\"m\"}", 0)));
    RefusedByPeerException refused = assertThrows(RefusedByPeerException.class, () -> request(true,
        fromBob("system.error", "{\"code\":\"resource_exhausted\",\"message\":\"full\"}", 0)));
    assertEquals(Optional.of("resource_exhausted"), refused.code());
    assertThrows(RefusedByPeerException.class, () -> request(false, fromBob("session.disconnect", "null", 91)));
  }

  @Test
  @DisplayName("R-8.6-02: any envelope of an ACTIVE connection is a success, and is handed on (A-13)")
  void anyActiveType() throws Exception {
    Raw message = fromBob("message.send", "{\"text\":\"on\"}", 91).with("content_type", "application/json");
    var resumed = assertInstanceOf(Resume.Outcome.Resumed.class, request(false, message));

    assertEquals(MessageType.MESSAGE_SEND,
        assertInstanceOf(Verdict.Accepted.class, resumed.first()).envelope().type());
    assertInstanceOf(Resume.Outcome.Resumed.class, request(false, fromBob("system.heartbeat", "null", 91)));
    ProtocolException setupType = assertThrows(ProtocolException.class,
        () -> request(false, fromBob("negotiate.response", "{\"selected_version\":\"0.1\",\"features\":{}}", 91)));
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, setupType.code());
  }

  @Test
  @DisplayName("R-8.6-05: an answer under a number used before, or to another resume, is a replay (A-13, A-37)")
  void replayedAnswers() {
    ProtocolException stale = assertThrows(
        ProtocolException.class, () -> request(false, fromBob("system.heartbeat", "null", 90)));
    assertEquals(ErrorCode.SEQUENCE_VIOLATION, stale.code());
    assertFalse(stale.isAnswerable());
    ProtocolException another = assertThrows(ProtocolException.class,
        () -> request(false, fromBob("system.heartbeat", "null", 91).with("reply_to", OTHER_ID)));
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, another.code());
    assertThrows(ProtocolException.class, () -> request(true, fromBob("system.heartbeat", "null", 91)));
    assertThrows(ProtocolException.class, () -> request(false, fromBob("system.heartbeat",
        "{\"channel_binding\":\"" + Side.binding(BOB_SELF, "tls-2", false).own() + "\"}", 91)));
  }

  @Test
  @DisplayName("R-6.3-05: whether a peer grants resumes is a feature of ours, which is a plain true")
  void announced() {
    assertTrue(Resume.isAnnounced(AGREED));
    for (String extras : List.of("{}", "{\"resume\":\"true\"}", "{\"resume\":1}", "{\"resume\":false}")) {
      assertFalse(Resume.isAnnounced(
          new Agreed("0.1", false, Optional.empty(), false, (JsonObject) Raw.parse(extras))), extras);
    }
  }
}
