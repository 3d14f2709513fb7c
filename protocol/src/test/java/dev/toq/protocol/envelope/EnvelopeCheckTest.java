package dev.toq.protocol.envelope;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.envelope.Raw.ID;
import static dev.toq.protocol.envelope.Raw.NOW;
import static dev.toq.protocol.envelope.Raw.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The checks on the header of an envelope; content and bodies have their own tests. */
class EnvelopeCheckTest {
  private static final Terms TERMS = new Terms(1_048_576, Optional.empty(), false, true, false, 0, List.of());

  private final Set<String> known = new HashSet<>();
  private final EnvelopeCheck check = check(TERMS);

  private EnvelopeCheck check(Terms terms) {
    return new EnvelopeCheck(ALICE.publicKey(), ALICE_ADDRESS, BOB_ADDRESS::names, terms, known::contains);
  }

  private Verdict judge(Raw raw) {
    return check.check(raw.signed(), NOW);
  }

  private Verdict.Refused refused(byte[] payload) {
    return assertInstanceOf(Verdict.Refused.class, check.check(payload, NOW));
  }

  private Verdict.Refused refused(Raw raw) {
    return refused(raw.signed());
  }

  private void assertAccepted(Raw raw) {
    assertInstanceOf(Verdict.Accepted.class, judge(raw));
  }

