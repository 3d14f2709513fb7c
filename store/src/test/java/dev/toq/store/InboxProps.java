package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.toq.protocol.wire.JsonText;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class InboxProps {
  private static final TestClock CLOCK = new TestClock();

  /** Any text without lone surrogates: those never come in. */
  private static Arbitrary<String> texts() {
    return Arbitraries.strings().ofMaxLength(12)
        .filter(text -> text.chars().noneMatch(unit -> Character.isSurrogate((char) unit)));
  }

  private static Arbitrary<JsonValue> bodies() {
    Arbitrary<JsonValue> leaf = Arbitraries.oneOf(
        texts().map(JsonString::new),
        Arbitraries.bigDecimals().ofScale(5).map(number -> new JsonNumber(number.toPlainString())),
        Arbitraries.of(JsonBoolean.values()).map(flag -> flag));
    return Arbitraries.lazyOf(
        () -> leaf,
        () -> bodies().list().ofMaxSize(3).map(JsonArray::new),
        () -> Combinators.combine(texts(), bodies()).as((name, value) -> new JsonObject(Map.of(name, value))));
  }

  @Provide
  Arbitrary<StoredMessage> messages() {
    Arbitrary<Instant> times =
        Arbitraries.longs().between(0, 100_000_000).map(nanos -> CLOCK.instant().minusNanos(nanos));
    Arbitrary<Optional<String>> optional = texts().optional();
    return Combinators.combine(texts(), texts(), texts(), Arbitraries.integers().between(1, 5), bodies().optional(),
            optional, optional, times)
        .as((id, type, from, peer, body, thread, reply, at) ->
            new StoredMessage(
                id, type, from, Messages.key(peer), body.map(JsonText::of), thread, reply, thread, at));
  }

  @Property(tries = 500)
  @Label("A message that is written as a line is read as it was, and what opening needs of it is found")
  void line(@ForAll("messages") StoredMessage message) throws Exception {
    byte[] sealed = SealedLine.seal(StoredMessageJson.toRecord(message));
    byte[] line = java.util.Arrays.copyOf(sealed, sealed.length - 1);
    assertEquals(message, StoredMessageJson.fromRecord(line));
    InboxRecord expected = new InboxRecord(message.fromKey(), message.id(), message.receivedAt());
    assertEquals(Optional.of(expected), InboxRecord.of(line, true));
    assertEquals(Optional.empty(), InboxRecord.of(line, false));
    List<JsonValue> shown = values(StoredMessageJson.toJson(message));
    assertEquals(shown, values(line).subList(0, shown.size()));
  }

  private static List<JsonValue> values(byte[] object) throws Exception {
    return List.copyOf(((JsonObject) StrictJson.parse(object)).members().values());
  }

  @Property(tries = 40)
  @Label("Whatever is accepted is shown once, in its order, over restarts and however small the segments are")
  void log(
      @ForAll @Size(max = 20) List<@net.jqwik.api.From("messages") StoredMessage> messages,
      @ForAll @IntRange(min = 1, max = 2000) int segmentBytes,
      @ForAll @IntRange(min = 1, max = 20) int restartEach)
      throws Exception {
    Path directory = Files.createTempDirectory("inbox");
    InboxFile.Settings settings = new InboxFile.Settings(Duration.ofSeconds(600), 1000, segmentBytes, 1 << 20);
    List<StoredMessage> expected = new ArrayList<>();
    InboxFile inbox = open(directory, settings);
    try {
      for (int i = 0; i < messages.size(); i++) {
        StoredMessage message = messages.get(i);
        boolean known = expected.stream()
            .anyMatch(other -> other.id().equals(message.id()) && other.fromKey().equals(message.fromKey()));
        Inbox.Acceptance acceptance = inbox.accept(message);
        assertEquals(known, acceptance.duplicate());
        acceptance.durable().join();
        if (!known) {
          expected.add(message);
        }
        if (i % restartEach == 0) {
          inbox.close();
          inbox = open(directory, settings);
        }
        assertEquals(expected, inbox.newest(1000, any -> true).toList());
      }
    } finally {
      inbox.close();
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(directory);
    }
  }

  private static InboxFile open(Path directory, InboxFile.Settings settings) throws IOException {
    return InboxFile.open(new RecordingFiles(), directory.resolve("messages.jsonl"), CLOCK, new Random(1), settings,
        Set::of);
  }
}
