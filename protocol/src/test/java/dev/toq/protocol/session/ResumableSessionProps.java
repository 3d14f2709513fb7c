package dev.toq.protocol.session;

import static dev.toq.protocol.session.Side.BOB_SELF;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.EnvelopeCheck;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.Raw;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.session.Negotiation.Outcome.Agreed;
import dev.toq.protocol.session.ResumableSession.CardLimits;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class ResumableSessionProps {
  private static ResumableSession session(String name, long sent, long received, JsonObject extras) {
    return new ResumableSession(name, Optional.empty(), Raw.BOB.publicKey(), sent, received,
        new Agreed("0.1", false, Optional.empty(), false, extras),
        new CardLimits(false, OptionalLong.empty(), OptionalLong.empty()), Raw.NOW);
  }

  private static ResumableSession session(long sent, long received) {
    return session("sess-1", sent, received, JsonObject.builder().build());
  }

  @Property(tries = 200)
  @Label("R-8.6-07: a session can be resumed up to the timeout after its connection was lost, and not a moment longer")
  void expires(@ForAll @LongRange(min = 0, max = 1_000_000_000_000L) long timeoutNanos,
      @ForAll @LongRange(min = -1_000_000_000_000L, max = 2_000_000_000_000L) long agoNanos) {
    boolean isExpired = session(1, 1).isExpired(Raw.NOW.plusNanos(agoNanos), Duration.ofNanos(timeoutNanos));

    assertEquals(agoNanos > timeoutNanos, isExpired);
  }

  @Property(tries = 100)
  @Label("R-8.6-05: whatever the numbers were, the next ones go on: sent, and the least that is accepted (A-13)")
  void goesOn(@ForAll @LongRange(min = 0, max = 1L << 52) long sent,
      @ForAll @LongRange(min = 0, max = 1L << 52) long received) {
    SetupChannel channel = Side.bob().setup();
    channel.continues(session(sent, received));
    EnvelopeCheck check = channel.activate(
        new Terms(1_048_576, Optional.empty(), false, false, false, 0, List.of()), id -> false);

    assertEquals(sent + 1, channel.nextSequence());
    Verdict old = check.check(Raw.message().json("sequence", Long.toString(received)).signed(), Raw.NOW);
    assertEquals(ErrorCode.SEQUENCE_VIOLATION, ((Verdict.Refused) old).code());
    Verdict next = check.check(Raw.message().json("sequence", Long.toString(received + 1)).signed(), Raw.NOW);
    assertTrue(next instanceof Verdict.Accepted, next.toString());
  }

  @Property(tries = 100)
  @Label("A-12: numbers above 2^53-1 are none, and the second half of them wants a new connection")
  void numbers(@ForAll long number) {
    boolean isNumber = number >= 0 && number < 1L << 53;
    assertEquals(isNumber, Spec.isSequence(number));
    if (isNumber) {
      assertEquals(number, session(number, number).highestSent());
    } else {
      assertThrows(IllegalArgumentException.class, () -> session(number, 0));
      assertThrows(IllegalArgumentException.class, () -> session(0, number));
    }
  }

  @Example
  @Label("A-12: a connection is to be replaced once half of all numbers are used")
  void exhaustion() {
    assertFalse(Spec.isNearLastSequence(0));
    assertFalse(Spec.isNearLastSequence((1L << 52) - 1));
    assertTrue(Spec.isNearLastSequence(1L << 52));
    assertTrue(Spec.isNearLastSequence(Spec.MAX_SEQUENCE));
  }

  @Example
  @Label("A-14: what is kept of a session is small, whatever the peer sent: sixteen flags of short names")
  void keepsLittle() {
    JsonValue.Builder extras = JsonObject.builder().put("duplex", true).put("text", "x".repeat(100_000))
        .put("n".repeat(65), true).put("resume", false);
    for (int i = 0; i < 1000; i++) {
      extras.put("flag-" + i, true);
    }
    JsonObject kept = session("sess-1", 1, 1, extras.build()).agreed().peerExtras();

    assertEquals(16, kept.members().size());
    assertEquals(JsonValue.JsonBoolean.TRUE, kept.members().get("duplex"));
    assertEquals(JsonValue.JsonBoolean.FALSE, kept.members().get("resume"));
    assertFalse(kept.members().containsKey("text"));
    assertThrows(IllegalArgumentException.class,
        () -> session("s".repeat(257), 1, 1, JsonObject.builder().build()));
    assertThrows(IllegalArgumentException.class, () -> session("", 1, 1, JsonObject.builder().build()));
  }

  @Example
  @Label("A-13: a session keeps its first name, and answers to the one of its latest resume too")
  void names() {
    ResumableSession resumed = new ResumableSession("sess-1", Optional.of("sess-2"), BOB_SELF.identity().publicKey(),
        1, 1, session(1, 1).agreed(), session(1, 1).limits(), Raw.NOW);

    assertTrue(resumed.isNamed("sess-1"));
    assertTrue(resumed.isNamed("sess-2"));
    assertFalse(resumed.isNamed("sess-3"));
    assertFalse(session(1, 1).isNamed("sess-2"));
  }
}
