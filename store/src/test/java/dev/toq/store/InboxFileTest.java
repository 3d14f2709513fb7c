package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.wire.JsonText;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.store.RecordingFiles.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class InboxFileTest extends InboxContract {
  @TempDir Path directory;

  private final RecordingFiles files = new RecordingFiles();
  private long segmentBytes = 64 << 20;
  private int history = 1000;

  @Override
  protected Inbox open() throws IOException {
    return InboxFile.open(files, path("messages.jsonl"), clock, new Random(7),
        new InboxFile.Settings(WINDOW, history, segmentBytes, 1 << 20), Set::of);
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  private void reopenWith(int newHistory, long newSegmentBytes) throws Exception {
    inbox.close();
    history = newHistory;
    segmentBytes = newSegmentBytes;
    inbox = open();
  }

  private boolean known(String id) {
    return inbox.knows(Messages.key(1), id);
  }

  private InboxFile file() {
    return (InboxFile) inbox;
  }

  @Test
  @DisplayName("While the first copy is on its way, a duplicate gets its future, and only the force completes it")
  void duplicateInFlight() throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    files.failing(step -> {
      if (step.kind() == Kind.FORCE) {
        reached.countDown();
        try {
          assertTrue(go.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
    });
    Inbox.Acceptance first = inbox.accept(message(1, "a"));
    assertTrue(reached.await(30, TimeUnit.SECONDS));
    Inbox.Acceptance second = inbox.accept(message(1, "a"));
    assertFalse(first.duplicate());
    assertTrue(second.duplicate());
    assertSame(first.durable(), second.durable());
    assertFalse(first.durable().isDone());
    assertTrue(known("a"));
    assertEquals(List.of(), shown());
    go.countDown();
    await(second.durable());
    assertTrue(files.isForced("\"id\":\"a\""));
  }

  @Test
  @DisplayName("A message that could not be stored was never seen: offered again, it is taken in (A-07)")
  void failureForgets() throws Exception {
    files.failing(step -> {
      if (step.kind() == Kind.FORCE) {
        throw new IOException("No space left on device");
      }
    });
    CompletableFuture<Void> durable = inbox.accept(message(1, "a")).durable();
    assertThrows(ExecutionException.class, () -> durable.get(30, TimeUnit.SECONDS));
    assertTrue(file().trouble().isPresent());
    assertFalse(known("a"));
    files.failing(step -> {});
    store(message(1, "a"));
    assertEquals(Optional.empty(), file().trouble());
    reopen();
    assertEquals(List.of("a"), shown());
  }

  @Test
  @DisplayName("Whichever step fails, what was acknowledged is found, the rest is unknown, and all is well afterwards")
  void everyStepFailsOnce() throws Exception {
    for (int failing = 0; failing < 60; failing++) {
      int at = failing;
      Path own = Files.createDirectory(path("f" + failing));
      RecordingFiles layer = new RecordingFiles();
      layer.failing(step -> {
        if (step.number() == at) {
          throw step.kind() == Kind.WRITE
              ? new RecordingFiles.PartialWrite("No space left on device", at)
              : new IOException("No space left on device");
        }
      });
      InboxFile.Settings small = new InboxFile.Settings(WINDOW, 100, 600, 1 << 20);
      List<String> stored = new java.util.ArrayList<>();
      for (int opening = 0; opening < 3; opening++) {
        InboxFile opened;
        try {
          opened = InboxFile.open(layer, own.resolve("messages.jsonl"), clock, new Random(1), small, Set::of);
        } catch (IOException refused) {
          continue; // and tried again
        }
        try {
          for (int i = 0; i < 4; i++) {
            String id = opening + "-" + i;
            CompletableFuture<Void> durable = opened.accept(message(1, id)).durable();
            try {
              await(durable);
              stored.add(id);
            } catch (ExecutionException failed) {
              assertFalse(opened.knows(Messages.key(1), id), "step " + at);
            }
          }
          assertEquals(stored, opened.newest(100, any -> true).map(StoredMessage::id).toList(), "step " + at);
        } finally {
          try {
            opened.close();
          } catch (IOException expected) {
            assertEquals("No space left on device", expected.getMessage());
          }
        }
      }
      assertTrue(stored.size() >= 7, "step " + at + ": " + stored);
    }
  }

  @Test
  @DisplayName("Opening reads only what came after the ids were written down, and the lines that history shows")
  void opensFromTheTail() throws Exception {
    store(message(1, "a"));
    store(message(1, "b"));
    inbox.close();
    byte[] log = Files.readAllBytes(path("messages.jsonl"));
    log[30] ^= 1; // in the first line, which nobody has to read
    Files.write(path("messages.jsonl"), log);
    history = 1;
    inbox = open();
    assertTrue(known("a"));
    assertEquals(List.of("b"), shown());
    assertEquals(List.of(), file().warnings());
    store(message(1, "c"));
    reopenWith(2, segmentBytes);
    assertEquals(List.of("b", "c"), shown());
    assertTrue(known("a") && known("b") && known("c"));
    reopenWith(10, segmentBytes);
    assertEquals(List.of("b", "c"), shown());
    assertEquals(1, file().warnings().size());
    assertTrue(known("a"), "what was written down is known still");
  }

  @Test
  @DisplayName("Without the file of ids, or with a damaged or an older one, ids are read from the log")
  void idsFromTheLog() throws Exception {
    for (int i = 0; i < 6; i++) {
      store(message(1, "m" + i));
    }
    inbox.close();
    byte[] older = Files.readAllBytes(path("messages.ids"));
    inbox = open();
    store(message(1, "m6"));
    inbox.close();
    byte[] newer = Files.readAllBytes(path("messages.ids"));
    byte[] damaged = newer.clone();
    damaged[damaged.length / 2] ^= 1;
    for (byte[] content : List.of(new byte[0], older, damaged, newer)) {
      Files.write(path("messages.ids"), content);
      history = 2;
      inbox = open();
      for (int i = 0; i < 7; i++) {
        assertTrue(known("m" + i), "m" + i);
      }
      assertFalse(known("m7"));
      assertEquals(List.of("m5", "m6"), shown());
      inbox.close();
    }
    Files.delete(path("messages.ids"));
    inbox = open();
    assertTrue(known("m0") && known("m6"));
  }

  @Test
  @DisplayName("The file of ids of another log is not used")
  void idsOfAnotherLog() throws Exception {
    store(message(1, "a"));
    inbox.close();
    byte[] ids = Files.readAllBytes(path("messages.ids"));
    Files.delete(path("messages.jsonl"));
    Files.delete(path("messages.ids"));
    inbox = open();
    store(message(2, "b"));
    inbox.close();
    Files.write(path("messages.ids"), ids);
    inbox = open();
    assertFalse(known("a"));
    assertTrue(inbox.knows(Messages.key(2), "b"));
  }

  @Test
  @DisplayName("Ids are read from as many segments as the window reaches back over")
  void windowOverSegments() throws Exception {
    reopenWith(1, 300);
    for (int i = 0; i < 8; i++) {
      store(message(1, "m" + i));
      clock.advance(Duration.ofSeconds(100));
    }
    inbox.close();
    Files.delete(path("messages.ids"));
    inbox = open();
    for (int i = 0; i < 8; i++) {
      assertEquals(i >= 2, known("m" + i), "m" + i);
    }
    assertEquals(List.of("m7"), shown());
    reopenWith(5, 300);
    assertEquals(List.of("m3", "m4", "m5", "m6", "m7"), shown());
    reopenWith(100, 300);
    assertEquals(8, shown().size());
    reopenWith(0, 300);
    assertEquals(List.of(), shown());
  }

  @Test
  @DisplayName("History that is larger than what is held in memory is read from the log, also over segments")
  void largeHistory() throws Exception {
    reopenWith(1000, 2 << 20);
    JsonText large = JsonText.of(new JsonString("x".repeat(900_000)));
    for (int i = 0; i < 9; i++) {
      store(new StoredMessage("m" + i, "message.send", "toq://h/p", Messages.key(1), Optional.of(large),
          Optional.empty(), Optional.empty(), Optional.empty(), clock.instant()));
    }
    List<StoredMessage> all = inbox.newest(100, any -> true).toList();
    assertEquals(9, all.size());
    assertEquals(List.of(all.getFirst()), inbox.newest(1, message -> message.id().equals("m0")).toList());
    reopen();
    assertEquals(all, inbox.newest(100, any -> true).toList());
    Files.delete(path("messages-000001.jsonl"));
    assertEquals(List.of("m2", "m3", "m4", "m5", "m6", "m7", "m8"), shown());
    inbox.clear();
    assertEquals(List.of(), shown());
  }

  @Test
  @DisplayName("Only the newest messages are kept for showing, as many as are set")
  void historyLimit() throws Exception {
    reopenWith(3, segmentBytes);
    for (int i = 0; i < 5; i++) {
      store(message(1, "m" + i));
    }
    assertEquals(List.of("m2", "m3", "m4"), shown());
    assertTrue(known("m0"));
  }

  @Test
  @DisplayName("Messages that the deployed reference has written are shown as history")
  void referenceHistory() throws Exception {
    inbox.close();
    String line = """
        {"id":"1","type":"message.send","from":"toq://h/p","body":{"text":"old"},"timestamp":"2026-11-24T11:59:59.5Z"}
        """;
    Files.writeString(path("messages.jsonl"), line);
    inbox = open();
    store(message(1, "a"));
    reopen();
    assertEquals(List.of("1", "a"), shown());
    StoredMessage old = inbox.newest(2, any -> true).toList().getFirst();
    assertEquals(StoredMessageJson.UNKNOWN_KEY, old.fromKey());
    assertEquals(Instant.parse("2026-11-24T11:59:59.5Z"), old.receivedAt());
    assertFalse(inbox.knows(StoredMessageJson.UNKNOWN_KEY, "1"), "nobody can have sent it with that key");
    assertEquals(List.of(), file().warnings());
  }

  @Test
  @DisplayName("A record stands in the log as it is documented, with the checksum last")
  void format() throws Exception {
    store(message(1, "a"));
    byte[] line = Files.readAllBytes(path("messages.jsonl"));
    String text = new String(line, StandardCharsets.UTF_8);
    String payload = "{\"id\":\"a\",\"type\":\"message.send\",\"from\":\"toq://lab.example/p1\","
        + "\"body\":{\"text\":\"hello a\"},\"timestamp\":\"2026-11-24T12:00:00Z\","
        + "\"from_key\":\"" + Messages.key(1) + "\"";
    java.util.zip.CRC32C sum = new java.util.zip.CRC32C();
    sum.update(payload.getBytes(StandardCharsets.UTF_8));
    assertEquals(payload + ",\"crc\":\"%08x\"}\n".formatted(sum.getValue()), text);
  }

  @Test
  @DisplayName("Old segments can be dropped; ids stay known, and younger messages stay")
  void dropBefore() throws Exception {
    reopenWith(1000, 300);
    for (int i = 0; i < 5; i++) {
      store(message(1, "m" + i));
    }
    Instant old = Instant.parse("2026-01-01T00:00:00Z");
    Files.setLastModifiedTime(path("messages-000001.jsonl"), FileTime.from(old));
    file().dropBefore(old.plusSeconds(1));
    assertEquals(List.of("m1", "m2", "m3", "m4"), shown());
    inbox.close();
    Files.delete(path("messages.ids"));
    inbox = open();
    assertEquals(List.of("m1", "m2", "m3", "m4"), shown());
    for (int i = 0; i < 5; i++) {
      assertTrue(known("m" + i));
    }
  }

  @Test
  @DisplayName("When the ids of cleared messages are damaged, the file is set aside and the owner is told")
  void damagedClearedIds() throws Exception {
    store(message(1, "a"));
    inbox.clear();
    store(message(1, "b"));
    inbox.close();
    Files.writeString(path("messages.cleared-ids"), "nonsense, and long enough");
    Files.delete(path("messages.ids"));
    inbox = open();
    assertEquals(1, file().warnings().size());
    assertTrue(file().warnings().getFirst().startsWith("messages.cleared-ids was damaged"));
    assertTrue(Files.exists(path("messages.damaged-1")));
    assertTrue(known("b"));
    assertFalse(known("a"));
    reopen();
    assertEquals(List.of(), file().warnings());
  }

  @Test
  @DisplayName("Files of a newer format are refused with a sentence")
  void newerFormats() throws Exception {
    store(message(1, "a"));
    inbox.clear();
    inbox.close();
    byte[] ids = Files.readAllBytes(path("messages.cleared-ids"));
    ids[7] = 2;
    java.util.zip.CRC32C sum = new java.util.zip.CRC32C();
    sum.update(ids, 0, ids.length - 4);
    java.nio.ByteBuffer.wrap(ids).putInt(ids.length - 4, (int) sum.getValue());
    Files.write(path("messages.cleared-ids"), ids);
    StoreException refused = assertThrows(StoreException.class, this::open);
    assertTrue(String.valueOf(refused.getMessage()).contains("newer"), refused.toString());
    ids[7] = 1;
    sum.reset();
    sum.update(ids, 0, ids.length - 4);
    java.nio.ByteBuffer.wrap(ids).putInt(ids.length - 4, (int) sum.getValue());
    Files.write(path("messages.cleared-ids"), ids);
    inbox = open();
    assertTrue(known("a"));
  }

  @Test
  @DisplayName("After closing nothing is accepted")
  void closed() throws Exception {
    store(message(1, "a"));
    inbox.close();
    CompletableFuture<Void> late = inbox.accept(message(1, "b")).durable();
    assertThrows(ExecutionException.class, () -> late.get(30, TimeUnit.SECONDS));
    assertFalse(known("b"));
    assertThrows(IOException.class, () -> inbox.clear());
  }

  @Test
  @DisplayName("R-12.4-02, R-24-03: a duplicate window below five minutes is refused")
  void leastWindow() {
    assertThrows(IllegalArgumentException.class, () -> new InboxFile.Settings(Duration.ofSeconds(299), 1, 1, 1));
    assertEquals(Duration.ofSeconds(300), new InboxFile.Settings(Duration.ofSeconds(300), 1, 1, 1).duplicateWindow());
    assertEquals(Duration.ofHours(48), InboxFile.Settings.withHistory(5).duplicateWindow());
    assertThrows(IllegalArgumentException.class, () -> new InboxFile.Settings(WINDOW, -1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new InboxFile.Settings(WINDOW, 1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> new InboxFile.Settings(WINDOW, 1, 1, 0));
  }
}
