package dev.toq.protocol.envelope;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.envelope.Raw.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.toq.protocol.wire.CanonicalJson;
import dev.toq.protocol.wire.CanonicalJson.Numbers;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class EnvelopeProps {
  private static final Terms TERMS = new Terms(1_048_576, Optional.empty(), false, true, false, 0, List.of());

  private static Verdict judge(byte[] payload) {
    return new EnvelopeCheck(ALICE.publicKey(), ALICE_ADDRESS, BOB_ADDRESS::names, TERMS, id -> false)
        .check(payload, NOW);
  }

  @Property(tries = 300)
  @Label("R-4.4-01, R-4.4-02, R-4.3-01: whatever is sealed is accepted, and reads back as the same message")
  void sealedIsAccepted(@ForAll("envelopes") Envelope envelope) {
    Envelope read = assertInstanceOf(Verdict.Accepted.class, judge(EnvelopeCodec.seal(envelope, ALICE))).envelope();

    assertEquals(EnvelopeCodec.toJson(canonical(envelope)), EnvelopeCodec.toJson(canonical(read)));
  }

  @Property(tries = 500)
  @Label("R-4.3-09: no altered byte makes another message that is accepted")
  void alteredIsNeverAnotherMessage(
      @ForAll("envelopes") Envelope envelope, @ForAll int at, @ForAll @IntRange(min = 1, max = 255) int change) {
    byte[] payload = EnvelopeCodec.seal(envelope, ALICE);
    payload[Math.floorMod(at, payload.length)] ^= (byte) change;

    // A byte may turn one spelling of a number or an escape into another of the same: then it is the same message.
    if (judge(payload) instanceof Verdict.Accepted(Envelope read)) {
      assertEquals(EnvelopeCodec.toJson(canonical(envelope)), EnvelopeCodec.toJson(canonical(read)));
    }
  }

  @Property(tries = 300)
  @Label("R-4.5-01, R-4.3-09: unknown members are accepted when signed and refused when added later (A-22)")
  void unknownMembers(
      @ForAll("envelopes") Envelope envelope, @ForAll("names") String name, @ForAll("json") JsonValue value) {
    Map<String, JsonValue> members = new LinkedHashMap<>(EnvelopeCodec.toJson(envelope).members());
    byte[] signedWithout = CanonicalJson.bytes(
        new JsonObject(members), Numbers.CANONICAL);
    Raw extended = Raw.message();
    Raw.message().object().members().keySet().forEach(extended::without);
    members.forEach(extended::with);
    extended.with("x_" + name, value);

    assertInstanceOf(Verdict.Accepted.class, judge(extended.signed()));
    assertEquals(ErrorCode.INVALID_SIGNATURE,
        assertInstanceOf(Verdict.Refused.class, judge(extended.signedOver(signedWithout))).code());
  }

  @Property(tries = 200)
  @Label("R-4.2-06: nulls of optional fields change nothing (A-23)")
  void nullsAreAbsent(@ForAll("envelopes") Envelope envelope,
      @ForAll("optionalFields") List<String> names) {
    JsonObject members = EnvelopeCodec.toJson(envelope);
    byte[] signed = CanonicalJson.bytes(
        members, Numbers.CANONICAL);
    Raw withNulls = Raw.message();
    Raw.message().object().members().keySet().forEach(withNulls::without);
    members.members().forEach(withNulls::with);
    names.stream().filter(name -> members.get(name).isEmpty()).forEach(name -> withNulls.with(name, JsonNull.NULL));

    for (byte[] payload : List.of(withNulls.signed(), withNulls.signedOver(signed))) {
      Envelope read = assertInstanceOf(Verdict.Accepted.class, judge(payload)).envelope();
      assertEquals(EnvelopeCodec.toJson(canonical(envelope)), EnvelopeCodec.toJson(canonical(read)));
    }
  }

  /** Numbers in their canonical spelling, so that two spellings of one message compare as equal. */
  private static Envelope canonical(Envelope envelope) {
    return envelope.body().map(body -> envelope.withBody(Raw.parse(Raw.text(
        CanonicalJson.bytes(body, Numbers.CANONICAL)))))
        .orElse(envelope);
  }

  @Provide
  Arbitrary<Envelope> envelopes() {
    Arbitrary<UUID> ids = Arbitraries.longs().tuple2()
        .map(bits -> new UUID(bits.get1() & ~0xF000L | 0x4000L, bits.get2() >>> 2 | 1L << 63));
    return Combinators.combine(ids, Arbitraries.longs().between(0, (1L << 53) - 1), texts().optional(),
            texts().optional(), Arbitraries.of("normal", "urgent").optional(),
            Arbitraries.longs().between(3600, Long.MAX_VALUE).optional(), json().optional())
        .as((id, sequence, thread, reply, priority, ttl, body) -> new Envelope(id, MessageType.MESSAGE_SEND,
            ALICE_ADDRESS, List.of(BOB_ADDRESS), sequence, "2026-03-17T06:08:59.5Z", thread, reply, priority,
            Optional.empty(), ttl.map(OptionalLong::of).orElse(OptionalLong.empty()), Optional.empty(),
            Optional.empty(), body.filter(value -> value != JsonNull.NULL)));
  }

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.strings().ofMinLength(1).ofMaxLength(8).alpha();
  }

  @Provide
  Arbitrary<List<String>> optionalFields() {
    return Arbitraries.subsetOf(
        "thread_id", "reply_to", "priority", "content_type", "ttl", "compression", "e2e_nonce", "body")
        .map(List::copyOf);
  }

  @Provide
  Arbitrary<JsonValue> json() {
    Arbitrary<JsonValue> leaves = Arbitraries.oneOf(
        texts().map(JsonString::new), Arbitraries.longs().map(JsonNumber::of),
        Arbitraries.doubles().filter(Double::isFinite).map(value -> new JsonNumber(Double.toString(value))),
        Arbitraries.of(JsonBoolean.values()), Arbitraries.of(JsonNull.values()));
    return Arbitraries.recursive(() -> leaves, inner -> Arbitraries.oneOf(
        inner.list().ofMaxSize(3).map(JsonArray::new),
        Arbitraries.maps(texts(), inner).ofMaxSize(3).map(JsonObject::new)), 0, 3);
  }

  /** Any Unicode text without lone surrogates, which no sender can encode. */
  private static Arbitrary<String> texts() {
    return Arbitraries.integers().between(0, Character.MAX_CODE_POINT)
        .filter(character -> character < Character.MIN_SURROGATE || character > Character.MAX_SURROGATE)
        .list().ofMaxSize(12)
        .map(characters -> characters.stream().map(Character::toString).reduce("", String::concat));
  }
}
