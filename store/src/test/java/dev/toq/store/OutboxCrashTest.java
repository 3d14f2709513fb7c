package dev.toq.store;

import static dev.toq.store.OutboxMessages.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.Outbox.Acceptance;
import dev.toq.store.OutboxState.Acked;
import dev.toq.store.OutboxState.Final;
import dev.toq.store.OutboxState.Refused;
import dev.toq.store.OutboxState.Unknown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Cuts the power before every step, in every way the file system may take it, and looks at what is left to send. */
@Timeout(120)
class OutboxCrashTest {
  @TempDir Path directory;

  private final TestClock clock = new TestClock();
  private final RecordingFiles files = new RecordingFiles();
  private final Set<OutboxKey> offered = Collections.synchronizedSet(new HashSet<>());
  /** Durable messages, and those of their ends that are durable. */
  private final Map<OutboxKey, Optional<Final>> promised = Collections.synchronizedMap(new LinkedHashMap<>());
  /** Ends that were noted, durable or not. */
  private final Map<OutboxKey, Final> noted = Collections.synchronizedMap(new HashMap<>());
  private final List<Crash> crashes = Collections.synchronizedList(new ArrayList<>());

  /** A moment: what was promised until then, and one of the states that may be found. */
  private record Crash(
      String moment, Map<OutboxKey, Optional<Final>> promised, Map<OutboxKey, Final> noted, Map<Path, byte[]> state) {}

  private OutboxFile open(FileLayer layer, Path where) throws IOException {
    return OutboxFile.open(layer, where.resolve("outbox.jsonl"), clock,
        new OutboxFile.Settings(100, 1 << 20, 100, 900, 1 << 20, Duration.ofHours(1)));
  }

  private void run() throws Exception {
    files.failing(step -> {
      Map<OutboxKey, Optional<Final>> until = new LinkedHashMap<>(promised);
      Map<OutboxKey, Final> ends = new HashMap<>(noted);
      String moment = "before step " + step.number() + " " + step.kind() + " " + step.path().getFileName();
      files.crashStates().forEach(state -> crashes.add(new Crash(moment, until, ends, state)));
    });
    Path own = Files.createDirectory(directory.resolve("run"));
    try (OutboxFile outbox = open(files, own)) {
      accept(outbox, 1, 2, 3);
      outbox.sent(key(1, 1));
      end(outbox, 1, new Acked(clock.instant()));
      end(outbox, 2, new Unknown(clock.instant()));
      accept(outbox, 4);
      flush(outbox);
    }
    try (OutboxFile outbox = open(files, own)) {
      outbox.sent(key(1, 3));
      end(outbox, 2, new Acked(clock.instant()));
      accept(outbox, 5, 6);
      end(outbox, 5, new Refused(clock.instant(), "blocked", "no"));
      flush(outbox);
      for (Path segment : rolled(own)) {
        Files.setLastModifiedTime(segment, java.nio.file.attribute.FileTime.from(clock.instant()));
      }
      outbox.dropBefore(clock.instant().plusSeconds(1));
      accept(outbox, 7);
    }
  }

  private static List<Path> rolled(Path own) throws IOException {
    try (var all = Files.list(own)) {
      return all.filter(each -> each.getFileName().toString().matches("outbox-\\d+\\.jsonl")).toList();
    }
  }

  private void accept(OutboxFile outbox, int... numbers) throws Exception {
    for (int number : numbers) {
      offered.add(key(1, number));
      Map<OutboxKey, Final> riding = new HashMap<>(noted);
      assertInstanceOf(Acceptance.Taken.class, outbox.accept(OutboxMessages.message(1, number, clock.instant())))
          .durable().get(30, TimeUnit.SECONDS);
      promised.put(key(1, number), Optional.empty());
      outbox.flush().get(30, TimeUnit.SECONDS); // after the completions of the batch
      riding.forEach((key, end) -> promised.put(key, Optional.of(end)));
    }
  }

  private void end(OutboxFile outbox, int number, Final end) {
    noted.put(key(1, number), end);
    assertInstanceOf(Outbox.Change.Done.class, outbox.end(key(1, number), end));
  }

  private void flush(OutboxFile outbox) throws Exception {
    Map<OutboxKey, Final> riding = new HashMap<>(noted);
    outbox.flush().get(30, TimeUnit.SECONDS);
    riding.forEach((key, end) -> promised.put(key, Optional.of(end)));
  }

  private void check(Crash crash, int number) throws IOException {
    Path own = Files.createDirectory(directory.resolve("crash-" + number));
    RecordingFiles.materialize(crash.state(), own);
    for (int opening = 0; opening < 2; opening++) {
      try (OutboxFile outbox = open(new RecordingFiles(), own)) {
        Map<OutboxKey, OutboxState> found = new HashMap<>();
        for (OutboxEntry entry : outbox.newest(1000, any -> true)) {
          assertTrue(offered.contains(entry.key()), crash.moment() + ": " + entry);
          assertEquals(null, found.put(entry.key(), entry.state()), crash.moment() + ": twice " + entry);
          assertEquals(Optional.of(OutboxMessages.message(
                  1, (int) entry.key().id().getLeastSignificantBits(), clock.instant())), outbox.message(entry.key()));
        }
        Set<OutboxKey> waiting = new HashSet<>();
        outbox.unfinished(key(1, 0).recipient(), Outbox.Cursor.START, 100).entries()
            .forEach(entry -> waiting.add(entry.key()));
        crash.promised().forEach((key, end) -> {
          boolean mayHaveEnded = crash.noted().containsKey(key);
          if (end.isEmpty() && !mayHaveEnded) {
            assertTrue(waiting.contains(key), crash.moment() + ": lost " + key);
          } else if (end.isEmpty()) {
            assertTrue(waiting.contains(key) || found.get(key) instanceof Final || dropped(crash, key),
                crash.moment() + ": lost " + key);
          } else {
            assertTrue(!waiting.contains(key), crash.moment() + ": sent again " + key);
            assertTrue(found.containsKey(key) ? found.get(key) instanceof Final : dropped(crash, key),
                crash.moment() + ": " + found.get(key));
          }
        });
      }
    }
  }

  /** Whether the first segment, with the messages that had ended, is dropped in this run already. */
  private static boolean dropped(Crash crash, OutboxKey key) {
    return crash.state().keySet().stream().noneMatch(path -> path.endsWith("outbox-000001.jsonl"))
        && crash.promised().containsKey(key(1, 6)) && key.id().getLeastSignificantBits() <= 5;
  }

  private int checkAll() throws IOException {
    Set<String> seen = new HashSet<>();
    int checked = 0;
    for (Crash crash : crashes) {
      Map<String, Integer> shape = new TreeMap<>();
      crash.state().forEach((path, bytes) -> shape.put(path.getFileName().toString(), Arrays.hashCode(bytes)));
      if (seen.add(crash.promised() + "|" + crash.noted() + "|" + shape)) {
        check(crash, checked++);
      }
    }
    return checked;
  }

  @Test
  @DisplayName("A-87: whenever the power fails, no durable message is lost, and none with a durable end is sent again")
  void nothingIsLost() throws Exception {
    run();
    assertTrue(checkAll() > 500, "states: " + crashes.size());
  }

  @Test
  @DisplayName("The same search finds the loss where nothing is forced")
  void lossIsFound() throws Exception {
    files.withoutForce();
    run();
    assertThrows(AssertionError.class, this::checkAll);
  }
}
