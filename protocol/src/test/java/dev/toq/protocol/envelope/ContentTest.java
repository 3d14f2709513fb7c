package dev.toq.protocol.envelope;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.envelope.Raw.NOW;
import static dev.toq.protocol.envelope.Raw.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Content types, compression, and the body fields of each type. */
class ContentTest {
  private static final Terms NO_FILES = terms(Optional.empty(), false, false);
  private static final Terms FILES = terms(Optional.empty(), false, true);

  private static Terms terms(Optional<String> compression, boolean endToEnd, boolean files) {
    return new Terms(1_048_576, compression, endToEnd, true, files, 4, List.of("text/x-evil", " ", ""));
  }

  /** {@code accepted}, or the code of the refusal. */
  private static String verdict(Raw raw, Terms terms) {
    EnvelopeCheck check =
        new EnvelopeCheck(ALICE.publicKey(), ALICE_ADDRESS, BOB_ADDRESS::names, terms, id -> false);
    return switch (check.check(raw.signed(), NOW)) {
      case Verdict.Accepted accepted -> "accepted";
      case Verdict.Duplicate duplicate -> "duplicate";
      case Verdict.Refused refused -> refused.code().wire();
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/x-executable", "application/x-msdos-program", "application/x-msdownload",
      "application/x-sharedlib", "application/vnd.microsoft.portable-executable", "APPLICATION/X-MSDownload",
      " application/x-sharedlib", "application/x-executable;charset=x", "application/x-msdownload+zip",
      "\u0000application/x-executable\u200b ;a", "\u00a0application/x-executable", "text/x-evil", "Text/X-Evil; q"})
  @DisplayName("R-4.8-01, R-4.8-02, R-4.8-03, R-4.8-04, R-7.4-02, R-23.1-22: executable and listed types are blocked")
  void blocksExecutables(String contentType) {
    for (Terms terms : List.of(NO_FILES, FILES)) {
      assertEquals("executable_content_blocked",
          verdict(message().with("content_type", contentType).with("body", "AAAA"), terms));
    }
    assertTrue(ContentRules.isBlocked(contentType, List.of("text/x-evil")));
  }

  @Test
  @DisplayName("R-4.8-02: the block covers messages, closing messages and streams, and no other type (A-32)")
  void blocksByMessageType() {
    for (String type : List.of("message.stream.chunk", "message.stream.end")) {
      assertEquals("executable_content_blocked", verdict(Raw.of(type, "{\"stream_id\":\"s\",\"data\":\"AAAA\"}")
          .with("content_type", "application/x-sharedlib"), FILES));
    }
    Raw close = message().with("type", "thread.close").with("thread_id", "t");
    assertEquals("executable_content_blocked",
        verdict(close.with("content_type", "application/x-sharedlib"), FILES));
    assertEquals("accepted", verdict(
        Raw.of("system.heartbeat", "null").with("content_type", "application/x-sharedlib"), FILES));
  }

  @Test
  @DisplayName("R-4.8-03: an ordinary type is not blocked, whatever the list of further types holds")
  void blocksNothingElse() {
    assertFalse(ContentRules.isBlocked("application/x-exec", List.of()));
    assertFalse(ContentRules.isBlocked("text/plain", List.of("", " ;x", "text/x-evil")));
  }

