package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Cuts the power before every step, in every way the file system may take it, and looks at what is left. */
@Timeout(120)
class CrashStatesTest {
  private static final Duration WINDOW = Duration.ofSeconds(600);

  @TempDir Path directory;

  private final TestClock clock = new TestClock();
  private final RecordingFiles files = new RecordingFiles();
  private final Set<String> sent = new LinkedHashSet<>();
  private final Set<String> acknowledged = Collections.synchronizedSet(new LinkedHashSet<>());
  private final Set<String> cleared = Collections.synchronizedSet(new HashSet<>());
  private final List<Crash> crashes = Collections.synchronizedList(new ArrayList<>());

  /** A moment: what was promised until then, and one of the states that may be found. */
  private record Crash(String moment, List<String> acknowledged, Set<String> cleared, Map<Path, byte[]> state) {}

  private InboxFile open(FileLayer layer, Path where) throws IOException {
    return InboxFile.open(layer, where.resolve("messages.jsonl"), clock, new Random(3),
        new InboxFile.Settings(WINDOW, 100, 700, 1 << 20), Set::of);
  }

  private void run() throws Exception {
    files.failing(step -> {
      List<String> promised = List.copyOf(acknowledged);
      Set<String> dropped = Set.copyOf(cleared);
      String moment = "before step " + step.number() + " " + step.kind() + " " + step.path().getFileName();
      files.crashStates().forEach(state -> crashes.add(new Crash(moment, promised, dropped, state)));
    });
    Path own = Files.createDirectory(directory.resolve("run"));
    try (InboxFile inbox = open(files, own)) {
      send(inbox, "a", "b", "c", "d");
    }
    try (InboxFile inbox = open(files, own)) {
      send(inbox, "e");
      cleared.addAll(acknowledged);
      inbox.clear();
      send(inbox, "f", "g");
    }
  }

  private void send(InboxFile inbox, String... ids) throws Exception {
    for (String id : ids) {
      sent.add(id);
      inbox.accept(Messages.message(1, id, clock.instant())).durable().get(30, TimeUnit.SECONDS);
      acknowledged.add(id);
    }
  }

  private void check(Crash crash, int number) throws IOException {
    Path own = Files.createDirectory(directory.resolve("crash-" + number));
    RecordingFiles.materialize(crash.state(), own);
    for (int opening = 0; opening < 2; opening++) {
      try (InboxFile inbox = open(new RecordingFiles(), own)) {
        List<String> shown = inbox.newest(100, any -> true).map(StoredMessage::id).toList();
        for (String id : crash.acknowledged()) {
          int most = crash.cleared().contains(id) ? 0 : 1;
          int count = Collections.frequency(shown, id);
          assertTrue(count == 1 || count == 0 && most == 0, crash.moment() + ": " + id + " in " + shown);
          assertTrue(inbox.knows(Messages.key(1), id), crash.moment() + ": " + id + " is not known");
        }
        assertEquals(new HashSet<>(shown).size(), shown.size(), crash.moment());
        for (StoredMessage message : inbox.newest(100, any -> true).toList()) {
          assertEquals(Messages.message(1, message.id(), clock.instant()), message);
          assertTrue(sent.contains(message.id()));
        }
      }
    }
  }

  private int checkAll() throws IOException {
    Set<String> seen = new HashSet<>();
    int checked = 0;
    for (Crash crash : crashes) {
      Map<String, Integer> shape = new TreeMap<>();
      crash.state().forEach((path, bytes) -> shape.put(path.getFileName().toString(), Arrays.hashCode(bytes)));
      if (seen.add(crash.acknowledged() + "|" + crash.cleared() + "|" + shape)) {
        check(crash, checked++);
      }
    }
    return checked;
  }

  @Test
  @DisplayName("R-8.9-03: whenever the power fails, each acknowledged message is found once, known and undamaged")
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
