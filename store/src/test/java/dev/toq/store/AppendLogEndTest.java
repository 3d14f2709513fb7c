package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.RecordingFiles.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of those who wait for a log that ends, and of threads that are interrupted. */
@Timeout(20)
class AppendLogEndTest extends AppendLogFixture {
  private static void awaitWaiting(Thread thread) {
    while (thread.getState() != Thread.State.WAITING) {
      assertTrue(thread.isAlive(), "it did not wait");
      Thread.onSpinWait();
    }
  }

  /** Ends the thread that owns the log, which promises to its completions that none of them throws. */
  private static void appendFatal(AppendLog log, String text) {
    append(log, text, () -> {
      Thread.currentThread().setUncaughtExceptionHandler((thread, fatal) -> {});
      throw new AssertionError("fatal");
    });
  }

  private static void append(AppendLog log, String text, Runnable whenDurable) {
    log.append(line(text), new AppendLog.Completion() {
      @Override
      public void durable(LogPosition at) {
        whenDurable.run();
      }

      @Override
      public void failed(IOException why) {}
    });
  }

  @Test
  @DisplayName("When the thread that owns the log dies, all who wait are refused, and so is whoever comes later")
  void deadThread() throws Exception {
    int one = line("bbbb").length;
    AppendLog log = open(new AppendLog.Settings(1 << 20, one, Duration.ofHours(1)));
    Barrier barrier = barrier(Kind.WRITE);
    appendFatal(log, "aaaa");
    barrier.await();
    CompletableFuture<LogPosition> queued = append(log, "bbbb");
    CompletableFuture<Void> task = log.flush();
    CompletableFuture<CompletableFuture<LogPosition>> third = new CompletableFuture<>();
    Thread waiting = Thread.ofPlatform().start(() -> third.complete(append(log, "cccc"))); // for room
    awaitWaiting(waiting);
    barrier.go.countDown();
    assertEquals("the log is closed", failure(queued).getMessage());
    assertEquals("the log is closed", failure(task).getMessage());
    assertEquals("the log is closed", failure(third.get(10, TimeUnit.SECONDS)).getMessage());
    assertEquals("the log is closed", failure(append(log, "dddd")).getMessage());
    log.close();
    open(ROOMY).close();
    assertEquals(List.of("aaaa"), found);
  }

  @Test
  @DisplayName("A fault of one who is told that its record is durable harms nobody else")
  void faultOfOne() throws Exception {
    try (AppendLog log = open(ROOMY)) {
      Barrier barrier = barrier(Kind.FORCE);
      append(log, "a", () -> {
        throw new IllegalStateException("a bug");
      });
      barrier.await();
      CompletableFuture<LogPosition> second = append(log, "b");
      barrier.go.countDown();
      assertEquals(line("a").length, second.get(10, TimeUnit.SECONDS).offset());
    }
    open(ROOMY).close();
    assertEquals(List.of("a", "b"), found);
  }

  @Test
  @DisplayName("A task that fails fatally is told to who waits for it")
  void fatalTask() throws Exception {
    AppendLog log = open(ROOMY);
    IOException told = assertThrows(IOException.class, () -> log.run(writer -> {
      Thread.currentThread().setUncaughtExceptionHandler((thread, fatal) -> {});
      throw new AssertionError("fatal");
    }));
    assertEquals("java.lang.AssertionError: fatal", told.getMessage());
    log.close();
  }

  @Test
  @DisplayName("A stray interrupt of the thread that owns the log is as if time had passed, and no record is lost")
  void strayInterrupt() throws Exception {
    try (AppendLog log = open(ROOMY)) {
      appended(log, "a");
      log.run(writer -> Thread.currentThread().interrupt());
      while (!told.toString().contains("idle")) {
        Thread.onSpinWait();
      }
      appended(log, "b");
    }
    open(ROOMY).close();
    assertEquals(List.of("a", "b"), found);
  }

  @Test
  @DisplayName("Whoever is interrupted while closing closes all the same, and stays interrupted")
  void interruptedClose() throws Exception {
    AppendLog log = open(ROOMY);
    Barrier barrier = barrier(Kind.WRITE);
    CompletableFuture<LogPosition> last = append(log, "a");
    barrier.await();
    CompletableFuture<Boolean> stillInterrupted = new CompletableFuture<>();
    Thread closing = Thread.ofPlatform().start(() -> {
      Thread.currentThread().interrupt();
      try {
        log.close();
        stillInterrupted.complete(Thread.interrupted());
      } catch (IOException e) {
        stillInterrupted.completeExceptionally(e);
      }
    });
    while (closing.getState() != Thread.State.WAITING || closing.isInterrupted()) {
      Thread.onSpinWait();
    }
    assertFalse(last.isDone());
    barrier.go.countDown();
    assertTrue(stillInterrupted.get(10, TimeUnit.SECONDS));
    assertTrue(last.isDone());
  }

  @Test
  @DisplayName("Whoever is interrupted while waiting for a task is told so, and stays interrupted")
  void interruptedRun() throws Exception {
    try (AppendLog log = open(ROOMY)) {
      Barrier barrier = barrier(Kind.WRITE);
      append(log, "a");
      barrier.await();
      Thread.currentThread().interrupt();
      assertThrows(InterruptedIOException.class, () -> log.run(writer -> {}));
      assertTrue(Thread.interrupted());
      barrier.go.countDown();
    }
  }
}
