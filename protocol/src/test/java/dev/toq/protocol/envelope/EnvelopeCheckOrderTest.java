package dev.toq.protocol.envelope;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.envelope.Raw.ID;
import static dev.toq.protocol.envelope.Raw.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two rules broken at once: the verdict is that of the earlier check. */
class EnvelopeCheckOrderTest {

  /** The faults in the order of A-05; each value breaks one rule of a good message. */
  enum Fault {
    SIZE("message_too_large"),
    MISSING_FIELD("protocol_violation"),
    SIGNATURE("invalid_signature"),
    VERSION("version_not_supported"),
    ID("invalid_envelope"),
    TYPE("protocol_violation"),
    FROM("invalid_envelope"),
    SEQUENCE("sequence_violation"),
    DUPLICATE("duplicate"),
    TTL("ttl_expired"),
    CONTENT_TYPE("executable_content_blocked"),
    COMPRESSION("compression_not_negotiated"),
    BODY("invalid_envelope");

    private final String verdict;

    Fault(String verdict) {
      this.verdict = verdict;
    }

    void breakRule(Raw raw) {
      switch (this) {
        case SIZE -> raw.with("padding", "x".repeat(4096));
        case MISSING_FIELD -> raw.without("to");
        case VERSION -> raw.with("version", "9.9");
        case ID -> raw.with("id", "550e8400-e29b-11d4-a716-446655440000");
        case TYPE -> raw.with("type", "card.exchange");
        case FROM -> raw.with("from", "toq://192.168.1.50:9010/mallory");
        case SEQUENCE -> raw.json("sequence", "1");
        case TTL -> raw.json("ttl", "1").with("timestamp", "2026-03-17T05:00:00Z");
        case CONTENT_TYPE -> raw.with("content_type", "application/x-sharedlib");
        case COMPRESSION -> raw.with("compression", "gzip");
        case BODY -> raw.with("body", "a string");
        case SIGNATURE, DUPLICATE -> { }
      }
    }
  }

  static Stream<Arguments> pairs() {
    List<Arguments> pairs = new ArrayList<>();
    for (Fault first : Fault.values()) {
      for (Fault second : Fault.values()) {
        // A known id forgives a stale sequence.
        boolean exempt = first == Fault.SEQUENCE && second == Fault.DUPLICATE;
        if (first.compareTo(second) < 0 && !exempt) {
          pairs.add(Arguments.of(first, second));
        }
      }
    }
    return pairs.stream();
  }

  @ParameterizedTest(name = "{0} before {1}")
  @MethodSource("pairs")
  @DisplayName("R-4.3-01: of two broken rules, the one that is checked first decides (A-05)")
  void earlierFaultDecides(Fault first, Fault second) {
    List<Fault> faults = List.of(first, second);
    Raw raw = Raw.message();
    faults.forEach(fault -> fault.breakRule(raw));
    EnvelopeCheck check = new EnvelopeCheck(ALICE.publicKey(), ALICE_ADDRESS, BOB_ADDRESS::names,
        new Terms(2048, Optional.empty(), false, true, false, 0, List.of()),
        id -> faults.contains(Fault.DUPLICATE) && id.equals(ID));
    assertInstanceOf(Verdict.Accepted.class,
        check.check(Raw.of("system.heartbeat", "{}").json("sequence", "1").signed(), NOW));

    byte[] payload = raw.signedBy(faults.contains(Fault.SIGNATURE) ? BOB : ALICE);

    assertEquals(first.verdict, switch (check.check(payload, NOW)) {
      case Verdict.Refused refused -> refused.code().wire();
      case Verdict.Duplicate duplicate -> "duplicate";
      case Verdict.Accepted accepted -> "accepted";
    });
  }

  @Test
  @DisplayName("R-8.6-05: after a resume the old session's numbers are stale, and stay so (A-13)")
  void goesOn() {
    EnvelopeCheck check = new EnvelopeCheck(ALICE.publicKey(), ALICE_ADDRESS, BOB_ADDRESS::names,
        new Terms(2048, Optional.empty(), false, true, false, 0, List.of()), id -> false);
    assertEquals(-1, check.highestReceived());
    check.goOnAfter(7);
    check.goOnAfter(3);

    assertEquals(ErrorCode.SEQUENCE_VIOLATION, assertInstanceOf(Verdict.Refused.class,
        check.check(Raw.message().json("sequence", "7").signed(), NOW)).code());
    assertInstanceOf(Verdict.Accepted.class, check.check(Raw.message().json("sequence", "8").signed(), NOW));
    assertEquals(8, check.highestReceived());
  }
}