  @Test
  @DisplayName("R-4.3-01: an envelope that keeps every rule is accepted with all its fields")
  void acceptsGoodMessage() {
    Envelope envelope = assertInstanceOf(Verdict.Accepted.class,
        judge(message().with("thread_id", "t-1").with("reply_to", "r-1").with("priority", "urgent").json("ttl", "60")))
        .envelope();

    assertEquals(UUID.fromString(ID), envelope.id());
    assertEquals(MessageType.MESSAGE_SEND, envelope.type());
    assertEquals(ALICE_ADDRESS, envelope.from());
    assertEquals(List.of(BOB_ADDRESS), envelope.to());
    assertEquals(2, envelope.sequence());
    assertEquals("2026-03-17T06:08:59.5Z", envelope.timestamp());
    assertEquals(Optional.of("t-1"), envelope.threadId());
    assertEquals(Optional.of("r-1"), envelope.replyTo());
    assertEquals(Optional.of("urgent"), envelope.priority());
    assertEquals(Optional.of("application/json"), envelope.contentType());
    assertEquals(60, envelope.ttl().orElseThrow());
    assertEquals(Optional.of(Raw.parse("{\"text\":\"h\u00e9llo\"}")), envelope.body());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "7", "\"text\"", "null", "{}{}", "{\"id\":1,\"id\":2}", "\u0000"})
  @DisplayName("R-4.1-01: a frame that is not one JSON object is a protocol violation (A-04, A-24)")
  void refusesWhatIsNoObject(String text) {
    Verdict.Refused refused = refused(text.getBytes(StandardCharsets.UTF_8));

    assertEquals(ErrorCode.PROTOCOL_VIOLATION, refused.code());
    assertEquals(Optional.empty(), refused.relatedId());
    assertTrue(refused.answerable());
  }

  @Test
  @DisplayName("R-1.4-01: bytes that are not UTF-8 are a protocol violation")
  void refusesInvalidUtf8() {
    byte[] payload = message().signed();
    payload[Raw.text(payload).indexOf("\u00e9")] = (byte) 0xFF;

    assertEquals(ErrorCode.PROTOCOL_VIOLATION, refused(payload).code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"version", "id", "type", "from", "to", "sequence", "timestamp"})
  @DisplayName("R-23.1-02: a missing or null required field is a protocol violation that quotes the id (A-04, A-23)")
  void refusesMissingField(String field) {
    Optional<UUID> quoted = field.equals("id") ? Optional.empty() : Optional.of(UUID.fromString(ID));
    for (Raw raw : List.of(message().without(field), message().json(field, "null"))) {
      Verdict.Refused refused = refused(raw);
      assertEquals(ErrorCode.PROTOCOL_VIOLATION, refused.code());
      assertEquals(quoted, refused.relatedId());
      assertTrue(refused.reason().contains("'" + field + "'"), refused.reason());
    }
  }

  @Test
  @DisplayName("R-4.2-14: an envelope without signature is a protocol violation")
  void refusesMissingSignature() {
    byte[] unsigned = StrictJson.write(message().object());

    assertEquals(ErrorCode.PROTOCOL_VIOLATION, refused(unsigned).code());
  }

  @Test
  @DisplayName("R-4.3-09, R-13.4-01, R-13.4-02, R-23.1-01: a signature by another key, of another form or over other "
      + "bytes does not verify")
  void refusesBadSignatures() {
    assertEquals(ErrorCode.INVALID_SIGNATURE, refused(message().signedBy(BOB)).code());
    assertEquals(ErrorCode.INVALID_SIGNATURE, refused(message().signedOver(new byte[] {1})).code());
    String good = Raw.text(message().signed());
    for (String bad : List.of(good.replace("ed25519:", "ed25519;"), good.replace("ed25519:", ""),
        good.replace("==\"}", "\"}"), good.replaceFirst("ed25519:....", "ed25519:"), good.replace("==\"}", "== \"}"))) {
      Verdict.Refused refused = refused(bad.getBytes(StandardCharsets.UTF_8));
      assertEquals(ErrorCode.INVALID_SIGNATURE, refused.code(), bad);
      assertEquals(Optional.of(UUID.fromString(ID)), refused.relatedId());
    }
    String number = good.replaceFirst("\"signature\":\"[^\"]*\"", "\"signature\":7");
    assertEquals(ErrorCode.INVALID_SIGNATURE, refused(number.getBytes(StandardCharsets.UTF_8)).code());
  }

  @Test
  @DisplayName("A-05: before the signature has verified, only a UUID is quoted")
  void quotesOnlyUuids() {
    byte[] payload = message().with("id", "<script>").signedBy(BOB);

    assertEquals(Optional.empty(), refused(payload).relatedId());
  }

  @Test
  @DisplayName("R-4.2-01, R-4.3-02: another version is refused as version_not_supported; one that is no text is "
      + "malformed (A-17)")
  void refusesOtherVersion() {
    assertEquals(ErrorCode.VERSION_NOT_SUPPORTED, refused(message().with("version", "9.9")).code());
    assertEquals(ErrorCode.INVALID_ENVELOPE, refused(message().json("version", "0.1")).code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"550e8400-e29b-11d4-a716-446655440000", "00000000-0000-0000-0000-000000000000",
      "550e8400-e29b-41d4-c716-446655440000", "550e8400e29b41d4a716446655440000", "1-1-4-8-1", "", "x",
      "{550e8400-e29b-41d4-a716-446655440000}"})
  @DisplayName("R-4.2-02, R-4.3-03, R-23.1-04: an id that is not a UUID of version 4 is an invalid envelope")
  void refusesOtherIds(String id) {
    assertEquals(ErrorCode.INVALID_ENVELOPE, refused(message().with("id", id)).code());
  }

  @Test
  @DisplayName("R-4.2-02: an id in upper case is the same id")
  void acceptsUpperCaseId() {
    Verdict.Accepted accepted = assertInstanceOf(
        Verdict.Accepted.class, judge(message().with("id", "550E8400-E29B-41D4-A716-446655440000")));

    assertEquals(ID, accepted.envelope().id().toString());
  }

  @Test
  @DisplayName("R-4.2-03, R-4.3-05, R-9.0-01: an unknown type is a protocol violation")
  void refusesUnknownType() {
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, refused(message().with("type", "foo\u001b[31m")).code());
    assertFalse(refused(message().with("type", "foo\u001b[31m")).reason().contains("\u001b"));
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, refused(message().json("type", "7")).code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"handshake.init", "handshake.response", "handshake.reject", "negotiate.request",
      "negotiate.response", "negotiate.reject", "session.resume", "approval.request", "approval.granted",
      "approval.denied", "card.exchange"})
  @DisplayName("R-9.0-01, R-9.1-01, R-9.1-02, R-9.1-03: a type of the setup is a protocol violation when ACTIVE (A-16)")
  void refusesSetupTypes(String type) {
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, refused(Raw.of(type, "{}")).code());
  }

  @Test
  @DisplayName("R-6.5-01, R-11.1-01: a part of a stream is a protocol violation where streaming was not negotiated")
  void refusesStreamsThatWereNotNegotiated() {
    Terms noStreams = new Terms(1_048_576, Optional.empty(), false, false, false, 0, List.of());
    for (String type : List.of("message.stream.chunk", "message.stream.end")) {
      Raw part = Raw.of(type, "{\"stream_id\":\"s\",\"data\":\"d\"}");
      Verdict verdict = check(noStreams).check(part.signed(), NOW);
      assertEquals(ErrorCode.PROTOCOL_VIOLATION, assertInstanceOf(Verdict.Refused.class, verdict).code());
      assertInstanceOf(Verdict.Accepted.class, check(TERMS).check(part.signed(), NOW));
    }
    assertInstanceOf(Verdict.Accepted.class, check(noStreams).check(message().signed(), NOW));
  }

  @ParameterizedTest
  @ValueSource(strings = {"toq://192.168.1.50:9010/Alice", "http://192.168.1.50/alice", "alice", "",
      "toq://192.168.1.50:9010/alice?x", "toq://192.168.1.50:9010/-a"})
  @DisplayName("R-4.2-04, R-4.3-06: a from that is no address is an invalid envelope")
  void refusesMalformedFrom(String from) {
    assertEquals(ErrorCode.INVALID_ENVELOPE, refused(message().with("from", from)).code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"toq://192.168.1.50:9010/mallory", "toq://192.168.1.50:9011/alice",
      "toq://192.168.1.50/alice", "toq://10.0.0.1:9010/alice"})
  @DisplayName("R-18.4-01: a from that is not the address of the handshake is an invalid envelope (A-39)")
  void refusesForeignFrom(String from) {
    Verdict.Refused refused = refused(message().with("from", from));

    assertEquals(ErrorCode.INVALID_ENVELOPE, refused.code());
    assertFalse(refused.code().isFatal());
  }

  @Test
  @DisplayName("R-4.3-07, R-4.2-05: to holds 1 to 100 addresses, all sound")
  void checksNumberOfRecipients() {
    String us = BOB_ADDRESS.toString();
    assertEquals(ErrorCode.INVALID_ENVELOPE, refused(message().with("to", us)).code());
    assertEquals(ErrorCode.INVALID_ENVELOPE, refused(message().json("to", "[]")).code());
    assertEquals(ErrorCode.INVALID_ENVELOPE, refused(message().json("to", "[7,\"" + us + "\"]")).code());
    assertEquals(ErrorCode.INVALID_ENVELOPE, refused(message().json("to", "[\"" + us + "\",\"nobody\"]")).code());
    assertEquals(ErrorCode.INVALID_ENVELOPE,
        refused(message().with("to", JsonArray.ofTexts(Collections.nCopies(101, us)))).code());
    assertAccepted(message().json("sequence", "50").with("to", JsonArray.ofTexts(Collections.nCopies(100, us))));
  }

  @Test
  @DisplayName("A-36: an envelope that does not name this agent is an invalid envelope; one of several will do")
  void checksThatToNamesUs() {
    assertEquals(ErrorCode.INVALID_ENVELOPE,
        refused(message().json("to", "[\"toq://192.168.1.51/carol\"]")).code());
    assertAccepted(
        message().json("sequence", "9").json("to", "[\"toq://192.168.1.51/carol\",\"toq://192.168.1.51/bob\"]"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1.5", "\"3\"", "3.0", "3e0", "-0", "9007199254740992", "18446744073709551616",
      "99999999999999999999999", "true"})
  @DisplayName("R-4.2-08: a sequence that is not a plain integer from 0 to 2^53-1 is an invalid envelope (A-12)")
  void refusesOddSequences(String sequence) {
    assertEquals(ErrorCode.INVALID_ENVELOPE, refused(message().json("sequence", sequence)).code());
    assertAccepted(message().json("sequence", "0"));
  }

  @Test
  @DisplayName("R-4.2-08: the first sequence may be any, and the largest is 2^53-1 (A-11, A-12)")
  void acceptsAnyFirstSequence() {
    assertAccepted(message().json("sequence", "9007199254740991"));
  }

  @Test
  @DisplayName("R-4.3-08, R-10.7-03, R-17.1-01, R-23.1-06: a sequence at or below the last is a sequence violation; "
      + "what came after a gap is taken at once (A-11)")
  void refusesSequenceThatDoesNotRise() {
    assertAccepted(message().json("sequence", "5"));
    assertAccepted(message().json("sequence", "7"));
    for (String stale : List.of("7", "6", "0")) {
      Verdict.Refused refused = refused(message().json("sequence", stale));
      assertEquals(ErrorCode.SEQUENCE_VIOLATION, refused.code());
      assertFalse(refused.code().isFatal());
    }
    assertAccepted(message().json("sequence", "8"));
  }

  @Test
  @DisplayName("A-05: the sequence moves on once the signature is good, even where a later check refuses")
  void tracksRefusedEnvelopes() {
    refused(message().json("sequence", "9").with("version", "9.9"));
    assertEquals(ErrorCode.SEQUENCE_VIOLATION, refused(message().json("sequence", "9")).code());

    refused(message().json("sequence", "20").signedBy(BOB));
    assertAccepted(message().json("sequence", "10"));
  }

  @Test
  @DisplayName("R-4.3-04, R-4.7-01, R-12.4-04, R-17.2-01: an id that the inbox knows is a duplicate, stale or not "
      + "(A-02)")
  void findsDuplicates() {
    known.add(ID);
    assertEquals(ID, assertInstanceOf(Verdict.Duplicate.class, judge(message().json("sequence", "3")))
        .envelope().id().toString());
    assertInstanceOf(Verdict.Duplicate.class, judge(message().json("sequence", "3")));
    assertInstanceOf(Verdict.Duplicate.class, judge(message().json("sequence", "1")));
    assertInstanceOf(Verdict.Duplicate.class, judge(message().json("sequence", "4").json("body", "{\"edited\":1}")));
    assertEquals(ErrorCode.SEQUENCE_VIOLATION,
        refused(message().json("sequence", "3").with("id", "550e8400-e29b-41d4-a716-446655440001")).code());
  }

  @Test
  @DisplayName("R-9.5-04: types that are never acknowledged are never duplicates (A-06)")
  void findsDuplicatesOfAcknowledgedTypesOnly() {
    known.add(ID);

    assertInstanceOf(Verdict.Accepted.class, judge(Raw.of("system.heartbeat", "{}").json("sequence", "3")));
    assertEquals(
        ErrorCode.SEQUENCE_VIOLATION, refused(Raw.of("system.heartbeat", "{}").json("sequence", "3")).code());
    assertInstanceOf(Verdict.Duplicate.class,
        judge(Raw.of("message.cancel", "{\"cancel_id\":\"x\"}").json("sequence", "4")));
  }

  @ParameterizedTest
  @CsvSource({"60, 2026-03-17T06:09:00Z, true", "1, 2026-03-17T06:08:29Z, true", "1, 2026-03-17T06:08:28.999Z, false",
      "0, 2026-03-17T06:09:00Z, false", "0, 2030-01-01T00:00:00Z, false", "1, 2030-01-01T00:00:00Z, true",
      "9223372036854775807, 2000-01-01T00:00:00Z, true", "99999999999999999999999999, 2000-01-01T00:00:00Z, true",
      "3600, 2026-03-17T05:08:00Z, false"})
  @DisplayName("R-4.3-12, R-23.1-09: what outlived its ttl by more than 30 seconds is discarded as expired (A-18)")
  void discardsExpired(String ttl, String timestamp, boolean alive) {
    Verdict verdict = judge(message().json("ttl", ttl).with("timestamp", timestamp));
    if (alive) {
      assertInstanceOf(Verdict.Accepted.class, verdict);
    } else {
      assertEquals(ErrorCode.TTL_EXPIRED, assertInstanceOf(Verdict.Refused.class, verdict).code());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1.5", "\"60\"", "6e1", "-0", "{}"})
  @DisplayName("R-4.2-12: a ttl that is not an integer of 0 or more is an invalid envelope (A-18)")
  void refusesOddTtl(String ttl) {
    assertEquals(ErrorCode.INVALID_ENVELOPE, refused(message().json("ttl", ttl)).code());
  }

  @Test
  @DisplayName("R-4.2-09, R-17.3-01: without a ttl any well-formed timestamp passes; a malformed one does not (A-30)")
  void checksTimestampForm() {
    assertAccepted(message().with("timestamp", "1970-01-01T00:00:00Z"));
    assertAccepted(message().json("sequence", "3").with("timestamp", "2999-01-01T00:00:00.123456789+00:00"));
    int sequence = 4;
    for (String odd : List.of("yesterday", "2026-03-17T06:08:59+02:00", "2026-03-17", "")) {
      Raw raw = message().json("sequence", String.valueOf(sequence++)).with("timestamp", odd);
      assertEquals(ErrorCode.INVALID_ENVELOPE, refused(raw).code());
    }
    assertEquals(ErrorCode.INVALID_ENVELOPE, refused(message().json("sequence", "90").json("timestamp", "17")).code());
  }

  @Test
  @DisplayName("R-4.2-06, R-4.2-07: a thread id of 1024 bytes and an answered id are read; null counts as absent "
      + "(A-23, A-71)")
  void acceptsLongestTextsAndNull() {
    Envelope full = assertInstanceOf(Verdict.Accepted.class,
        judge(message().with("thread_id", "\u00e9".repeat(512)).with("reply_to", "unknown"))).envelope();
    assertEquals(Optional.of("\u00e9".repeat(512)), full.threadId());
    assertEquals(Optional.of("unknown"), full.replyTo());
    Envelope envelope = assertInstanceOf(Verdict.Accepted.class,
        judge(message().json("sequence", "3").json("reply_to", "null").json("ttl", "null").json("body", "null")))
        .envelope();
    assertEquals(Optional.empty(), envelope.replyTo());
    assertEquals(Optional.empty(), envelope.body());
  }

  @ParameterizedTest
  @ValueSource(strings = {"system.error", "message.ack", "system.heartbeat.ack", "system.key_rotation.ack"})
  @DisplayName("R-4.3-13: an error, an ack or another answer is never answered with an error (A-15)")
  void answersNoAnswers(String type) {
    assertFalse(refused(Raw.of(type, "{}")).answerable());
    assertFalse(refused(Raw.of(type, "{}").signedBy(BOB)).answerable());
    assertFalse(refused(Raw.of(type, "{}").without("to")).answerable());
    assertTrue(refused(Raw.of("message.cancel", "{}").json("sequence", "9")).answerable());
  }

  @Test
  @DisplayName("R-4.6-04: a payload above the limit is too large, and names no id (A-26)")
  void refusesLargePayload() {
    byte[] payload = message().signed();
    Terms exact = new Terms(payload.length, Optional.empty(), false, true, false, 0, List.of());
    Terms smaller = new Terms(payload.length - 1, Optional.empty(), false, true, false, 0, List.of());

    assertInstanceOf(Verdict.Accepted.class, check(exact).check(payload, NOW));
    Verdict.Refused refused = assertInstanceOf(Verdict.Refused.class, check(smaller).check(payload, NOW));
    assertEquals(ErrorCode.MESSAGE_TOO_LARGE, refused.code());
    assertEquals(Optional.empty(), refused.relatedId());
  }

  @Test
  @DisplayName("R-8.1-01: before ACTIVE only the types of setup are legal; activation goes on with the sequence (A-16)")
  void activates() {
    EnvelopeCheck setup = EnvelopeCheck.beforeActive(ALICE.publicKey(), ALICE_ADDRESS, BOB_ADDRESS::names);
    assertEquals(ErrorCode.PROTOCOL_VIOLATION,
        assertInstanceOf(Verdict.Refused.class, setup.check(message().json("sequence", "0").signed(), NOW)).code());
    assertInstanceOf(Verdict.Accepted.class,
        setup.check(Raw.of("card.exchange", "{}").json("sequence", "1").signed(), NOW));

    known.add(ID);
    setup.activate(TERMS, known::contains);
    assertInstanceOf(Verdict.Duplicate.class, setup.check(message().json("sequence", "2").signed(), NOW));
    known.clear();
    assertEquals(ErrorCode.SEQUENCE_VIOLATION,
        assertInstanceOf(Verdict.Refused.class, setup.check(message().json("sequence", "1").signed(), NOW)).code());
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, assertInstanceOf(Verdict.Refused.class,
        setup.check(Raw.of("card.exchange", "{}").json("sequence", "5").signed(), NOW)).code());
  }
}
