package dev.toq.protocol.envelope;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.envelope.Raw.NOW;
import static dev.toq.protocol.envelope.Raw.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.CanonicalJson;
import dev.toq.protocol.wire.CanonicalJson.Numbers;
import dev.toq.protocol.wire.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Which byte strings count as signed. */
class SignedFormsTest {
  private static final Terms TERMS = new Terms(1_048_576, Optional.empty(), false, true, false, 0, List.of());

  private static Verdict judge(byte[] payload) {
    return new EnvelopeCheck(ALICE.publicKey(), ALICE_ADDRESS, BOB_ADDRESS::names, TERMS, id -> false)
        .check(payload, NOW);
  }

  private static void assertAccepted(byte[] payload) {
    assertInstanceOf(Verdict.Accepted.class, judge(payload), Raw.text(payload));
  }

  private static void assertBadSignature(byte[] payload) {
    assertEquals(ErrorCode.INVALID_SIGNATURE, assertInstanceOf(Verdict.Refused.class, judge(payload)).code());
  }

  private static byte[] canonical(Raw raw) {
    return CanonicalJson.bytes(raw.object(), Numbers.CANONICAL);
  }

  @Test
  @DisplayName("R-4.4-03: order of keys and white space on the wire do not matter")
  void ignoresLayout() {
    String compact = Raw.text(message().signed());
    String spaced = compact.replace(",\"", " ,\n \"").replace("{\"version\":\"0.1\" ,", "{").replace(
        "\"body\":", "\"version\" : \"0.1\" , \"body\" : ");

    assertAccepted(spaced.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  @DisplayName("R-4.5-01, R-4.4-01: unknown members are signed like all others, and then ignored (A-22)")
  void acceptsSignedUnknownMembers() {
    assertAccepted(message().with("x_trace", "abc").json("zz", "{\"b\":[null,1.50],\"a\":1}").json("nothing", "null")
        .signed());
    assertAccepted(message().with("id", Raw.ID.toUpperCase(Locale.ROOT)).with("x_trace", "abc")
        .signedOver(canonical(message().with("x_trace", "abc"))));
  }

  @Test
  @DisplayName("R-4.3-09: a member that was added, removed or changed after signing does not verify (A-22)")
  void refusesLaterChanges() {
    byte[] signed = canonical(message());
    assertBadSignature(message().with("x_trace", "abc").signedOver(signed));
    assertBadSignature(message().json("x_trace", "null").signedOver(signed));
    assertBadSignature(message().with("thread_id", "t").signedOver(signed));
    assertBadSignature(message().without("content_type").signedOver(signed));
    assertBadSignature(message().json("sequence", "3").signedOver(signed));
    assertBadSignature(message().json("body", "{\"text\":\"hello\"}").signedOver(signed));
  }

  @Test
  @DisplayName("R-4.2-07: a null of an optional field may be signed or left out of what is signed (A-23)")
  void acceptsNullEitherWay() {
    assertAccepted(message().json("reply_to", "null").signed());
    assertAccepted(message().json("reply_to", "null").signedOver(canonical(message())));
    assertAccepted(message().json("body", "null").signedOver(canonical(message().without("body"))));
    assertBadSignature(message().signedOver(canonical(message().json("reply_to", "null"))));
  }

  @Test
  @DisplayName("R-4.4-01: numbers verify as received, in canonical form, and as the reference reads them (A-21)")
  void acceptsNumbersInEachForm() {
    assertAccepted(message().json("body", "{\"n\":1.50}").signed());
    assertAccepted(message().json("body", "{\"n\":1.50}").signedOver(canonical(message().json("body", "{\"n\":1.5}"))));
    Raw misread = message().json("body", "{\"n\":0.9452706955539223}");
    assertAccepted(misread.signedOver(canonical(misread)));
    assertAccepted(misread.signedOver(canonical(message().json("body", "{\"n\":0.9452706955539224}"))));
    assertBadSignature(misread.signedOver(canonical(message().json("body", "{\"n\":0.9452706955539225}"))));
    assertBadSignature(
        message().json("body", "{\"n\":1.0}").signedOver(canonical(message().json("body", "{\"n\":1}"))));
  }

  @Test
  @DisplayName("R-4.4-01: what is signed has its keys in order, not as they stand on the wire")
  void refusesUnsortedSignature() {
    byte[] unsorted = StrictJson.write(message().object());

    assertBadSignature(message().signedOver(unsorted));
  }

  @Test
  @DisplayName("R-4.3-09: addresses verify as spelled and as the reference prints them; only what was signed is used")
  void usesSignedAddresses() {
    Address alice = Address.parse("toq://Example.com:7070/alice");
    Raw spelled = message().with("from", "toq://Example.com:7070/alice");
    EnvelopeCheck check = new EnvelopeCheck(ALICE.publicKey(), alice, BOB_ADDRESS::names, TERMS, id -> false);

    Envelope asSpelled = assertInstanceOf(Verdict.Accepted.class, check.check(spelled.signed(), NOW)).envelope();
    assertEquals("toq://example.com:7070/alice", asSpelled.from().full());

    byte[] reprinted = spelled.json("sequence", "3").signedOver(
        canonical(message().json("sequence", "3").with("from", "toq://example.com/alice")));
    Envelope asPrinted = assertInstanceOf(Verdict.Accepted.class, check.check(reprinted, NOW)).envelope();
    assertEquals("toq://example.com/alice", asPrinted.from().full());
  }

  @Test
  @DisplayName("R-4.2-02: an id in upper case verifies as spelled and in lower case")
  void acceptsIdInEitherCase() {
    Raw upper = message().with("id", "550E8400-E29B-41D4-A716-446655440000");
    assertAccepted(upper.signed());
    assertAccepted(upper.signedOver(canonical(message())));
  }
}
