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

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.Signatures;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EnvelopeCodecTest {
  private static final String CANONICAL =
      "{\"body\":{\"n\":1.5,\"ok\":true,\"text\":\"h\u00e9llo\"},\"content_type\":\"application/json\","
          + "\"from\":\"toq://192.168.1.50:9010/alice\",\"id\":\"550e8400-e29b-41d4-a716-446655440000\","
          + "\"sequence\":2,\"thread_id\":\"t-1\",\"timestamp\":\"2026-03-17T06:08:59.5Z\","
          + "\"to\":[\"toq://192.168.1.51/bob\"],\"type\":\"message.send\",\"version\":\"0.1\"}";
  private static final String SIGNATURE =
      "ed25519:n/V84nQhDQ2hcutWaI3sOY+GJg8K9MeJnY/LCvg4cSjS6MSezqjc8ILMci+zCsSCmbbncCqrozQgqoc5RZW9AQ==";

  private static Envelope message(Address from, JsonValue body) {
    return new Envelope(UUID.fromString(Raw.ID), MessageType.MESSAGE_SEND, from, List.of(BOB_ADDRESS), 2,
        "2026-03-17T06:08:59.5Z", Optional.of("t-1"), Optional.empty(), Optional.empty(),
        Optional.of("application/json"), OptionalLong.empty(), Optional.empty(), Optional.empty(), Optional.of(body));
  }

  private static Verdict judge(byte[] payload, Address from) {
    Terms terms = new Terms(1_048_576, Optional.empty(), false, true, false, 0, List.of());
    return new EnvelopeCheck(ALICE.publicKey(), from, BOB_ADDRESS::names, terms, id -> false).check(payload, NOW);
  }

  @Test
  @DisplayName("R-4.2-01, R-4.4-01, R-4.4-02: the known envelope has its canonical bytes and its signature, and "
      + "those verify")
  void sealsKnownEnvelope() {
    byte[] payload = EnvelopeCodec.seal(
        message(ALICE_ADDRESS, Raw.parse("{\"text\":\"h\u00e9llo\",\"ok\":true,\"n\":1.50}")), ALICE);

    assertEquals(CANONICAL.replaceFirst("}$", ",\"signature\":\"" + SIGNATURE + "\"}"), Raw.text(payload));
    Envelope read = assertInstanceOf(Verdict.Accepted.class, judge(payload, ALICE_ADDRESS)).envelope();
    assertEquals(message(ALICE_ADDRESS, Raw.parse("{\"n\":1.5,\"ok\":true,\"text\":\"h\u00e9llo\"}")), read);
  }

  @Test
  @DisplayName("R-4.2-13, R-4.2-17: absent fields and a null body are left out, never written as null (A-23)")
  void writesNoNulls() {
    Envelope envelope =
        Envelope.of(UUID.fromString(Raw.ID), MessageType.HEARTBEAT, ALICE_ADDRESS, List.of(BOB_ADDRESS), 7,
            "2026-03-17T06:08:59Z").withBody(JsonNull.NULL);

    String text = Raw.text(EnvelopeCodec.seal(envelope, ALICE));

    assertTrue(text.startsWith("{\"from\":\"toq://192.168.1.50:9010/alice\",\"id\":\"" + Raw.ID
        + "\",\"sequence\":7,\"timestamp\":\"2026-03-17T06:08:59Z\",\"to\":[\"toq://192.168.1.51/bob\"],"
        + "\"type\":\"system.heartbeat\",\"version\":\"0.1\",\"signature\":\"ed25519:"), text);
    assertFalse(text.contains("null"));
  }

  @Test
  @DisplayName("R-4.2-04: addresses leave in the spelling that the reference prints")
  void writesNormalisedAddresses() {
    Address domain = Address.parse("toq://Example.com:7070/alice");
    byte[] payload = EnvelopeCodec.seal(message(domain, Raw.parse("{}")), ALICE);

    assertTrue(Raw.text(payload).contains("\"from\":\"toq://example.com/alice\""));
    assertInstanceOf(Verdict.Accepted.class, judge(payload, domain));
  }

  @Test
  @DisplayName("R-4.4-01: every optional field makes the round trip")
  void keepsEveryField() {
    Envelope full = new Envelope(UUID.fromString(Raw.ID), MessageType.MESSAGE_SEND, ALICE_ADDRESS,
        List.of(Address.parse("toq://carol.example/carol"), BOB_ADDRESS), 9, "2026-03-17T06:08:59Z",
        Optional.of("t\u2028\""), Optional.of("r"), Optional.of("urgent"), Optional.of("text/plain"),
        OptionalLong.of(600), Optional.empty(), Optional.empty(), Optional.of(new JsonValue.JsonString("b\u0007")));

    assertEquals(full,
        assertInstanceOf(Verdict.Accepted.class, judge(EnvelopeCodec.seal(full, ALICE), ALICE_ADDRESS)).envelope());
  }

  @Test
  @DisplayName("R-4.4-02: numbers that the reference misreads leave in another spelling and still verify (A-21)")
  void spellsNumbersForTheReference() {
    String body = "{\"a\":1796353693.5594187,\"b\":0.36995516654807925,\"c\":[4.916864740071758e-67,-0,"
        + "18446744073709551615,426.70839951173724]}";
    byte[] payload = EnvelopeCodec.seal(message(ALICE_ADDRESS, Raw.parse(body)), ALICE);

    assertFalse(Raw.text(payload).contains("1796353693.5594187"), Raw.text(payload));
    assertInstanceOf(Verdict.Accepted.class, judge(payload, ALICE_ADDRESS));
  }

  @Test
  @DisplayName("R-4.2-09: a timestamp leaves with Z and at most milliseconds, and reads back (A-30)")
  void formatsTimestamps() {
    assertEquals("2026-03-17T06:08:59.123Z", Timestamps.format(Instant.parse("2026-03-17T06:08:59.123987654Z")));
    assertEquals("2026-03-17T06:08:59Z", Timestamps.format(Instant.parse("2026-03-17T06:08:59.000001Z")));
  }

  @Test
  @DisplayName("R-4.2-09: any RFC 3339 time with a zero offset reads, others do not (A-30)")
  void parsesTimestamps() {
    Instant instant = Instant.parse("2026-03-17T06:08:59.5Z");
    for (String same : List.of("2026-03-17T06:08:59.5Z", "2026-03-17t06:08:59.500000000z",
        "2026-03-17T06:08:59.50+00:00", "2026-03-17T06:08:59.5-00:00")) {
      assertEquals(Optional.of(instant), Timestamps.parse(same), same);
    }
    assertEquals(Optional.of(Instant.parse("2016-12-31T23:59:59Z")), Timestamps.parse("2016-12-31T23:59:60Z"));
    for (String odd : List.of("2026-03-17T06:08:59", "2026-03-17T06:08:59.Z", "2026-03-17T06:08:59.1234567890Z",
        "2026-03-17T06:08:59+01:00", "2026-02-30T06:08:59Z", "2026-03-17T24:00:00Z", "2026-03-17T06:08:61Z",
        "2026-3-17T06:08:59Z", " 2026-03-17T06:08:59Z", "+12026-03-17T06:08:59Z", "2026-03-17 06:08:59Z")) {
      assertEquals(Optional.empty(), Timestamps.parse(odd), odd);
    }
  }

  @Test
  @DisplayName("R-4.2-14: a signature's text is ed25519: and strict base64 of 64 bytes (A-28)")
  void readsSignatureTexts() {
    assertEquals(64, Signatures.parse(SIGNATURE).orElseThrow().length);
    assertEquals(SIGNATURE, Signatures.text(Signatures.parse(SIGNATURE).orElseThrow()));
    for (String odd : List.of(SIGNATURE.replace("=", ""), SIGNATURE.substring(8), SIGNATURE + " ", "ed25519:AAAA",
        SIGNATURE.replace("AQ==", "AR=="), SIGNATURE.replace('/', '_'))) {
      assertEquals(Optional.empty(), Signatures.parse(odd), odd);
    }
  }

  @Test
  @DisplayName("A body with a lone surrogate cannot be sent")
  void refusesLoneSurrogates() {
    assertThrows(IllegalArgumentException.class,
        () -> EnvelopeCodec.seal(message(ALICE_ADDRESS, new JsonValue.JsonString("\ud800")), ALICE));
  }
}
