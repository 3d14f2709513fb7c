package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.RecordingFiles.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AppendLogRidersTest extends AppendLogFixture {
  private static final AppendLog.Settings HASTY = new AppendLog.Settings(1 << 20, 1 << 20, Duration.ofMillis(1));

  /** Offers each text until it is durable. */
  private static final class Riding implements LogOwner {
    private final List<String> waiting = new ArrayList<>();
    private final List<String> durable = new ArrayList<>();
    private final AtomicInteger failures = new AtomicInteger();
    private final CountDownLatch allDurable;

    Riding(int expected) {
      allDurable = new CountDownLatch(expected);
    }

    synchronized void offer(String text) {
      waiting.add(text);
    }

    synchronized List<String> durable() {
      return List.copyOf(durable);
    }

    @Override
    public synchronized List<AppendLog.Line> riders(boolean all) {
      List<AppendLog.Line> lines = waiting.stream().map(this::rider).toList();
      waiting.clear();
      return lines;
    }

    private AppendLog.Line rider(String text) {
      return new AppendLog.Line(line(text), new AppendLog.Completion() {
        @Override
        public void durable(LogPosition at) {
          synchronized (Riding.this) {
            durable.add(text + "@" + at.offset() / line(text).length);
          }
          allDurable.countDown();
        }

        @Override
        public void failed(IOException why) {
          failures.incrementAndGet();
          offer(text);
        }
      });
    }

    @Override
    public void committed(LogPosition end) {}

    @Override
    public void idle(LogPosition end) {}

    @Override
    public void closing(LogPosition end) {}
  }

  private AppendLog open(AppendLog.Settings settings, LogOwner riding) throws IOException {
    return AppendLog.open(files, new LogFiles(live()), settings, LogPosition.START, (at, line, sealed) -> {
      found.add(text(line));
      return true;
    }, riding);
  }

  @Test
  @DisplayName("A rider is written behind the next record, with its force, and told where it stands")
  void rides() throws Exception {
    Riding riding = new Riding(2);
    try (AppendLog log = open(ROOMY, riding)) {
      appended(log, "a");
      riding.offer("b");
      riding.offer("c");
      log.nudge();
      long forces = count(Kind.FORCE);
      appended(log, "d");
      assertTrue(riding.allDurable.await(30, TimeUnit.SECONDS));
      assertEquals(forces + 1, count(Kind.FORCE));
      assertEquals(List.of("b@2", "c@3"), riding.durable());
    }
    open(ROOMY, new Riding(0)).close();
    assertEquals(List.of("a", "d", "b", "c"), found);
  }

  @Test
  @DisplayName("A rider that nothing gives a lift is written when the time is over, also after a long silence")
  void alone() throws Exception {
    for (int round = 0; round < 5; round++) {
      Riding riding = new Riding(1);
      try (AppendLog log = open(HASTY, riding)) {
        appended(log, "a");
        log.flush().get(30, TimeUnit.SECONDS);
        riding.offer("b");
        log.nudge();
        assertTrue(riding.allDurable.await(30, TimeUnit.SECONDS));
      }
    }
  }

  @Test
  @DisplayName("A flush writes riders at once, and closing writes those that are left")
  void flushAndClose() throws Exception {
    Riding riding = new Riding(2);
    try (AppendLog log = open(ROOMY, riding)) {
      riding.offer("a");
      log.flush().get(30, TimeUnit.SECONDS);
      assertEquals(List.of("a@0"), riding.durable());
      assertTrue(files.isForced(record("a").substring(0, 6)));
      log.flush().get(30, TimeUnit.SECONDS);
      riding.offer("b");
    }
    assertEquals(List.of("a@0", "b@1"), riding.durable());
  }

  @Test
  @DisplayName("Riders that failed are asked for again without anybody's doing, until the disk takes them")
  void failed() throws Exception {
    Riding riding = new Riding(1);
    AtomicInteger failures = new AtomicInteger();
    try (AppendLog log = open(HASTY, riding)) {
      files.failing(step -> {
        if (step.kind() == Kind.WRITE && failures.getAndIncrement() < 3) {
          throw new IOException("No space left on device");
        }
      });
      riding.offer("a");
      assertEquals("No space left on device", failure(log.flush()).getMessage());
      assertTrue(riding.allDurable.await(30, TimeUnit.SECONDS));
      assertEquals(3, riding.failures.get());
    }
    found.clear();
    open(ROOMY, new Riding(0)).close();
    assertEquals(List.of("a"), found);
  }
}
