package dev.toq.store;

import static dev.toq.store.OutboxMessages.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.toq.store.Outbox.Acceptance;
import dev.toq.store.OutboxState.Accepted;
import dev.toq.store.OutboxState.Acked;
import dev.toq.store.OutboxState.Cancelled;
import dev.toq.store.OutboxState.Failed;
import dev.toq.store.OutboxState.Final;
import dev.toq.store.OutboxState.Refused;
import dev.toq.store.OutboxState.Sent;
import dev.toq.store.OutboxState.Unknown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class OutboxProps {
  private static final int MAX = 6;
  private static final int HISTORY = 3;

  /** What a caller does: one of these to one of a few messages. */
  enum Act {
    ACCEPT,
    ACCEPT_TOO,
    SENT,
    ACKED,
    REFUSED,
    FAILED,
    UNKNOWN,
    CANCELLED,
    OVERDUE,
    FLUSH,
    REOPEN,
    REOPEN_WITHOUT_INDEX
  }

  record Step(Act act, int message) {}

  /** The plainest outbox there can be: one list. */
  private static final class Model {
    /** In the order of acceptance. */
    private final Map<OutboxKey, OutboxState> states = new LinkedHashMap<>();
    private final Map<OutboxKey, Integer> transmissions = new LinkedHashMap<>();
    private final Map<OutboxKey, OutboxMessage> messages = new LinkedHashMap<>();
    private final List<OutboxKey> ended = new ArrayList<>();

    private long unfinished() {
      return states.values().stream().filter(state -> !(state instanceof Final)).count();
    }

    private boolean change(OutboxKey key, OutboxState next) {
      OutboxState now = states.get(key);
      if (now == null || !now.allows(next)) {
        return false;
      }
      states.put(key, next);
      if (next instanceof Sent sent) {
        transmissions.put(key, sent.transmissions());
      }
      if (next instanceof Final && !(now instanceof Final)) {
        ended.add(key);
      }
      return true;
    }

    private List<OutboxKey> overdue(Instant now) {
      List<OutboxKey> overdue = new ArrayList<>();
      new LinkedHashMap<>(states).forEach((key, state) -> {
        if (!(state instanceof Final) && change(key, state.overdue(now))) {
          overdue.add(key);
        }
      });
      return overdue;
    }

    /** Ends are history when they are durable, and then the oldest of them are forgotten. */
    private void flushed() {
      while (ended.size() > HISTORY) {
        OutboxKey gone = ended.removeFirst();
        states.remove(gone);
        transmissions.remove(gone);
        messages.remove(gone);
      }
    }
  }

  private final TestClock clock = new TestClock();

  @net.jqwik.api.Provide
  net.jqwik.api.Arbitrary<Step> steps() {
    return net.jqwik.api.Combinators.combine(
        net.jqwik.api.Arbitraries.of(Act.values()), net.jqwik.api.Arbitraries.integers().between(0, 11)).as(Step::new);
  }

  @Property(tries = 150)
  @Label("Whatever callers do, over restarts and however small the segments are, it is as one list says")
  void model(
      @ForAll @Size(max = 60) List<@net.jqwik.api.From("steps") Step> steps,
      @ForAll @IntRange(min = 1, max = 3000) int segmentBytes)
      throws Exception {
    Path directory = Files.createTempDirectory("outbox");
    OutboxFile.Settings settings =
        new OutboxFile.Settings(MAX, 1 << 20, HISTORY, segmentBytes, 1 << 20, Duration.ofHours(1));
    Model model = new Model();
    OutboxFile outbox = open(directory, settings);
    try {
      for (Step step : steps) {
        clock.advance(Duration.ofMillis(1500));
        OutboxKey key = key(step.message() % 2, step.message());
        switch (step.act()) {
          case ACCEPT, ACCEPT_TOO -> accept(outbox, model, key);
          case SENT -> {
            Sent sent = new Sent(clock.instant(), model.transmissions.getOrDefault(key, 0) + 1);
            assertEquals(model.change(key, sent), outbox.sent(key) instanceof Outbox.Change.Done);
          }
          case ACKED -> end(outbox, model, key, new Acked(clock.instant()));
          case REFUSED -> end(outbox, model, key, new Refused(clock.instant(), "code", "text"));
          case FAILED -> end(outbox, model, key, new Failed(clock.instant(), "reason"));
          case UNKNOWN -> end(outbox, model, key, new Unknown(clock.instant()));
          case CANCELLED -> end(outbox, model, key, new Cancelled(clock.instant()));
          case OVERDUE -> {
            clock.advance(OutboxMessages.EXPIRY);
            assertEquals(model.overdue(clock.instant()), outbox.endOverdue().stream().map(OutboxEntry::key).toList());
          }
          case FLUSH -> { /* done after each step */ }
          case REOPEN -> {
            outbox.close();
            outbox = open(directory, settings);
          }
          case REOPEN_WITHOUT_INDEX -> {
            outbox.close();
            Files.deleteIfExists(directory.resolve("outbox.index"));
            outbox = open(directory, settings);
          }
        }
        outbox.flush().get(30, TimeUnit.SECONDS);
        model.flushed();
        compare(model, outbox);
      }
    } finally {
      outbox.close();
      try (Stream<Path> all = Files.list(directory)) {
        for (Path file : all.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(directory);
    }
  }

  private OutboxFile open(Path directory, OutboxFile.Settings settings) throws IOException {
    return OutboxFile.open(new RecordingFiles(), directory.resolve("outbox.jsonl"), clock, settings);
  }

  private void accept(OutboxFile outbox, Model model, OutboxKey key) throws Exception {
    OutboxMessage message = OutboxMessages.message(key, "at " + clock.instant(), clock.instant());
    switch (outbox.accept(message)) {
      case Acceptance.Known known -> assertEquals(true, model.states.containsKey(key));
      case Acceptance.Full full -> {
        assertEquals(false, model.states.containsKey(key));
        assertEquals(MAX, model.unfinished());
      }
      case Acceptance.Taken taken -> {
        assertEquals(false, model.states.containsKey(key));
        taken.durable().get(30, TimeUnit.SECONDS);
        model.states.put(key, new Accepted(clock.instant()));
        model.messages.put(key, message);
      }
    }
  }

  private static void end(OutboxFile outbox, Model model, OutboxKey key, Final end) {
    assertEquals(model.change(key, end), outbox.end(key, end) instanceof Outbox.Change.Done);
  }

  private static void compare(Model model, OutboxFile outbox) throws IOException {
    List<OutboxEntry> all = outbox.newest(100, any -> true);
    assertEquals(List.copyOf(model.states.keySet()), all.stream().map(OutboxEntry::key).toList());
    assertEquals(List.copyOf(model.states.values()), all.stream().map(OutboxEntry::state).toList());
    for (OutboxEntry entry : all) {
      assertEquals(model.transmissions.getOrDefault(entry.key(), 0), entry.transmissions());
      assertEquals(Optional.ofNullable(model.messages.get(entry.key())), outbox.message(entry.key()));
    }
    for (int recipient = 0; recipient < 2; recipient++) {
      String name = key(recipient, 0).recipient();
      List<OutboxKey> waiting = model.states.entrySet().stream()
          .filter(each -> !(each.getValue() instanceof Final) && each.getKey().recipient().equals(name))
          .map(Map.Entry::getKey).toList();
      assertEquals(waiting, outbox.unfinished(name, Outbox.Cursor.START, 100).entries().stream()
          .map(OutboxEntry::key).toList());
    }
    Outbox.Depth depth = assertInstanceOf(Outbox.Depth.class, outbox.depth());
    assertEquals(model.unfinished(), depth.unfinished());
    assertEquals(all.stream().filter(entry -> !entry.isFinished()).mapToLong(OutboxEntry::bytes).sum(), depth.bytes());
    assertEquals(model.ended.size(), depth.finished());
  }
}
