package dev.toq.protocol.body;

import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.envelope.Raw.NOW;
import static dev.toq.protocol.envelope.Raw.parse;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.toq.protocol.body.StreamOutcome.Cancelled;
import dev.toq.protocol.body.StreamOutcome.Complete;
import dev.toq.protocol.body.StreamOutcome.Partial;
import dev.toq.protocol.body.StreamOutcome.Refused;
import dev.toq.protocol.body.StreamOutcome.Repeated;
import dev.toq.protocol.body.Streams.Limits;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.Raw;
import dev.toq.protocol.envelope.StreamMessages;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.wire.StrictJson;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamsTest {
  private static final Duration IDLE = Duration.ofSeconds(60);

  private final StreamBudget budget = new StreamBudget(1 << 20);
  private final Streams streams = new Streams(new Limits(2, 20, 5, IDLE), budget);
  private Instant now = NOW;
  private long sequence = 2;

  /** A part with a fresh id; {@code data} is JSON, or empty for none. */
  static Envelope part(MessageType type, long number, String stream, String data) {
    String body = "{\"stream_id\":\"" + stream + "\"" + (data.isEmpty() ? "" : ",\"data\":" + data) + "}";
    return new Stamp(new UUID(0x4000, Long.MIN_VALUE + number), ALICE_ADDRESS, BOB_ADDRESS, number, NOW)
        .envelope(type).withBody(parse(body));
  }

  private Envelope chunk(String stream, String data) {
    return part(MessageType.STREAM_CHUNK, sequence++, stream, data);
  }

  private Envelope end(String stream, String data) {
    return part(MessageType.STREAM_END, sequence++, stream, data);
  }

  private StreamOutcome take(Envelope part) {
    return streams.accept(part, now);
  }

  private void partial(Envelope part) {
    assertEquals(new Partial(part), take(part));
  }

  private static void refused(ErrorCode code, Envelope part, StreamOutcome outcome) {
    Refused refused = assertInstanceOf(Refused.class, outcome);
    assertEquals(code, refused.fault().code());
    assertEquals(Optional.of(part.id()), refused.fault().relatedId());
  }

  private static void cancelled(ErrorCode code, Envelope part, StreamOutcome outcome) {
    Cancelled cancelled = assertInstanceOf(Cancelled.class, outcome);
    assertEquals(code, cancelled.fault().code());
    assertEquals(part.id(), cancelled.chunkId());
    assertEquals(Optional.of(part.id()), cancelled.fault().relatedId());
  }

  private static String data(StreamOutcome outcome) {
    Envelope message = assertInstanceOf(Complete.class, outcome).message();
    return Raw.text(StrictJson.write(StreamMessages.data(message).orElseThrow()));
  }

  @Test
  @DisplayName("R-11.5-01, R-11.4-01, R-9.6-03: nothing is delivered before the end, and then one message")
  void deliversOnce() {
    Envelope first = chunk("s", "\"one \"").inThread(Optional.of("t")).withContentType(Optional.of("text/plain"))
        .withReplyTo("r");
    Envelope second = chunk("s", "\"two\"").withContentType(Optional.of("text/plain"));
    Envelope end = end("s", "");
    partial(first);
    partial(second);
    assertEquals(1, streams.openStreams());
    assertEquals("one two".length(), streams.size("s"));

    Envelope message = assertInstanceOf(Complete.class, take(end)).message();

    assertEquals(end.inThread(Optional.of("t")).withContentType(Optional.of("text/plain")).withReplyTo("r")
        .withBody(parse("{\"stream_id\":\"s\",\"data\":\"one two\"}")), message);
    assertEquals(0, streams.openStreams());
    assertEquals(0, streams.size("s"));
    assertEquals(1 << 20, budget.free());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
      " | \"a\" | \"b\" | \"ab\"", "text/plain | \"a\" | \"b\" | \"ab\"",
      " | {\"text\":\"a\"} | {\"text\":\"b\"} | {\"text\":\"ab\"}",
      "application/json | {\"text\":\"a\"} | {\"text\":\"b\"} | {\"text\":\"ab\"}",
      "application/json | {\"a\":1} | [2] | [{\"a\":1},[2]]", " | 1 | true | [1,true]", " | \"a\" | 7 | [\"a\",7]",
      " | {\"text\":\"a\"} | {\"text\":7} | [{\"text\":\"a\"},{\"text\":7}]",
      " | {\"text\":\"a\",\"x\":1} | {\"text\":\"b\"} | [{\"text\":\"a\",\"x\":1},{\"text\":\"b\"}]",
      "image/png | \"AA==\" | \"AQI=\" | \"AAEC\"", "image/png | \"\" | \"AQI=\" | \"AQI=\""})
  @DisplayName("R-11.5-01: text is joined, binary is joined decoded, other values become an array (A-62)")
  void joins(String contentType, String first, String second, String expected) {
    Optional<String> type = Optional.ofNullable(contentType).map(String::trim).filter(text -> !text.isEmpty());
    Streams roomy = new Streams(new Limits(16, 100_000, 100, IDLE), budget);
    Envelope start = chunk("s", first.trim()).withContentType(type);
    assertEquals(new Partial(start), roomy.accept(start, now));
    assertEquals(expected.trim(), data(roomy.accept(end("s", second.trim()).withContentType(type), now)));
  }

  @Test
  @DisplayName("A stream of one part follows the same rule as one of many (A-61, A-62)")
  void oneDatum() {
    assertEquals("\"x\"", data(take(end("s1", "\"x\""))));
    Streams roomy = new Streams(new Limits(16, 100_000, 100, IDLE), budget);
    assertEquals("[7]", data(roomy.accept(end("s2", "7"), now)));
  }

  @Test
  @DisplayName("R-23.1-12, R-11.2-01: an unseen id starts a stream; what is over, or ends nothing, is not found (A-61)")
  void notFound() {
    Envelope bare = end("never", "");
    refused(ErrorCode.STREAM_NOT_FOUND, bare, take(bare));
    Envelope first = chunk("s", "\"a\"");
    partial(first);
    assertEquals("\"a\"", data(take(end("s", ""))));
    Envelope late = chunk("s", "\"b\"");
    refused(ErrorCode.STREAM_NOT_FOUND, late, take(late));
    Envelope again = end("s", "\"c\"");
    refused(ErrorCode.STREAM_NOT_FOUND, again, take(again));
    assertEquals(new Repeated(first), take(first));
  }

  @Test
  @DisplayName("A repeated chunk is acknowledged afresh and counts once (A-63)")
  void repeated() {
    Envelope first = chunk("s", "\"a\"");
    partial(first);
    assertEquals(new Repeated(first), take(first));
    partial(chunk("s", "\"b\""));
    assertEquals(new Repeated(first), take(first));
    assertEquals("\"ab\"", data(take(end("s", ""))));
  }

  @Test
  @DisplayName("The end of a stream that could not be stored is never acknowledged as a repetition")
  void endIsNoRepetition() {
    partial(chunk("s", "\"a\""));
    Envelope end = end("s", "");
    assertInstanceOf(Complete.class, take(end));
    refused(ErrorCode.STREAM_NOT_FOUND, end, take(end));
  }

  @Test
  @DisplayName("R-11.7-01, R-11.7-03, R-23.1-12: a cancel by any chunk's id drops the stream and nothing else (A-64)")
  void cancelledByPeer() {
    Envelope first = chunk("s", "\"a\"");
    Envelope middle = chunk("s", "\"b\"");
    partial(first);
    partial(middle);
    partial(chunk("other", "\"x\""));
    for (String foreign : List.of("s", "", "1-1-1-1-1", new UUID(0x4000, 5).toString())) {
      assertEquals(Optional.empty(), streams.cancel(foreign));
    }
    assertEquals(Optional.of("s"), streams.cancel(middle.id().toString().toUpperCase(Locale.ROOT)));
    assertEquals(Optional.empty(), streams.cancel(first.id().toString()));
    refused(ErrorCode.STREAM_NOT_FOUND, first, take(first));
    Envelope end = end("s", "\"c\"");
    refused(ErrorCode.STREAM_NOT_FOUND, end, take(end));
    assertEquals("\"x\"", data(take(end("other", ""))));
    assertEquals(1 << 20, budget.free());
  }

  @Test
  @DisplayName("R-23.1-11: beyond the open streams a new one is refused, and its later chunks do not begin it (A-62)")
  void tooManyStreams() {
    partial(chunk("a", "\"1\""));
    partial(chunk("b", "\"2\""));
    Envelope third = chunk("c", "\"3\"");
    refused(ErrorCode.RESOURCE_EXHAUSTED, third, take(third));
    assertEquals("\"x\"", data(take(end("whole", "\"x\""))));
    assertEquals("\"1\"", data(take(end("a", ""))));
    Envelope later = chunk("c", "\"4\"");
    refused(ErrorCode.STREAM_NOT_FOUND, later, take(later));
    partial(chunk("d", "\"5\""));
  }

  @Test
  @DisplayName("R-23.1-11: the content of open streams is bounded in total, and a stream beyond it is cancelled (A-62)")
  void tooManyBytes() {
    partial(chunk("a", "\"" + "x".repeat(12) + "\""));
    partial(chunk("b", "\"" + "\u00e9".repeat(4) + "\""));
    Envelope tooMuch = chunk("b", "\"y\"");
    cancelled(ErrorCode.RESOURCE_EXHAUSTED, tooMuch, take(tooMuch));
    partial(chunk("a", "\"12345678\""));
    Envelope alone = end("c", "\"z\"");
    cancelled(ErrorCode.RESOURCE_EXHAUSTED, alone, take(alone));
    assertEquals("\"xxxxxxxxxxxx12345678\"", data(take(end("a", ""))));
    Envelope large = chunk("e", "{\"a\":[1,2,3]}");
    cancelled(ErrorCode.RESOURCE_EXHAUSTED, large, take(large));
    assertEquals(1 << 20, budget.free());
  }

  @Test
  @DisplayName("R-11.3-01: empty chunks are chunks, and their number is bounded (A-62)")
  void tooManyParts() {
    for (int i = 0; i < 5; i++) {
      partial(chunk("s", "\"\""));
    }
    Envelope sixth = chunk("s", "\"\"");
    cancelled(ErrorCode.RESOURCE_EXHAUSTED, sixth, take(sixth));
  }

  @Test
  @DisplayName("All connections together take no more memory than their budget (A-62)")
  void sharedBudget() {
    StreamBudget small = new StreamBudget(300);
    Streams one = new Streams(new Limits(16, 1000, 100, IDLE), small);
    Streams two = new Streams(new Limits(16, 1000, 100, IDLE), small);
    assertInstanceOf(Partial.class, one.accept(chunk("a", "\"" + "x".repeat(40) + "\""), now));
    Envelope second = chunk("b", "\"y\"");
    cancelled(ErrorCode.RESOURCE_EXHAUSTED, second, two.accept(second, now));
    assertEquals(4, small.free());
    assertEquals(List.of("a"), one.drop());
    assertEquals(300, small.free());
  }

  @Test
  @DisplayName("A stream that is silent for 60 seconds is cancelled with resource_exhausted (A-62)")
  void idle() {
    partial(chunk("a", "\"1\""));
    now = NOW.plusSeconds(10);
    partial(chunk("b", "\"2\""));
    now = NOW.plusSeconds(20);
    Envelope last = chunk("a", "\"3\"");
    partial(last);
    assertEquals(List.of(), streams.expire(NOW.plusSeconds(69)));
    List<Cancelled> first = streams.expire(NOW.plusSeconds(70));
    assertEquals(List.of("b"), first.stream().map(Cancelled::streamId).toList());
    List<Cancelled> second = streams.expire(NOW.plusSeconds(80));
    cancelled(ErrorCode.RESOURCE_EXHAUSTED, last, second.getFirst());
    assertEquals(1 << 20, budget.free());
  }

  @Test
  @DisplayName("R-9.6-04, R-11.8-01: what is incomplete when the connection ends is dropped")
  void dropped() {
    partial(chunk("a", "\"1\""));
    partial(chunk("b", "\"2\""));
    assertEquals(List.of("a", "b"), streams.drop());
    assertEquals(0, streams.openStreams());
    assertEquals(List.of(), streams.drop());
    assertEquals(1 << 20, budget.free());
  }

  @Test
  @DisplayName("A stream of which a part was refused is cancelled, because without it it would be another text (A-63)")
  void broken() {
    Envelope first = chunk("a", "\"1\"");
    partial(first);
    partial(chunk("b", "\"2\""));
    cancelled(ErrorCode.INVALID_ENVELOPE, first, streams.broken(Optional.of("a"), now).getFirst());
    assertEquals(List.of(), streams.broken(Optional.of("a"), now));
    assertEquals(List.of("b"), streams.broken(Optional.empty(), now).stream().map(Cancelled::streamId).toList());
    assertEquals(0, streams.openStreams());
  }

  @Test
  @DisplayName("A-62: where an envelope was refused that may have begun a stream, nothing that comes within the idle "
      + "time begins one, and what came then stays over")
  void beginningMayBeMissing() {
    streams.broken(Optional.empty(), now);
    Envelope rest = chunk("rest", "\"2\"");
    refused(ErrorCode.RESOURCE_EXHAUSTED, rest, take(rest));
    now = NOW.plus(IDLE).minusNanos(1);
    Envelope alone = end("alone", "\"3\"");
    refused(ErrorCode.RESOURCE_EXHAUSTED, alone, take(alone));
    now = NOW.plus(IDLE);
    Envelope later = end("rest", "\"3\"");
    refused(ErrorCode.STREAM_NOT_FOUND, later, take(later));
    partial(chunk("new", "\"1\""));
  }

  @Test
  @DisplayName("A part that names another thread or content type than the first ends its stream")
  void otherHeading() {
    for (String stream : List.of("thread", "type", "no type")) {
      partial(chunk(stream, "\"1\"").inThread(Optional.of("t")).withContentType(Optional.of("text/plain")));
      Envelope odd = switch (stream) {
        case "thread" -> chunk(stream, "\"2\"").inThread(Optional.of("u")).withContentType(Optional.of("text/plain"));
        case "type" -> chunk(stream, "\"2\"").withContentType(Optional.of("image/png"));
        default -> chunk(stream, "\"2\"");
      };
      cancelled(ErrorCode.INVALID_ENVELOPE, odd, take(odd));
    }
    partial(chunk("s", "\"1\""));
    Envelope threaded = end("s", "").inThread(Optional.of("t"));
    cancelled(ErrorCode.INVALID_ENVELOPE, threaded, take(threaded));
  }

  @Test
  @DisplayName("R-11.6-03: only the parts of streams are taken, and only in clear")
  void onlyParts() {
    Envelope heartbeat = SystemMessages.heartbeat(
        new Stamp(new UUID(0x4000, 9), ALICE_ADDRESS, BOB_ADDRESS, 3, NOW));
    assertThrows(IllegalArgumentException.class, () -> take(heartbeat));
    Envelope encoded = chunk("s", "\"1\"");
    assertThrows(IllegalArgumentException.class,
        () -> take(encoded.withForm(Optional.of("gzip"), Optional.empty(), encoded.body())));
  }

  @Test
  @DisplayName("The limits are 16 streams, 60 seconds, and the size of a file or 10 MB in total (A-62)")
  void limits() {
    Terms files = new Terms(1 << 20, Optional.empty(), false, true, true, 4096, List.of());
    Terms noFiles = new Terms(1 << 20, Optional.empty(), false, true, false, 4096, List.of());
    assertEquals(new Limits(16, 4096, 65_536, IDLE), Limits.of(files));
    assertEquals(new Limits(16, 10 << 20, 65_536, IDLE), Limits.of(noFiles));
  }

  @Test
  @DisplayName("Of streams that are over only the latest ids are remembered (A-61)")
  void remembersSome() {
    for (int i = 0; i <= Streams.REMEMBERED_STREAMS; i++) {
      assertInstanceOf(Complete.class, take(end("s" + i, "\"x\"")));
    }
    Envelope known = end("s1", "\"y\"");
    refused(ErrorCode.STREAM_NOT_FOUND, known, take(known));
    assertInstanceOf(Complete.class, take(end("s0", "\"y\"")));
  }
}