  @Test
  @DisplayName("R-23.1-08, R-25.3-08: a binary type is unsupported where files are not accepted (A-31)")
  void refusesFiles() {
    assertEquals("unsupported_content_type",
        verdict(message().with("content_type", "image/png").with("body", "AAAA"), NO_FILES));
    assertEquals("accepted", verdict(message().with("content_type", "image/png").with("body", "AAAA"), FILES));
    assertEquals("accepted", verdict(Raw.of("system.heartbeat", "null").with("content_type", "image/png"), NO_FILES));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
      "application/json | {} | accepted", "application/json | [] | accepted",
      "application/json | \"x\" | invalid_envelope", "application/json | 7 | invalid_envelope",
      "application/json; charset=utf-8 | 7 | invalid_envelope", "Application/JSON | {} | accepted",
      "application/problem+json | {} | accepted", "application/problem+json | \"x\" | invalid_envelope",
      "text/plain | \"x\" | accepted", "text/plain | {} | invalid_envelope", "text/markdown;x | \"x\" | accepted",
      "image/png | \"AAAA\" | accepted", "image/png | \"AAA\" | invalid_envelope",
      "image/png | \"AA A\" | invalid_envelope", "image/png | {} | invalid_envelope",
      "image/png | \"AAAAAA==\" | accepted", "image/png | \"AAAAAAA=\" | message_too_large"})
  @DisplayName("R-4.3-10, R-4.2-16: a body has the shape of its content type, and a file its size (A-31)")
  void checksShape(String contentType, String body, String expected) {
    Raw raw = message().with("content_type", contentType.trim()).json("body", body.trim());
    assertEquals(expected, verdict(raw, FILES));
  }

  @Test
  @DisplayName("R-4.2-11, R-4.2-17: without content type any body passes; with one, an absent body does")
  void passesWhatHasNoLabelOrNoBody() {
    assertEquals("accepted", verdict(message().without("content_type").json("body", "7"), NO_FILES));
    assertEquals("accepted", verdict(message().without("body"), NO_FILES));
  }

  @Test
  @DisplayName("R-4.3-10: in a stream the data has the shape, not the body (A-31)")
  void checksShapeOfStreamData() {
    for (String type : List.of("message.stream.chunk", "message.stream.end")) {
      assertEquals("accepted", verdict(Raw.of(type, "{\"stream_id\":\"s\",\"data\":\"x\"}")
          .with("content_type", "text/plain"), NO_FILES));
      assertEquals("invalid_envelope", verdict(Raw.of(type, "{\"stream_id\":\"s\",\"data\":{}}")
          .with("content_type", "text/plain"), NO_FILES));
    }
    assertEquals("accepted", verdict(Raw.of("message.stream.end", "{\"stream_id\":\"s\"}")
        .with("content_type", "text/plain"), NO_FILES));
  }

  @Test
  @DisplayName("R-4.3-11, R-23.1-20: only the negotiated compression passes (A-33)")
  void checksCompression() {
    Raw gzip = message().with("compression", "gzip").with("body", "AAAA");
    assertEquals("compression_not_negotiated", verdict(gzip, NO_FILES));
    assertEquals("compression_not_negotiated", verdict(gzip, terms(Optional.of("zstd"), false, false)));
    assertEquals("accepted", verdict(gzip, terms(Optional.of("gzip"), false, false)));
    assertEquals("accepted", verdict(message(), terms(Optional.of("gzip"), false, false)));
  }

  @Test
  @DisplayName("R-13.5-01, R-4.2-15: an encrypted body needs the negotiated feature and a nonce of 12 bytes (A-34)")
  void checksEncryption() {
    Raw encrypted = message().with("e2e_nonce", "CQkJCQkJCQkJCQkJ").with("body", "8kicadyndEwwZDBJ");
    Terms endToEnd = terms(Optional.empty(), true, false);
    assertEquals("invalid_envelope", verdict(encrypted, NO_FILES));
    assertEquals("accepted", verdict(encrypted, endToEnd));
    assertEquals("invalid_envelope", verdict(encrypted.with("e2e_nonce", "CQkJCQkJCQkJCQk="), endToEnd));
    assertEquals("invalid_envelope", verdict(encrypted.with("e2e_nonce", "CQkJCQkJCQkJCQkJ "), endToEnd));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
      "message.stream.chunk | \"AAAA\" | accepted", "message.stream.end | \"AAAA\" | accepted",
      "message.stream.chunk | {\"stream_id\":\"s\",\"data\":\"AAAA\"} | invalid_envelope",
      "message.send | null | invalid_envelope", "message.send | [] | invalid_envelope",
      "thread.close | \"AAAA\" | invalid_envelope", "message.ack | \"AAAA\" | invalid_envelope"})
  @DisplayName("R-9.6-01, R-9.6-03: an encoded body is one string, whatever the type's fields are (A-33, A-34)")
  void checksFormOfEncodedBodies(String type, String body, String expected) {
    Raw gzip = Raw.of(type.trim(), body.trim()).with("compression", "gzip");
    assertEquals(expected, verdict(gzip, terms(Optional.of("gzip"), true, false)));
    Raw secret = Raw.of(type.trim(), body.trim()).with("e2e_nonce", "CQkJCQkJCQkJCQkJ");
    assertEquals(expected, verdict(secret, terms(Optional.of("gzip"), true, false)));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
      "message.ack | {\"ack_id\":\"550e8400-e29b-41d4-a716-446655440000\"} | accepted",
      "message.ack | {} | invalid_envelope", "message.ack | null | invalid_envelope",
      "message.ack | [] | invalid_envelope",
      "message.ack | {\"ack_id\":\"x\"} | invalid_envelope", "message.ack | {\"ack_id\":7} | invalid_envelope",
      "message.cancel | {\"cancel_id\":\"x\"} | accepted", "message.cancel | {\"cancel_id\":\"\"} | invalid_envelope",
      "message.cancel | {} | invalid_envelope", "message.cancel | {\"cancel_id\":null} | invalid_envelope",
      "message.stream.chunk | {\"stream_id\":\"s\",\"data\":0} | accepted",
      "message.stream.chunk | {\"stream_id\":\"s\"} | invalid_envelope",
      "message.stream.chunk | {\"data\":\"x\"} | invalid_envelope",
      "message.stream.end | {\"stream_id\":\"s\"} | accepted", "message.stream.end | {} | invalid_envelope",
      "thread.close | {} | invalid_envelope", "system.heartbeat | null | accepted", "system.heartbeat | 7 | accepted",
      "system.heartbeat.ack | {} | invalid_envelope", "system.backpressure | {\"retry_after\":30} | accepted",
      "system.backpressure | {\"retry_after\":3600} | accepted", "system.backpressure | {\"retry_after\":0} | accepted",
      "system.backpressure | {\"retry_after\":-1} | invalid_envelope",
      "system.backpressure | {\"retry_after\":1.5} | invalid_envelope",
      "system.backpressure | {\"retry_after\":\"5\"} | invalid_envelope", "system.backpressure | {} | invalid_envelope",
      "system.backpressure.clear | null | accepted", "session.disconnect | null | accepted",
      "system.error | {\"code\":\"ttl_expired\",\"message\":\"\"} | accepted",
      "system.error | {\"code\":\"unheard_of\",\"message\":\"m\"} | accepted",
      "system.error | {\"code\":\"ttl_expired\"} | invalid_envelope",
      "system.error | {\"message\":\"m\"} | invalid_envelope",
      "system.key_rotation | {\"new_public_key\":\"k\",\"rotation_proof\":\"p\"} | accepted",
      "system.key_rotation | {\"new_public_key\":\"k\"} | invalid_envelope",
      "system.key_rotation | {\"rotation_proof\":\"p\"} | invalid_envelope",
      "system.key_rotation.ack | {\"accepted\":true} | accepted",
      "system.key_rotation.ack | {\"accepted\":false} | accepted",
      "system.key_rotation.ack | {\"accepted\":1} | invalid_envelope",
      "system.key_rotation.ack | {} | invalid_envelope"})
  @DisplayName("R-9.5-02, R-9.5-06, R-9.6-01, R-9.6-03, R-9.7-03, R-9.7-05, R-9.7-07, R-9.7-08: body fields")
  void checksBodyFields(String type, String body, String expected) {
    assertEquals(expected, verdict(Raw.of(type.trim(), body.trim()), NO_FILES));
  }

  @Test
  @DisplayName("R-9.7-02, R-9.5-10: a heartbeat ack names its heartbeat, a closing message its thread (A-65)")
  void checksHeaderFieldsOfTypes() {
    assertEquals("accepted", verdict(Raw.of("system.heartbeat.ack", "null").with("reply_to", "x"), NO_FILES));
    assertEquals("invalid_envelope", verdict(Raw.of("system.heartbeat.ack", "null"), NO_FILES));
    assertEquals("accepted", verdict(Raw.of("thread.close", "null").with("thread_id", "x"), NO_FILES));
    assertEquals("invalid_envelope", verdict(Raw.of("thread.close", "null"), NO_FILES));
  }

  @ParameterizedTest
  @ValueSource(strings = {"thread_id", "reply_to", "content_type", "compression", "e2e_nonce", "priority"})
  @DisplayName("R-4.2-06: a free text of the header is a string of at most 1024 bytes (A-71)")
  void boundsTextsInHeader(String field) {
    assertEquals("invalid_envelope", verdict(message().json(field, "7"), FILES));
    assertEquals("invalid_envelope", verdict(message().with(field, "\u00e9".repeat(512) + "x"), FILES));
  }

  @Test
  @DisplayName("R-4.2-10: a priority is normal or urgent, and an unknown one means normal (A-66)")
  void readsPriority() {
    assertEquals(Optional.of("urgent"), priority("urgent"));
    assertEquals(Optional.of("normal"), priority("normal"));
    assertEquals(Optional.empty(), priority("shrill"));
  }

  private static Optional<String> priority(String text) {
    EnvelopeCheck check =
        new EnvelopeCheck(ALICE.publicKey(), ALICE_ADDRESS, BOB_ADDRESS::names, FILES, id -> false);
    Verdict verdict = check.check(message().with("priority", text).signed(), NOW);
    return assertInstanceOf(Verdict.Accepted.class, verdict).envelope().priority();
  }

  @Test
  @DisplayName("R-9.5-06: an id in a body is at most 1024 bytes long (A-71)")
  void boundsTextsInBodies() {
    assertEquals("accepted",
        verdict(Raw.of("message.cancel", "{\"cancel_id\":\"" + "x".repeat(1024) + "\"}"), NO_FILES));
    assertEquals("invalid_envelope",
        verdict(Raw.of("message.cancel", "{\"cancel_id\":\"" + "x".repeat(1025) + "\"}"), NO_FILES));
  }
}
