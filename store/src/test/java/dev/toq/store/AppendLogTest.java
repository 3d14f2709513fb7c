package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.RecordingFiles.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AppendLogTest extends AppendLogFixture {
  @Test
  @DisplayName("A record is forced, and so is the name of its file, before it counts as durable")
  void forcedBeforeDurable() throws Exception {
    try (AppendLog log = open(ROOMY)) {
      CompletableFuture<Boolean> forced = new CompletableFuture<>();
      log.append(line("a"), new AppendLog.Completion() {
        @Override
        public void durable(LogPosition at) {
          forced.complete(files.isForced(record("a").substring(0, 7)));
        }

        @Override
        public void failed(IOException why) {
          forced.completeExceptionally(why);
        }
      });
      assertTrue(forced.get(30, TimeUnit.SECONDS));
    }
  }

  @Test
  @DisplayName("The recording layer tells when a force is missing")
  void missingForceIsSeen() throws Exception {
    files.withoutForce();
    try (AppendLog log = open(ROOMY)) {
      appended(log, "a");
      assertFalse(files.isForced("\"a\""));
    }
  }

  @Test
  @DisplayName("Records that wait at the same time share one write and one force, and complete in their order")
  void groupCommit() throws Exception {
    try (AppendLog log = open(ROOMY)) {
      Barrier barrier = barrier(Kind.FORCE);
      CompletableFuture<LogPosition> first = append(log, "first");
      barrier.await();
      long writes = count(Kind.WRITE);
      long forces = count(Kind.FORCE);
      List<String> order = Collections.synchronizedList(new ArrayList<>());
      List<CompletableFuture<Void>> rest = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        String name = "n" + i;
        rest.add(append(log, name).thenAccept(at -> order.add(name)));
      }
      assertFalse(first.isDone());
      barrier.go.countDown();
      CompletableFuture.allOf(rest.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
      assertEquals(writes + 1, count(Kind.WRITE));
      assertEquals(forces + 1, count(Kind.FORCE));
      assertEquals(50, order.size());
      assertEquals("n0", order.getFirst());
      assertEquals("n49", order.getLast());
    }
    assertEquals(2, told.stream().filter(line -> line.startsWith("committed")).count());
    open(ROOMY).close();
    assertEquals(51, found.size());
    assertEquals("n49", found.getLast());
  }

  @Test
  @DisplayName("After a record that came alone nobody is waited for; the more came together, the longer, up to 2 ms")
  void gathering() {
    assertEquals(Duration.ZERO, AppendLog.gathering(1));
    assertEquals(Duration.ofNanos(200_000), AppendLog.gathering(2));
    assertEquals(Duration.ofNanos(800_000), AppendLog.gathering(17));
    assertEquals(Duration.ofMillis(2), AppendLog.gathering(100_000));
  }

  @Test
  @DisplayName("Records that are together larger than a batch take several forces")
  void batchesAreBounded() throws Exception {
    try (AppendLog log = open(new AppendLog.Settings(1 << 30, 1 << 30, Duration.ofHours(1)))) {
      Barrier barrier = barrier(Kind.FORCE);
      append(log, "first");
      barrier.await();
      long forces = count(Kind.FORCE);
      String large = "x".repeat(3 << 20);
      List<CompletableFuture<LogPosition>> rest = List.of(append(log, large), append(log, large), append(log, large));
      barrier.go.countDown();
      for (CompletableFuture<LogPosition> one : rest) {
        one.get(30, TimeUnit.SECONDS);
      }
      assertEquals(forces + 3, count(Kind.FORCE));
      log.run(writer -> {});
      assertEquals(4, told.stream().filter(line -> line.startsWith("committed")).count());
    }
    open(ROOMY).close();
    assertEquals(List.of(5, 3 << 20, 3 << 20, 3 << 20), found.stream().map(String::length).toList());
  }

  @Test
  @DisplayName("When too much waits for the disk, adding waits too; a large record passes when nothing else waits")
  void backpressure() throws Exception {
    int one = line("aaaa").length;
    try (AppendLog log = open(new AppendLog.Settings(1 << 20, 2 * one, Duration.ofHours(1)))) {
      appended(log, "x".repeat(3 * one));
      Barrier barrier = barrier(Kind.WRITE);
      append(log, "aaaa");
      barrier.await();
      append(log, "bbbb");
      append(log, "cccc"); // now exactly as much waits as may
      CountDownLatch returned = new CountDownLatch(1);
      Thread fourth = Thread.ofPlatform().start(() -> {
        append(log, "dddd");
        returned.countDown();
      });
      while (fourth.getState() != Thread.State.WAITING) {
        assertTrue(fourth.isAlive(), "it did not wait");
        Thread.onSpinWait();
      }
      assertEquals(1, returned.getCount());
      barrier.go.countDown();
      assertTrue(returned.await(30, TimeUnit.SECONDS));
      appended(log, "eeee");
    }
    open(ROOMY).close();
    assertEquals(List.of("aaaa", "bbbb", "cccc", "dddd", "eeee"), found.subList(1, 6));
  }

  @Test
  @DisplayName("A thread that waits for room is refused when the log closes")
  void closingRefusesWaiting() throws Exception {
    int one = line("aaaa").length;
    AppendLog log = open(new AppendLog.Settings(1 << 20, one, Duration.ofHours(1)));
    Barrier barrier = barrier(Kind.WRITE);
    append(log, "aaaa");
    barrier.await();
    CompletableFuture<LogPosition> second = append(log, "bbbb");
    CompletableFuture<CompletableFuture<LogPosition>> third = new CompletableFuture<>();
    Thread waiting = Thread.ofPlatform().start(() -> third.complete(append(log, "cccc")));
    while (waiting.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    Thread closing = Thread.ofPlatform().start(() -> {
      try {
        log.close();
      } catch (IOException e) {
        third.completeExceptionally(e);
      }
    });
    assertEquals("the log is closed", failure(third.get(30, TimeUnit.SECONDS)).getMessage());
    barrier.go.countDown();
    closing.join();
    second.get(30, TimeUnit.SECONDS);
    open(ROOMY).close();
    assertEquals(List.of("aaaa", "bbbb"), found);
  }

  @Test
  @DisplayName("A task runs after what was added before it, and its failure reaches who asked for it")
  void tasks() throws Exception {
    AppendLog log = open(ROOMY);
    CompletableFuture<LogPosition> before = append(log, "a");
    log.run(writer -> assertTrue(before.isDone()));
    IOException own = new IOException("own");
    assertSame(own, assertThrows(IOException.class, () -> log.run(writer -> {
      throw own;
    })));
    IOException wrapped = assertThrows(IOException.class, () -> log.run(writer -> {
      throw new IllegalStateException("broken");
    }));
    assertEquals("java.lang.IllegalStateException: broken", wrapped.getMessage());
    appended(log, "b");
    log.close();
    assertEquals("the log is closed", assertThrows(IOException.class, () -> log.run(writer -> {})).getMessage());
    assertEquals("the log is closed", failure(append(log, "c")).getMessage());
    log.close();
    assertEquals("closing 1:" + 2 * line("a").length, told.getLast());
  }

  @Test
  @DisplayName("When nothing comes for a while, that is told once")
  void idle() throws Exception {
    CountDownLatch idle = new CountDownLatch(2);
    LogOwner counting = new LogOwner() {
      @Override
      public void committed(LogPosition end) {}

      @Override
      public void idle(LogPosition end) throws IOException {
        told.add("idle");
        idle.countDown();
        throw new IOException("told, and failed");
      }

      @Override
      public void closing(LogPosition end) {}
    };
    AppendLog.Settings hasty = new AppendLog.Settings(1 << 20, 1 << 20, Duration.ofMillis(1));
    try (AppendLog log = AppendLog.open(
        files, new LogFiles(live()), hasty, LogPosition.START, (at, line, sealed) -> true, counting)) {
      appended(log, "a");
      while (told.isEmpty()) {
        Thread.onSpinWait();
      }
      appended(log, "b");
      assertTrue(idle.await(30, TimeUnit.SECONDS));
      log.run(writer -> {});
    }
    assertTrue(told.size() >= 2, told.toString());
  }
}
