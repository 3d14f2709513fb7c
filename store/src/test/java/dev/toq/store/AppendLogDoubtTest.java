package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.RecordingFiles.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What stands at the end of a log and was perhaps never forced. */
@Timeout(60)
class AppendLogDoubtTest extends AppendLogFixture {
  private static final int PART = LogWriter.UNFORCED_BYTES;

  private LogWriter writer() throws IOException {
    return new LogWriter(files, new LogFiles(live()), 1L << 40);
  }

  /** A line of exactly this length, with its newline. */
  private static byte[] line(String name, int length) {
    return line(name + "x".repeat(length - line(name).length));
  }

  private boolean isForced(String name) {
    return files.isForced("{\"t\":\"" + name);
  }

  private static int length(List<byte[]> lines) {
    return lines.stream().mapToInt(line -> line.length).sum();
  }

  /** Writes lines of which neither the force nor the removal succeeds. */
  private void leaveUnforced(List<byte[]> lines) throws IOException {
    try (LogWriter writer = writer()) {
      writer.commit(List.of(line("durable")), line("durable").length);
      files.failing(step -> {
        if (step.kind() == Kind.FORCE || step.kind() == Kind.TRUNCATE) {
          throw new IOException("Input/output error");
        }
      });
      assertThrows(IOException.class, () -> writer.commit(lines, length(lines)));
    }
    files.failing(step -> {});
    assertEquals(line("durable").length + length(lines), Files.size(live()), "they are still to be read");
  }

  @Test
  @DisplayName("All of the largest part that may be unforced is on the disk when the log is open again")
  void wholePart() throws Exception {
    leaveUnforced(List.of(line("b", PART / 4), line("c", PART / 2), line("d", PART / 4)));
    assertFalse(isForced("b"));
    writer().close();
    for (String name : List.of("durable", "b", "c", "d")) {
      assertTrue(isForced(name), name);
    }
  }

  @Test
  @DisplayName("All of a line that is longer than a part is on the disk when the log is open again")
  void longLine() throws Exception {
    leaveUnforced(List.of(line("b", PART + 100_001)));
    assertFalse(isForced("b"));
    writer().close();
    assertTrue(isForced("durable"));
    assertTrue(isForced("b"));
  }

  @Test
  @DisplayName("What is written again while a log is opened stays small, and leaves every byte as it was")
  void cost() throws Exception {
    byte[] one = line("a", 1 << 10);
    try (LogWriter writer = writer()) {
      for (int i = 0; i < 3; i++) {
        writer.commit(Collections.nCopies(PART >> 10, one), PART);
      }
    }
    byte[] before = Files.readAllBytes(live());
    int steps = files.steps().size();
    writer().close();
    assertEquals(PART, files.steps().stream().skip(steps)
        .filter(step -> step.kind() == Kind.OVERWRITE).mapToInt(step -> step.bytes().length).sum());
    assertArrayEquals(before, Files.readAllBytes(live()));
  }

  @Test
  @DisplayName("More than one part is refused in one commit, as opening would not write all of it again")
  void boundIsKept() throws Exception {
    List<byte[]> lines = List.of(line("a", PART), line("b"));
    try (LogWriter writer = writer()) {
      assertThrows(IllegalArgumentException.class, () -> writer.commit(lines, length(lines)));
      assertEquals(0, Files.size(live()));
      writer.commit(lines.subList(0, 1), PART);
      writer.commit(List.of(line("c", PART + 1)), PART + 1);
      writer.commit(List.of(line("d", PART / 2), line("e", PART / 2)), PART);
    }
  }

  /** Offers riders until they are durable. */
  private static final class Riding implements LogOwner {
    private final List<byte[]> waiting = new ArrayList<>();
    private final List<String> order = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger committed = new AtomicInteger();

    synchronized void offer(byte[] line) {
      waiting.add(line);
    }

    @Override
    public synchronized List<AppendLog.Line> riders(boolean all) {
      List<AppendLog.Line> lines = waiting.stream().map(this::rider).toList();
      waiting.clear();
      return lines;
    }

    private AppendLog.Line rider(byte[] line) {
      String name = text(line).substring(0, 1);
      return new AppendLog.Line(line, new AppendLog.Completion() {
        @Override
        public void durable(LogPosition at) {
          order.add(name + "@" + at.offset());
        }

        @Override
        public void failed(IOException why) {
          order.add(name + " failed");
          offer(line);
        }
      });
    }

