package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What was dropped from an inbox stays known. */
@Timeout(60)
class InboxDroppedTest {
  @TempDir Path directory;

  private final TestClock clock = new TestClock();

  private InboxFile open(Path where) throws IOException {
    return InboxFile.open(RealFiles.INSTANCE, where.resolve("messages.jsonl"), clock, new Random(5),
        new InboxFile.Settings(Duration.ofSeconds(600), 100, 700, 1 << 20), Set::of);
  }

  private void store(InboxFile inbox, List<String> ids) throws Exception {
    for (String id : ids) {
      inbox.accept(Messages.message(1, id, clock.instant())).durable().get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  @DisplayName("A-36: an index of ids from before segments were dropped is not believed after a kill")
  void killedAfterDropping() throws Exception {
    Path run = Files.createDirectory(directory.resolve("run"));
    Path killed = Files.createDirectory(directory.resolve("killed"));
    List<String> later = List.of("b", "c", "d", "e", "f");
    try (InboxFile inbox = open(run)) {
      store(inbox, List.of("a"));
      inbox.clear(); // so that closing writes an index that stands at the very start of the log
    }
    try (InboxFile inbox = open(run)) {
      store(inbox, later);
      inbox.dropBefore(clock.instant().plus(Duration.ofDays(36_500)));
      for (Map.Entry<Path, byte[]> file : DiskTrace.content(run).entrySet()) {
        Files.write(killed.resolve(file.getKey()), file.getValue());
      }
    }
    try (InboxFile inbox = open(killed)) {
      for (String id : later) {
        assertTrue(inbox.knows(Messages.key(1), id), id + " would be taken a second time");
      }
    }
  }
}
