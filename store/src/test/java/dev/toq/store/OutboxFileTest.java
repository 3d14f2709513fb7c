package dev.toq.store;

import static dev.toq.store.OutboxMessages.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.Outbox.Acceptance;
import dev.toq.store.Outbox.Change;
import dev.toq.store.OutboxState.Acked;
import dev.toq.store.OutboxState.Unknown;
import dev.toq.store.RecordingFiles.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OutboxFileTest extends OutboxContract {
  @TempDir Path directory;

  private final RecordingFiles files = new RecordingFiles();
  private long segmentBytes = 64 << 20;
  private int history = HISTORY;
  private Duration writtenWithin = Duration.ofHours(1);

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

  private String log() throws IOException {
    return Files.readString(path("outbox.jsonl"));
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
  @DisplayName("Nothing may be sent before the force: until then the message is not here, and its future waits")
  void durableFirst() throws Exception {
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
    CompletableFuture<Void> durable =
        assertInstanceOf(Acceptance.Taken.class, outbox.accept(message(1, 1))).durable();
    assertTrue(reached.await(30, TimeUnit.SECONDS));
    assertFalse(durable.isDone());
    assertEquals(List.of(), waiting(1));
    assertEquals(List.of(), outbox.find(key(1, 1).id()));
    assertInstanceOf(Change.NotHere.class, outbox.sent(key(1, 1)));
    assertInstanceOf(Acceptance.Known.class, outbox.accept(message(1, 1)));
    assertEquals(1, outbox.depth().arriving());
    go.countDown();
    await(durable);
    assertTrue(files.isForced(key(1, 1).id().toString()));
    assertEquals(List.of(key(1, 1)), waiting(1));
  }

  @Test
  @DisplayName("States wait for the next message and are written behind it with the same force, several changes as one")
  void statesRide() throws Exception {
    store(message(1, 1));
    long before = Files.size(path("outbox.jsonl"));
    sent(key(1, 1));
    acked(1, 1);
    assertEquals(before, Files.size(path("outbox.jsonl")));
    long forces = forces();
    store(message(1, 2));
    assertEquals(forces + 1, forces());
    List<String> lines = log().lines().toList();
    assertEquals(3, lines.size());
    assertTrue(lines.get(1).contains("\"type\""), lines.get(1));
    assertTrue(lines.get(2).contains("\"state\":\"acked\""), lines.get(2));
    await(outbox.flush()); // the state is noted after the message that it rode with
    assertEquals(1, outbox.depth().finished());
  }

  @Test
  @DisplayName("That a message was sent waits for its end, as long as a state may wait, and not where the clock went "
      + "back")
  void sentWaitsForTheEnd() throws Exception {
    store(message(1, 1));
    store(message(1, 2));
    sent(key(1, 1));
    sent(key(1, 2));
    store(message(1, 3));
    assertFalse(log().contains("\"state\""), log());
    acked(1, 1);
    store(message(1, 4));
    assertTrue(log().contains("\"state\":\"acked\"") && !log().contains("\"state\":\"sent\""), log());
    clock.advance(writtenWithin);
    store(message(1, 5));
    assertTrue(log().contains("\"state\":\"sent\""), log());
    sent(key(1, 3));
    clock.advance(Duration.ofHours(-3));
    store(message(1, 6));
    assertEquals(2, log().lines().filter(line -> line.contains("\"state\":\"sent\"")).count(), log());
  }

  private long forces() {
    return files.steps().stream()
        .filter(step -> step.kind() == Kind.FORCE && step.path().equals(path("outbox.jsonl"))).count();
  }

  @Test
  @DisplayName("Where no message comes, states are written when the time is over, and at once by a flush")
  void statesAlone() throws Exception {
    outbox.close();
    writtenWithin = Duration.ofMillis(1);
    outbox = open();
    store(message(1, 1));
    CountDownLatch forced = new CountDownLatch(1);
    files.failing(step -> {
      if (step.kind() == Kind.WRITE && new String(step.bytes(), StandardCharsets.UTF_8).contains("acked")) {
        forced.countDown();
      }
    });
    acked(1, 1);
    assertTrue(forced.await(30, TimeUnit.SECONDS));
    outbox.close();
    writtenWithin = Duration.ofHours(1);
    outbox = open();
    store(message(1, 2));
    sent(key(1, 2));
    await(outbox.flush());
    assertTrue(files.isForced("\"state\":\"sent\""));
  }

  @Test
  @DisplayName("A message that could not be stored is not kept; the outbox goes on when the disk does")
  void failedAccept() throws Exception {
    FailingFiles failing = new FailingFiles();
    Path own = path("own.jsonl");
    try (OutboxFile opened = OutboxFile.open(failing, own, clock, settings())) {
      failing.failing = true;
      CompletableFuture<Void> durable =
          assertInstanceOf(Acceptance.Taken.class, opened.accept(message(1, 1))).durable();
      assertThrows(ExecutionException.class, () -> durable.get(30, TimeUnit.SECONDS));
      assertTrue(opened.trouble().isPresent());
      assertEquals(0, opened.depth().unfinished());
      assertEquals(0, opened.depth().bytes());
      failing.failing = false;
      await(assertInstanceOf(Acceptance.Taken.class, opened.accept(message(1, 1))).durable());
      assertEquals(Optional.empty(), opened.trouble());
    }
    try (OutboxFile opened = OutboxFile.open(failing, own, clock, settings())) {
      assertEquals(List.of(key(1, 1)), keys(opened.newest(10, any -> true)));
      assertEquals(List.of(), opened.warnings());
    }
  }

  @Test
  @DisplayName("A state that the disk refused is offered again, until it is written: an end is not forgotten for good")
  void failedState() throws Exception {
    FailingFiles failing = new FailingFiles();
    Path own = path("own.jsonl");
    try (OutboxFile opened = OutboxFile.open(failing, own, clock, settings())) {
      await(assertInstanceOf(Acceptance.Taken.class, opened.accept(message(1, 1))).durable());
      failing.failing = true;
      opened.end(key(1, 1), new Acked(clock.instant()));
      assertThrows(ExecutionException.class, () -> opened.flush().get(30, TimeUnit.SECONDS));
      assertEquals(0, opened.depth().finished());
      assertEquals(0, opened.depth().unfinished());
      failing.failing = false;
      await(opened.flush());
      assertEquals(1, opened.depth().finished());
    }
    Files.delete(path("own.index"));
    try (OutboxFile opened = OutboxFile.open(failing, own, clock, settings())) {
      assertEquals("acked", opened.find(key(1, 1).id()).getFirst().state().word());
    }
  }

  @Test
  @DisplayName("A torn last line is cut off; damage elsewhere is set aside with a warning, and the rest is kept")
  void damage() throws Exception {
    for (int i = 0; i < 4; i++) {
      store(message(1, i));
    }
    acked(1, 3);
    outbox.close();
    Files.delete(path("outbox.index"));
    List<String> lines = log().lines().toList();
    String flipped = lines.get(1).replace("hello 1", "hello 7");
    String foreign = "{\"id\":\"00000000-0000-0000-0000-000000000009\",\"recipient\":\"x\",\"state\":\"acked\"}";
    Files.writeString(path("outbox.jsonl"), lines.get(0) + "\n" + flipped + "\n" + lines.get(2) + "\n" + foreign + "\n"
        + lines.get(3) + "\n" + lines.get(4) + "\n{\"id\":\"0000");
    outbox = open();
    assertEquals(List.of(key(1, 0), key(1, 2)), waiting(1));
    assertEquals("acked", entry(key(1, 3)).state().word());
    assertEquals(1, file().warnings().size(), file().warnings().toString());
    assertTrue(file().warnings().getFirst().contains("2 damaged places"), file().warnings().getFirst());
    assertEquals(flipped + "\n" + foreign + "\n", Files.readString(path("outbox.damaged-1")));
    for (int number : List.of(0, 2, 3)) {
      assertEquals(Optional.of(message(1, number)), outbox.message(key(1, number)));
    }
    reopen();
    assertEquals(List.of(), file().warnings());
  }

  @Test
  @DisplayName("A message whose line was damaged after it was opened cannot be read, and says so")
  void unreadable() throws Exception {
    store(message(1, 1));
    outbox.close();
    outbox = open();
    byte[] bytes = Files.readAllBytes(path("outbox.jsonl"));
    bytes[120] ^= 1;
    Files.write(path("outbox.jsonl"), bytes);
    assertEquals(Optional.empty(), outbox.message(key(1, 1)));
    assertEquals(List.of(key(1, 1)), waiting(1));
  }

  @Test
  @DisplayName("A late answer to a message that was forgotten does not touch a newer one of the same id and recipient")
  void keyOfTwo() throws Exception {
    reopenWith(1, segmentBytes);
    store(message(1, 1));
    end(key(1, 1), new Unknown(clock.instant()));
    store(message(1, 2));
    files.failing(step -> {
      if (step.kind() == Kind.WRITE && new String(step.bytes(), StandardCharsets.UTF_8).contains("acked")) {
        files.failing(any -> {});
        acked(1, 1); // noted while the end of the other is written, which pushes this one out of history
      }
    });
    acked(1, 2);
    await(outbox.flush());
    assertEquals(List.of(key(1, 2)), keys(outbox.newest(9, any -> true)));
    store(message(1, 1));
    reopen();
    assertEquals(List.of(key(1, 1)), waiting(1));
    outbox.close();
    Files.delete(path("outbox.index"));
    outbox = open();
    assertEquals(List.of(key(1, 1)), waiting(1));
  }

  @Test
  @DisplayName("Files have mode 0600, and a newer format of log or index is refused with a sentence")
  void modesAndFormats() throws Exception {
    store(message(1, 1));
    outbox.close();
    for (String name : List.of("outbox.jsonl", "outbox.meta", "outbox.index")) {
      assertEquals(FileModes.FILE, Files.getPosixFilePermissions(path(name)), name);
    }
    assertEquals("{\"format\":1}\n", Files.readString(path("outbox.meta")));
    byte[] index = Files.readAllBytes(path("outbox.index"));
    byte[] newer = index.clone();
    newer[7] = 2;
    OutboxFileGrowthTest.sum(newer);
    Files.write(path("outbox.index"), newer);
    assertTrue(String.valueOf(assertThrows(StoreException.class, this::open).getMessage()).contains("newer version"));
    Files.write(path("outbox.index"), index);
    Files.writeString(path("outbox.meta"), "{\"format\":2}\n");
    assertTrue(String.valueOf(assertThrows(StoreException.class, this::open).getMessage()).contains("newer version"));
    Files.writeString(path("outbox.meta"), "{\"format\":1}\n");
    outbox = open();
    assertEquals(List.of(key(1, 1)), waiting(1));
  }

  @Test
  @DisplayName("Lines stand in the log as they are documented")
  void format() throws Exception {
    store(message(1, 1));
    sent(key(1, 1));
    end(key(1, 1), new OutboxState.Refused(clock.instant(), "blocked", "not welcome"));
    await(outbox.flush());
    List<String> lines = log().lines().map(line -> line.substring(0, line.length() - SealedLine.SEAL_BYTES)).toList();
    assertEquals(List.of(
        "{\"id\":\"00000000-0000-0000-0000-000000000001\",\"recipient\":\"toq://lab.example/p1\","
            + "\"type\":\"message.send\",\"to\":[\"toq://lab.example/p1\"],\"body\":{\"text\":\"hello 1\"},"
            + "\"created_at\":\"2026-11-24T12:00:00Z\",\"expires_at\":\"2026-12-01T12:00:00Z\"",
        "{\"id\":\"00000000-0000-0000-0000-000000000001\",\"recipient\":\"toq://lab.example/p1\","
            + "\"state\":\"refused\",\"at\":\"2026-11-24T12:00:00Z\",\"transmissions\":1,"
            + "\"sent_at\":\"2026-11-24T12:00:00Z\",\"code\":\"blocked\",\"text\":\"not welcome\""), lines);
  }

  @Test
  @DisplayName("After closing nothing is accepted")
  void closed() throws Exception {
    store(message(1, 1));
    outbox.close();
    CompletableFuture<Void> late = assertInstanceOf(Acceptance.Taken.class, outbox.accept(message(1, 2))).durable();
    assertThrows(ExecutionException.class, () -> late.get(30, TimeUnit.SECONDS));
    assertThrows(ExecutionException.class, () -> outbox.flush().get(30, TimeUnit.SECONDS));
    assertEquals(1, outbox.depth().unfinished());
  }

  @Test
  @DisplayName("Bounds are positive, and come from the configuration")
  void bounds() {
    OutboxFile.Settings standard = OutboxFile.Settings.of(Config.standard());
    assertEquals(10_000, standard.maxMessages());
    assertEquals(500_000_000, standard.maxBytes());
    assertEquals(1000, standard.historyLimit());
    assertEquals(Duration.ofSeconds(1), standard.writtenWithin());
    Duration time = Duration.ofSeconds(1);
    assertThrows(IllegalArgumentException.class, () -> new OutboxFile.Settings(0, 1, 0, 1, 1, time));
    assertThrows(IllegalArgumentException.class, () -> new OutboxFile.Settings(1, 0, 0, 1, 1, time));
    assertThrows(IllegalArgumentException.class, () -> new OutboxFile.Settings(1, 1, -1, 1, 1, time));
    assertThrows(IllegalArgumentException.class, () -> new OutboxFile.Settings(1, 1, 0, 0, 1, time));
    assertThrows(IllegalArgumentException.class, () -> new OutboxFile.Settings(1, 1, 0, 1, 0, time));
  }
}
