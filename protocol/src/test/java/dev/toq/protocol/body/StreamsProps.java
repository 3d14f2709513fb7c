package dev.toq.protocol.body;

import static dev.toq.protocol.envelope.Raw.NOW;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.toq.protocol.body.StreamOutcome.Complete;
import dev.toq.protocol.body.StreamOutcome.Partial;
import dev.toq.protocol.body.StreamOutcome.Refused;
import dev.toq.protocol.body.StreamOutcome.Repeated;
import dev.toq.protocol.body.Streams.Limits;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.StreamMessages;
import dev.toq.protocol.wire.JsonValue.JsonString;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** The assembly against a model of a few lines: one text for each open stream, and a set of what is over. */
class StreamsProps {
  private static final int OPEN = 3;

  private enum Kind { CHUNK, END, BARE_END, REPEAT, CANCEL }

  private record Step(Kind kind, int stream, String text) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.<Kind>frequencyOf(
                Tuple.of(8, Arbitraries.of(Kind.CHUNK)), Tuple.of(1, Arbitraries.of(Kind.values()))),
            Arbitraries.integers().between(0, 5),
            Arbitraries.strings().alpha().ofMaxLength(4))
        .as(Step::new).list().ofMaxSize(80);
  }

  @Property(tries = 500)
  @Label("R-9.6-02, R-11.9-01, R-11.3-01: streams that interleave are each joined in order, as a simple model says")
  void model(@ForAll("steps") List<Step> steps) {
    StreamBudget budget = new StreamBudget(1 << 20);
    Streams streams = new Streams(new Limits(OPEN, 1 << 16, 1000, Duration.ofSeconds(60)), budget);
    Map<String, String> texts = new HashMap<>();
    Map<String, Envelope> last = new HashMap<>();
    Set<String> over = new HashSet<>();
    long sequence = 0;
    for (Step step : steps) {
      String id = "s" + step.stream();
      String json = "\"" + step.text() + "\"";
      sequence += 1 + step.text().length();
      switch (step.kind()) {
        case CHUNK -> {
          Envelope chunk = StreamsTest.part(MessageType.STREAM_CHUNK, sequence, id, json);
          StreamOutcome outcome = streams.accept(chunk, NOW);
          if (over.contains(id)) {
            assertEquals(ErrorCode.STREAM_NOT_FOUND, assertInstanceOf(Refused.class, outcome).fault().code());
          } else if (!texts.containsKey(id) && texts.size() == OPEN) {
            assertEquals(ErrorCode.RESOURCE_EXHAUSTED, assertInstanceOf(Refused.class, outcome).fault().code());
            over.add(id);
          } else {
            assertEquals(new Partial(chunk), outcome);
            texts.merge(id, step.text(), String::concat);
            last.put(id, chunk);
          }
        }
        case END, BARE_END -> {
          boolean hasData = step.kind() == Kind.END;
          StreamOutcome outcome =
              streams.accept(StreamsTest.part(MessageType.STREAM_END, sequence, id, hasData ? json : ""), NOW);
          if (over.contains(id) || (!hasData && !texts.containsKey(id))) {
            assertEquals(ErrorCode.STREAM_NOT_FOUND, assertInstanceOf(Refused.class, outcome).fault().code());
          } else {
            Envelope message = assertInstanceOf(Complete.class, outcome).message();
            String joined = texts.getOrDefault(id, "") + (hasData ? step.text() : "");
            assertEquals(Optional.of(new JsonString(joined)), StreamMessages.data(message));
            texts.remove(id);
            over.add(id);
          }
        }
        case REPEAT -> {
          if (texts.containsKey(id)) {
            Envelope chunk = requireNonNull(last.get(id));
            assertEquals(new Repeated(chunk), streams.accept(chunk, NOW));
          }
        }
        case CANCEL -> {
          if (texts.containsKey(id)) {
            Envelope chunk = requireNonNull(last.get(id));
            assertEquals(Optional.of(id), streams.cancel(chunk.id().toString()));
            texts.remove(id);
            over.add(id);
          }
        }
      }
      assertEquals(texts.size(), streams.openStreams());
    }
    assertEquals(texts.keySet(), Set.copyOf(streams.drop()));
    assertEquals(1 << 20, budget.free());
  }
}
