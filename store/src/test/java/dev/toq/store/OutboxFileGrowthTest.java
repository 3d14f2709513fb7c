package dev.toq.store;

import static dev.toq.store.OutboxMessages.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.Outbox.Acceptance;
import dev.toq.store.OutboxState.Acked;
import dev.toq.store.OutboxState.Unknown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What stands in the log costs little when it is opened, and can be dropped. */
@Timeout(60)
class OutboxFileGrowthTest extends OutboxFixture {
  @TempDir Path directory;

  private final RecordingFiles files = new RecordingFiles();
  private final Duration writtenWithin = Duration.ofHours(1);
  private long segmentBytes = 64 << 20;
  private int history = HISTORY;

  @Override
  protected OutboxFile open() throws IOException {
    return OutboxFile.open(files, path("outbox.jsonl"), clock, settings());
  }

  private OutboxFile.Settings settings() {
    return new OutboxFile.Settings(MAX_MESSAGES, MAX_BYTES, history, segmentBytes, 1 << 20, writtenWithin);
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  private OutboxFile file() {
    return (OutboxFile) outbox;
  }

  private void reopenWith(int newHistory, long newSegmentBytes) throws Exception {
    outbox.close();
    history = newHistory;
    segmentBytes = newSegmentBytes;
    outbox = open();
  }

  private void acked(int recipient, int number) {
    end(key(recipient, number), new Acked(clock.instant()));
  }

  @Test
  @DisplayName("Without its index, or with a damaged, an older or a foreign one, all is read from the log")
  void indexLost() throws Exception {
    store(message(1, 0));
    sent(key(1, 0));
    outbox.close();
    byte[] older = Files.readAllBytes(path("outbox.index"));
    outbox = open();
    store(message(1, 1));
    store(message(1, 2));
    end(key(1, 1), new Unknown(clock.instant()));
    outbox.close();
    byte[] newer = Files.readAllBytes(path("outbox.index"));
    byte[] damaged = newer.clone();
    damaged[damaged.length / 2] ^= 1;
    byte[] foreign = newer.clone();
    foreign[30] ^= 1; // in the bytes of the log
    sum(foreign);
    byte[] impossible = newer.clone();
    impossible[impossible.length - 4 - 12 - 1] = 'z'; // the last state
    sum(impossible);
    long all = 5;
    for (byte[] content : List.of(newer, older, damaged, foreign, impossible, new byte[0])) {
      Files.write(path("outbox.index"), content);
      outbox = open();
      assertEquals(content == newer ? 0 : content == older ? 3 : all, file().linesRead());
      assertEquals(List.of(key(1, 0), key(1, 2)), waiting(1));
      assertEquals(1, entry(key(1, 0)).transmissions());
      assertEquals("unknown", entry(key(1, 1)).state().word());
      outbox.close();
    }
    Files.delete(path("outbox.index"));
    outbox = open();
    assertEquals(List.of(key(1, 0), key(1, 2)), waiting(1));
  }

  /** Makes the checksum of an index fit. */
  static void sum(byte[] index) {
    java.util.zip.CRC32C sum = new java.util.zip.CRC32C();
    sum.update(index, 0, index.length - 4);
    java.nio.ByteBuffer.wrap(index).putInt(index.length - 4, (int) sum.getValue());
  }

  @Test
  @DisplayName("An end that is not in the log yet is not in the index either; the index is used all the same")
  void indexBehindMemory() throws Exception {
    store(message(1, 1));
    sent(key(1, 1));
    acked(1, 1);
    file().dropBefore(Instant.EPOCH); // writes the index, and no states
    Path copy = Files.createDirectory(path("as-after-a-crash"));
    for (String name : List.of("outbox.jsonl", "outbox.index", "outbox.meta")) {
      Files.copy(path(name), copy.resolve(name));
    }
    try (OutboxFile crashed = OutboxFile.open(new RecordingFiles(), copy.resolve("outbox.jsonl"), clock, settings())) {
      assertEquals(0, crashed.linesRead());
      assertEquals(List.of("sent"), crashed.newest(9, any -> true).stream().map(each -> each.state().word()).toList());
    }
    reopen();
    assertEquals("acked", entry(key(1, 1)).state().word());
  }

  @Test
  @DisplayName("Opening reads only the tail, however much is finished, and one message may wait at its very start")
  void opensFromTheTail() throws Exception {
    reopenWith(10, 1 << 20);
    store(message(7, 0));
    for (int round = 0; round < 20; round++) {
      CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
      for (int i = 1; i <= 400; i++) {
        int number = round * 400 + i;
        last = assertInstanceOf(Acceptance.Taken.class, outbox.accept(message(1, number))).durable();
      }
      await(last);
      for (int i = 1; i <= 400; i++) {
        sent(key(1, round * 400 + i));
        acked(1, round * 400 + i);
      }
    }
    await(outbox.flush());
    assertTrue(Files.exists(path("outbox-000003.jsonl")), "the test wants several segments");
    Path copy = Files.createDirectory(path("as-after-a-crash"));
    try (var all = Files.list(directory)) {
      for (Path each : all.filter(Files::isRegularFile).toList()) {
        Files.copy(each, copy.resolve(each.getFileName()));
      }
    }
    try (OutboxFile crashed = OutboxFile.open(new RecordingFiles(), copy.resolve("outbox.jsonl"), clock, settings())) {
      assertTrue(crashed.linesRead() < 3000, "lines: " + crashed.linesRead());
      assertEquals(
          List.of(key(7, 0)), keys(crashed.unfinished(key(7, 0).recipient(), Outbox.Cursor.START, 9).entries()));
      assertEquals(Optional.of(message(7, 0)), crashed.message(key(7, 0)));
      assertEquals(11, crashed.newest(1000, any -> true).size());
    }
    reopen();
    assertEquals(0, file().linesRead());
    assertEquals(List.of(key(7, 0)), waiting(7));
    assertEquals(Optional.of(message(7, 0)), outbox.message(key(7, 0)));
    assertEquals(Optional.of(message(1, 8000)), outbox.message(key(1, 8000)));
    assertEquals(11, outbox.newest(1000, any -> true).size());
  }

  @Test
  @DisplayName("Old segments are dropped, but none from the first with an unfinished message on")
  void dropBefore() throws Exception {
    reopenWith(100, 1);
    for (int i = 0; i < 6; i++) {
      store(message(1, i)); // each in a segment of its own
      if (i != 3) {
        acked(1, i);
      }
      await(outbox.flush());
    }
    Instant old = Instant.parse("2026-01-01T00:00:00Z");
    for (Path segment : segments()) {
      Files.setLastModifiedTime(segment, FileTime.from(old));
    }
    file().dropBefore(old);
    assertEquals(10, segments().size());
    file().dropBefore(old.plusSeconds(1));
    assertEquals(List.of(key(1, 3), key(1, 4), key(1, 5)), keys(outbox.newest(100, any -> true)));
    reopen();
    assertEquals(0, file().linesRead());
    assertEquals(List.of(key(1, 3)), waiting(1));
    assertEquals(Optional.of(message(1, 3)), outbox.message(key(1, 3)));
    acked(1, 3);
    await(outbox.flush());
    for (Path segment : segments()) {
      Files.setLastModifiedTime(segment, FileTime.from(old));
    }
    file().dropBefore(old.plusSeconds(1));
    assertEquals(1, segments().size(), "the newest full one stays for its number");
    reopen();
    assertEquals(0, file().linesRead());
    outbox.close();
    Files.delete(path("outbox.index"));
    outbox = open();
    assertEquals(List.of(), waiting(1));
    store(message(1, 9));
  }

  private List<Path> segments() throws IOException {
    try (var all = Files.list(directory)) {
      return all.filter(each -> each.getFileName().toString().startsWith("outbox-")).sorted().toList();
    }
  }

  @Test
  @DisplayName("Content that is larger than what is held is read from the log; that it cannot be read now is told "
      + "apart from damage")
  void largeContent() throws Exception {
    outbox.close();
    OutboxFile.Settings large = new OutboxFile.Settings(20, 20_000_000, 10, 2 << 20, 1 << 20, writtenWithin);
    try (OutboxFile opened = OutboxFile.open(files, path("large.jsonl"), clock, large)) {
      String text = "x".repeat(900_000);
      for (int i = 0; i < 9; i++) {
        await(assertInstanceOf(Acceptance.Taken.class,
            opened.accept(OutboxMessages.message(key(1, i), text + i, clock.instant()))).durable());
      }
      for (int i = 0; i < 9; i++) {
        assertEquals(
            Optional.of(OutboxMessages.message(key(1, i), text + i, clock.instant())), opened.message(key(1, i)));
      }
      Path segment = path("large-000001.jsonl");
      Files.move(segment, path("away"));
      Files.createDirectory(segment); // cannot be read, whoever asks
      assertThrows(IOException.class, () -> opened.message(key(1, 0)));
      Files.delete(segment);
      Files.move(path("away"), segment);
      assertTrue(opened.message(key(1, 0)).isPresent());
      Files.writeString(segment, Files.readString(segment).replaceFirst("xxx", "xyx"));
      assertEquals(Optional.empty(), opened.message(key(1, 0)), "a damaged record is none");
      assertTrue(opened.message(key(1, 8)).isPresent());
    }
    outbox = open();
  }
}
