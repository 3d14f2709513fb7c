package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.store.OutboxState.Acked;
import dev.toq.store.OutboxState.Cancelled;
import dev.toq.store.OutboxState.Expired;
import dev.toq.store.OutboxState.Failed;
import dev.toq.store.OutboxState.Refused;
import dev.toq.store.OutboxState.Sent;
import dev.toq.store.OutboxState.Unknown;
import java.time.Instant;
import java.util.Arrays;
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

class OutboxLinesProps {
  /** Texts without lone surrogates, which never come in; some that look like parts of a line. */
  private static Arbitrary<String> texts() {
    Arbitrary<String> any = Arbitraries.strings().ofMinLength(1).ofMaxLength(12)
        .filter(text -> text.chars().noneMatch(unit -> Character.isSurrogate((char) unit)));
    return Arbitraries.oneOf(any, Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(9),
        Arbitraries.of("\",\"state\":\"acked", "\",\"expires_at\":\"2026-11-24T12:00:00Z", "\"", "\\", "acked"));
  }

  private static Arbitrary<Instant> times() {
    return Combinators.combine(
            Arbitraries.longs().between(0, 4_000_000_000L), Arbitraries.of(0, 5_000_000, 123_456_789))
        .as(Instant::ofEpochSecond);
  }

  private static Arbitrary<OutboxKey> keys() {
    Arbitrary<UUID> ids = Combinators.combine(Arbitraries.longs(), Arbitraries.longs()).as(UUID::new);
    return Combinators.combine(ids, texts()).as(OutboxKey::new);
  }

  private static Arbitrary<JsonValue> bodies() {
    Arbitrary<JsonValue> leaves = Arbitraries.oneOf(texts().map(JsonString::new),
        Arbitraries.of("1.50", "-0", "1E+2").map(JsonNumber::new), Arbitraries.just(JsonNull.NULL));
    return Arbitraries.oneOf(leaves, Combinators.combine(texts(), leaves).as((name, value) ->
        new JsonObject(Map.of(name, value))));
  }

  @Provide
  Arbitrary<OutboxMessage> messages() {
    return Combinators.combine(keys(), texts(), texts().list().ofMinSize(1).ofMaxSize(3), texts().optional(),
            Arbitraries.longs().greaterOrEqual(0).optional(), bodies().optional(), times(), times())
        .as((key, type, to, optional, ttl, body, created, expires) -> new OutboxMessage(key, type, to, optional,
            Optional.of(type), optional, Optional.empty(), ttl.map(OptionalLong::of).orElse(OptionalLong.empty()),
            body, created, expires));
  }

  @Provide
  Arbitrary<OutboxLines.State> states() {
    Arbitrary<Optional<Sent>> sent =
        Combinators.combine(times(), Arbitraries.integers().between(1, 9)).as(Sent::new).optional();
    return Combinators.combine(keys(), sent, times(), texts(), Arbitraries.integers().between(0, 6))
        .as((key, last, at, text, kind) -> {
          List<OutboxState> all = List.of(new Acked(at), new Refused(at, text, text), new Failed(at, text),
              new Expired(at), new Unknown(at), new Cancelled(at),
              last.<OutboxState>map(now -> now).orElse(new Acked(at)));
          return new OutboxLines.State(key, last, all.get(kind));
        });
  }

  private static byte[] withoutNewline(byte[] line) {
    byte[] bytes = Arrays.copyOf(line, line.length - 1);
    assertEquals(true, SealedLine.isIntact(bytes, 0, bytes.length));
    return bytes;
  }

  @Property(tries = 500)
  @Label("A message that is written as a line is read as it was, and what opening needs of it is found")
  void message(@ForAll("messages") OutboxMessage message) {
    byte[] line = withoutNewline(OutboxLines.line(message));
    assertEquals(Optional.of(new OutboxLines.Message(message)), OutboxLines.read(line));
    OutboxLines.Head head = new OutboxLines.Head(message.key(), message.createdAt(), message.expiresAt());
    assertEquals(Optional.of(head), OutboxLines.summary(line));
    boolean plain = message.key().recipient().chars()
        .allMatch(unit -> unit >= ' ' && unit < 128 && "\"\\".indexOf(unit) < 0);
    assertEquals(plain ? Optional.of(head) : Optional.empty(), OutboxForm.read(line), "by its form, where it is plain");
  }

  @Property(tries = 500)
  @Label("What a message has come to is read as it was written, by its form and as JSON")
  void state(@ForAll("states") OutboxLines.State state) {
    byte[] line = withoutNewline(OutboxLines.line(state.key(), state.sent(), state.state()));
    assertEquals(Optional.of(state), OutboxLines.read(line));
    assertEquals(Optional.of(state), OutboxLines.summary(line));
    assertEquals(state, OutboxForm.read(line).orElse(state));
  }

  @Property(tries = 3000)
  @Label("A line that was changed is never read by its form as something that JSON does not say")
  void changed(@ForAll("states") OutboxLines.State state, @ForAll int place, @ForAll byte value) {
    byte[] line = withoutNewline(OutboxLines.line(state.key(), state.sent(), state.state()));
    byte[] record = Arrays.copyOf(line, line.length - SealedLine.SEAL_BYTES + 1);
    record[record.length - 1] = '}';
    record[Math.floorMod(place, record.length - 1)] = value;
    byte[] sealed = withoutNewline(SealedLine.seal(record));
    OutboxForm.read(sealed).ifPresent(read -> assertEquals(Optional.of(read), OutboxLines.read(sealed)));
  }
}