    @Override
    public void committed(LogPosition end) {
      committed.incrementAndGet();
    }

    @Override
    public void idle(LogPosition end) {}

    @Override
    public void closing(LogPosition end) {}
  }

  private static AppendLog.Settings large() {
    return new AppendLog.Settings(1L << 30, 1 << 30, Duration.ofHours(1));
  }

  @Test
  @DisplayName("Riders that would make a part too large are forced in parts of their own, in their order")
  void ridersInParts() throws Exception {
    Riding riding = new Riding();
    AppendLog log = AppendLog.open(
        files, new LogFiles(live()), large(), LogPosition.START, (at, line, sealed) -> true, riding);
    try (log) {
      int small = line("a").length;
      riding.offer(line("b", PART - small));
      riding.offer(line("c", PART / 2));
      riding.offer(line("d", PART / 2));
      riding.offer(line("e", 100));
      long forces = count(Kind.FORCE);
      assertEquals(0, appended(log, "a").offset());
      log.run(writer -> {});
      assertEquals(forces + 3, count(Kind.FORCE));
      assertEquals(1, riding.committed.get());
      assertEquals(List.of("b@" + small, "c@" + PART, "d@" + (PART + PART / 2), "e@" + 2 * PART), riding.order);
    }
  }

  @Test
  @DisplayName("Where a part fails, what was forced before it stays, all behind it fails untried, and is offered again")
  void failedPart() throws Exception {
    Riding riding = new Riding();
    AppendLog log = AppendLog.open(
        files, new LogFiles(live()), large(), LogPosition.START, (at, line, sealed) -> true, riding);
    try (log) {
      riding.offer(line("b", PART));
      riding.offer(line("c", PART));
      AtomicInteger forces = new AtomicInteger();
      files.failing(step -> {
        if (step.kind() == Kind.FORCE && forces.getAndIncrement() == 1) {
          throw new IOException("Input/output error");
        }
      });
      assertEquals(0, appended(log, "a").offset());
      log.run(writer -> {});
      assertEquals(List.of("b failed", "c failed"), riding.order);
      assertEquals(0, riding.committed.get());
      assertEquals("Input/output error", log.trouble().orElseThrow().getMessage());
      log.flush().get();
      int small = line("a").length;
      assertEquals(List.of("b@" + small, "c@" + (small + PART)), riding.order.subList(2, 4));
      assertTrue(log.trouble().isEmpty());
    }
    open(ROOMY).close();
    assertEquals(List.of("a", "b", "c"), found.stream().map(text -> text.substring(0, 1)).toList());
  }

  @Test
  @DisplayName("The newline behind what another program added is on the disk before a record follows it")
  void newlineBehindForeignText() throws Exception {
    List<Map<Path, byte[]>> states;
    try (AppendLog log = open(ROOMY)) {
      appended(log, "a");
      Files.writeString(live(), "no record", StandardOpenOption.APPEND);
      AtomicInteger forces = new AtomicInteger();
      files.failing(step -> {
        if (step.kind() == Kind.FORCE && forces.getAndIncrement() < 2) {
          throw new IOException("Input/output error");
        }
      });
      failure(append(log, "b"));
      appended(log, "c");
      states = files.crashStates();
    }
    byte[] expected = (new String(line("a"), StandardCharsets.UTF_8) + "no record\n"
        + new String(line("c"), StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    for (Map<Path, byte[]> state : states) {
      assertArrayEquals(expected, state.get(live()));
    }
  }

  @Test
  @DisplayName("The disk writes over bytes in the middle of a file that is open for adding to its end")
  void overwriteInPlace() throws Exception {
    Path file = directory.resolve("plain");
    try (FileLayer.Output out = RealFiles.INSTANCE.openAppend(file)) {
      out.write(ByteBuffer.wrap("abcdef".getBytes(StandardCharsets.US_ASCII)));
      RealFiles.INSTANCE.overwrite(file, 2, ByteBuffer.wrap("XY".getBytes(StandardCharsets.US_ASCII)));
      out.write(ByteBuffer.wrap("g".getBytes(StandardCharsets.US_ASCII)));
      out.force();
    }
    assertEquals("abXYefg", Files.readString(file));
  }
}
