package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk that refuses a message, and then its removal, until the process ends. */
@Timeout(60)
class InboxDoubtTest {
  @TempDir Path directory;

  private final TestClock clock = new TestClock();
  private final RecordingFiles files = new RecordingFiles();

  private InboxFile open(FileLayer layer, Path where) throws IOException {
    return InboxFile.open(layer, where.resolve("messages.jsonl"), clock, new Random(5),
        InboxFile.Settings.withHistory(100), Set::of);
  }

  private Inbox.Acceptance accept(InboxFile inbox, String id) {
    return inbox.accept(Messages.message(1, id, clock.instant()));
  }

  /** Leaves "b" in a file that the disk never got: neither it nor its removal could be forced. */
  private void leaveUnforced() throws Exception {
    try (InboxFile inbox = open(files, directory)) {
      accept(inbox, "a").durable().get(30, TimeUnit.SECONDS);
      files.failing(step -> {
        switch (step.kind()) {
          case FORCE, TRUNCATE -> throw new IOException("Input/output error");
          case OPEN, CREATE, WRITE, OVERWRITE, RENAME, DELETE, FORCE_DIRECTORY, CLOSE -> {}
        }
      });
      assertThrows(ExecutionException.class, () -> accept(inbox, "b").durable().get(30, TimeUnit.SECONDS));
    }
    files.failing(step -> {});
    assertTrue(Files.readString(directory.resolve("messages.jsonl")).contains("\"id\":\"b\""), "it can be read");
    assertFalse(files.isForced("\"id\":\"b\""));
  }

  @Test
  @DisplayName("R-8.9-03: what a failed force left in the file is on the disk before a duplicate of it is acknowledged")
  void duplicateOfWhatWasNeverForced() throws Exception {
    leaveUnforced();
    List<Map<Path, byte[]>> found;
    try (InboxFile inbox = open(files, directory)) {
      Inbox.Acceptance again = accept(inbox, "b");
      assertTrue(again.duplicate(), "the test wants the message to be known from the file");
      again.durable().get(30, TimeUnit.SECONDS);
      found = files.crashStates();
    }
    for (Map<Path, byte[]> state : found) {
      Path own = Files.createTempDirectory(directory, "crash");
      RecordingFiles.materialize(state, own);
      try (InboxFile inbox = open(new RecordingFiles(), own)) {
        assertEquals(List.of("a", "b"), inbox.newest(9, any -> true).map(StoredMessage::id).toList());
        assertTrue(accept(inbox, "b").duplicate());
      }
    }
  }

  @Test
  @DisplayName("An inbox whose unforced end the disk still refuses does not open, however often that is tried")
  void openingWaitsForTheDisk() throws Exception {
    leaveUnforced();
    files.failing(step -> {
      if (step.kind() == RecordingFiles.Kind.FORCE) {
        throw new IOException("Input/output error");
      }
    });
    assertThrows(IOException.class, () -> open(files, directory));
    assertThrows(IOException.class, () -> open(files, directory));
    files.failing(step -> {});
    try (InboxFile inbox = open(files, directory)) {
      assertTrue(files.isForced("\"id\":\"b\""));
      assertTrue(accept(inbox, "b").duplicate());
    }
  }
}
