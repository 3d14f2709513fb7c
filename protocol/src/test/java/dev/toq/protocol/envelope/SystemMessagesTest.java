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

import dev.toq.protocol.envelope.SystemMessages.PeerError;
import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.wire.FrameException;
import dev.toq.protocol.wire.FrameReader;
import dev.toq.protocol.wire.JsonValue.JsonString;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SystemMessagesTest {
  private static final UUID OTHER = UUID.fromString("550e8400-e29b-41d4-a716-446655440001");
  private static final Stamp STAMP = new Stamp(UUID.fromString(Raw.ID), ALICE_ADDRESS, BOB_ADDRESS, 4, NOW);

  private static Envelope roundTrip(Envelope envelope) {
    Terms terms = new Terms(1_048_576, Optional.empty(), false, true, false, 0, List.of());
    EnvelopeCheck check =
        new EnvelopeCheck(ALICE.publicKey(), ALICE_ADDRESS, BOB_ADDRESS::names, terms, id -> false);
    Envelope read = assertInstanceOf(
        Verdict.Accepted.class, check.check(EnvelopeCodec.seal(envelope, ALICE), NOW)).envelope();
    assertEquals(envelope, read);
    return read;
  }

  @Test
  @DisplayName("R-9.5-02: an ack holds the id that it confirms and nothing else")
  void ack() throws ProtocolException {
    Envelope ack = roundTrip(SystemMessages.ack(STAMP, OTHER));

    assertEquals(Optional.of(Raw.parse("{\"ack_id\":\"" + OTHER + "\"}")), ack.body());
    assertEquals(List.of(OTHER), SystemMessages.acknowledgedIds(ack));
    assertEquals(4, ack.sequence());
    assertEquals("2026-03-17T06:09:00Z", ack.timestamp());
  }

  @Test
  @DisplayName("An ack of several messages names each, the first where version 0.1 has it; what is no id says nothing")
  void sharedAck() throws ProtocolException {
    UUID second = UUID.fromString("5c5a1c39-8f7e-4b1e-9d8e-0f5b1a2c3d4e");
    Envelope ack = roundTrip(SystemMessages.sharedAck(STAMP, List.of(OTHER, second)));

    assertEquals(Optional.of(Raw.parse("{\"ack_id\":\"" + OTHER + "\",\"more_ack_ids\":[\"" + second + "\"]}")),
        ack.body());
    assertEquals(List.of(OTHER, second), SystemMessages.acknowledgedIds(ack));
    for (String more : List.of("[7, \"" + second + "\", \"no id\", null]", "[\"" + second + "\"]")) {
      assertEquals(List.of(OTHER, second), SystemMessages.acknowledgedIds(withMore(more)), more);
    }
    for (String more : List.of("7", "null", "{}", "[]", "\"" + second + "\"")) {
      assertEquals(List.of(OTHER), SystemMessages.acknowledgedIds(withMore(more)), more);
    }
  }

  private static Envelope withMore(String more) {
    return roundTrip(SystemMessages.ack(STAMP, OTHER)
        .withBody(Raw.parse("{\"ack_id\":\"" + OTHER + "\",\"more_ack_ids\":" + more + "}")));
  }

  @Test
  @DisplayName("R-9.7-05: an error holds code, message and, where there is one, the related id")
  void error() {
    Envelope error = roundTrip(
        SystemMessages.error(STAMP, ErrorCode.TTL_EXPIRED, "too \u001b[1mlate", Optional.of(OTHER)));
    PeerError read = SystemMessages.error(error);

    assertEquals(Optional.of(ErrorCode.TTL_EXPIRED), read.code());
    assertEquals(Optional.of(OTHER), read.relatedId());
    assertFalse(read.message().contains("\u001b"));
    Envelope bare = SystemMessages.error(STAMP, ErrorCode.SESSION_EXPIRED, "m", Optional.empty());
    assertEquals(Optional.of(Raw.parse("{\"code\":\"session_expired\",\"message\":\"m\"}")), bare.body());
    assertEquals(Optional.empty(), SystemMessages.error(bare).relatedId());
  }

  @Test
  @DisplayName("R-9.5-06, R-11.7-01: a cancel holds the id that it takes back and nothing else")
  void writesCancel() throws ProtocolException {
    Envelope cancel = roundTrip(SystemMessages.cancel(STAMP, OTHER));

    assertEquals(Optional.of(Raw.parse("{\"cancel_id\":\"" + OTHER + "\"}")), cancel.body());
    assertEquals(OTHER.toString(), SystemMessages.cancelledId(cancel));
  }

  @Test
  @DisplayName("R-9.6-01, R-9.6-03, R-11.2-01, R-11.4-01: the parts of a stream share its id, thread and content type")
  void streamParts() throws ProtocolException {
    UUID stream = UUID.fromString("d5e6f7a8-b9c0-4d1e-8f3a-4b5c6d7e8f90");
    StreamMessages.Heading heading =
        new StreamMessages.Heading(stream, Optional.of("t"), Optional.of("text/plain"));
    Envelope chunk = roundTrip(StreamMessages.chunk(STAMP, heading, new JsonString("a")));
    Envelope last = roundTrip(StreamMessages.end(STAMP, heading, Optional.of(new JsonString("b"))));
    Envelope bare = roundTrip(StreamMessages.end(STAMP, heading, Optional.empty()));

    for (Envelope part : List.of(chunk, last, bare)) {
      assertEquals(stream.toString(), StreamMessages.streamId(part));
      assertEquals(Optional.of("t"), part.threadId());
      assertEquals(Optional.of("text/plain"), part.contentType());
    }
    assertEquals(Optional.of(Raw.parse("{\"stream_id\":\"" + stream + "\",\"data\":\"a\"}")), chunk.body());
    assertEquals(Optional.of(new JsonString("b")), StreamMessages.data(last));
    assertEquals(Optional.empty(), StreamMessages.data(bare));
    assertThrows(ProtocolException.class, () -> StreamMessages.streamId(SystemMessages.heartbeat(STAMP)));
  }

  @Test
  @DisplayName("R-9.7-05: an error with an unknown code or an odd related id is read as far as it goes")
  void oddError() {
    PeerError read = SystemMessages.error(STAMP.envelope(MessageType.ERROR)
        .withBody(Raw.parse("{\"code\":\"new\",\"message\":\"m\",\"related_id\":\"x\"}")));

    assertEquals(new PeerError(Optional.empty(), "new", "m", Optional.empty()), read);
    assertEquals("", SystemMessages.error(STAMP.envelope(MessageType.ERROR)).message());
  }

  @Test
  @DisplayName("R-23.1-14: the code blocked is never sent")
  void neverBlocked() {
    assertThrows(IllegalArgumentException.class,
        () -> SystemMessages.error(STAMP, ErrorCode.BLOCKED, "m", Optional.empty()));
  }

  @Test
  @DisplayName("R-9.7-01, R-9.7-02, R-9.3-02, R-9.7-04: heartbeats and goodbyes have no body")
  void bodiless() {
    assertEquals(Optional.empty(), roundTrip(SystemMessages.heartbeat(STAMP)).body());
    assertEquals(Optional.of(OTHER.toString()), roundTrip(SystemMessages.heartbeatAck(STAMP, OTHER)).replyTo());
    assertEquals(MessageType.SESSION_DISCONNECT, roundTrip(SystemMessages.disconnect(STAMP)).type());
    assertEquals(MessageType.BACKPRESSURE_CLEAR, roundTrip(SystemMessages.backpressureClear(STAMP)).type());
  }

  @Test
  @DisplayName("R-9.7-03, R-21.2-02: backpressure asks for 1 to 60 seconds, and is read so whatever it says (A-67)")
  void backpressure() throws ProtocolException {
    for (long[] row : new long[][] {{0, 1}, {1, 1}, {7, 7}, {60, 60}, {61, 60}}) {
      Envelope sent = roundTrip(SystemMessages.backpressure(STAMP, Duration.ofSeconds(row[0])));
      assertEquals(Optional.of(Raw.parse("{\"retry_after\":" + row[1] + "}")), sent.body());
    }
    for (String huge : List.of("3600", "99999999999999999999")) {
      assertEquals(Duration.ofSeconds(60), SystemMessages.retryAfter(
          STAMP.envelope(MessageType.BACKPRESSURE).withBody(Raw.parse("{\"retry_after\":" + huge + "}"))));
    }
  }

  @Test
  @DisplayName("R-9.5-06: the id of a cancel is read as text")
  void cancel() throws ProtocolException {
    assertEquals("x", SystemMessages.cancelledId(
        STAMP.envelope(MessageType.MESSAGE_CANCEL).withBody(Raw.parse("{\"cancel_id\":\"x\"}"))));
  }

  @Test
  @DisplayName("R-9.4-01, R-9.4-03: the owner's answers name the request, a denial gives no reason (A-49)")
  void approval() {
    Envelope ask = SystemMessages.approvalRequest(STAMP, OTHER, "wait");
    assertEquals(Optional.of(OTHER.toString()), ask.replyTo());
    assertEquals(Optional.of(Raw.parse("{\"message\":\"wait\"}")), ask.body());
    Envelope denied = SystemMessages.approvalDenied(STAMP, OTHER);
    assertEquals(Optional.of(OTHER.toString()), denied.replyTo());
    assertEquals(Optional.empty(), denied.body());
  }

  @Test
  @DisplayName("R-9.5-03, R-9.5-04: five types are acknowledged, no other")
  void acknowledgedTypes() {
    assertEquals(
        List.of("message.send", "message.cancel", "message.stream.chunk", "message.stream.end", "thread.close"),
        List.of(MessageType.values()).stream().filter(MessageType::isAcknowledged).map(MessageType::wire).toList());
  }

  @Test
  @DisplayName("R-9.0-01: there are 25 types and 22 codes, each found by its text")
  void catalogues() {
    assertEquals(25, MessageType.values().length);
    assertEquals(22, ErrorCode.values().length);
    for (MessageType type : MessageType.values()) {
      assertEquals(Optional.of(type), MessageType.ofWire(type.wire()));
      assertFalse(type.isLegalWhenActive() && type.isLegalInSetup()
          && type != MessageType.ERROR && type != MessageType.SESSION_DISCONNECT, type.wire());
    }
    assertEquals(Optional.empty(), MessageType.ofWire("Message.Send"));
    assertEquals(Optional.of(ErrorCode.CARD_KEY_MISMATCH), ErrorCode.ofWire("card_key_mismatch"));
    assertEquals(Optional.empty(), ErrorCode.ofWire("x"));
  }

  @Test
  @DisplayName("R-9.7-06: exactly five codes are fatal (A-03)")
  void fatalCodes() {
    assertEquals(List.of("invalid_signature", "protocol_violation", "version_not_supported", "card_too_large",
        "card_key_mismatch"),
        List.of(ErrorCode.values()).stream().filter(ErrorCode::isFatal).map(ErrorCode::wire).toList());
  }

  private static FrameException frameFault(int length, int limit) throws Exception {
    byte[] frame = new byte[4 + Math.min(length, 1000)];
    frame[0] = (byte) (length >>> 24);
    frame[1] = (byte) (length >>> 16);
    frame[2] = (byte) (length >>> 8);
    frame[3] = (byte) length;
    FrameReader reader = new FrameReader(new ByteArrayInputStream(frame));
    return assertThrows(FrameException.class, () -> reader.read(limit));
  }

  @Test
  @DisplayName("R-23.1-07, R-4.6-04: an oversized frame is too large, and closes only where it was not skipped (A-26)")
  void framesToCodes() throws Exception {
    FrameException empty = frameFault(0, 10);
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, ProtocolException.of(empty).code());
    assertTrue(empty.closes());
    FrameException skipped = frameFault(20, 10);
    ProtocolException answer = ProtocolException.of(skipped);
    assertEquals(ErrorCode.MESSAGE_TOO_LARGE, answer.code());
    assertTrue(answer.isAnswerable());
    assertEquals(Optional.empty(), answer.relatedId());
    assertFalse(skipped.closes());
    FrameException beyond = frameFault(0x7FFFFFFF, 10);
    assertEquals(ErrorCode.MESSAGE_TOO_LARGE, ProtocolException.of(beyond).code());
    assertFalse(ProtocolException.of(beyond).unanswered().isAnswerable());
    assertTrue(beyond.closes());
  }
}
