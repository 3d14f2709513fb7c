package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.RecordingFiles.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;

/** A log of small records over the recording layer, and what tests of it share. */
abstract class AppendLogFixture {
  static final AppendLog.Settings ROOMY = new AppendLog.Settings(1 << 20, 1 << 20, Duration.ofHours(1));

  @TempDir Path directory;

  final RecordingFiles files = new RecordingFiles();
  final List<String> found = new ArrayList<>();
  final List<LogPosition> places = new ArrayList<>();
  final List<String> told = Collections.synchronizedList(new ArrayList<>());

  final LogOwner owner = new LogOwner() {
    @Override
    public void committed(LogPosition end) {
      told.add("committed " + end.segment() + ":" + end.offset());
    }

    @Override
    public void idle(LogPosition end) {
      told.add("idle " + end.segment() + ":" + end.offset());
    }

    @Override
    public void closing(LogPosition end) {
      told.add("closing " + end.segment() + ":" + end.offset());
    }
  };

  Path live() {
    return directory.resolve("messages.jsonl");
  }

  AppendLog open(AppendLog.Settings settings) throws IOException {
    return open(settings, LogPosition.START);
  }

  AppendLog open(AppendLog.Settings settings, LogPosition from) throws IOException {
    found.clear();
    places.clear();
    return AppendLog.open(files, new LogFiles(live()), settings, from, (at, line, sealed) -> {
      if (sealed) {
        found.add(text(line));
        places.add(at);
      }
      return sealed;
    }, owner);
  }

  static String record(String text) {
    return "{\"t\":\"" + text + "\"}";
  }

  static byte[] line(String text) {
    return SealedLine.seal(record(text).getBytes(StandardCharsets.UTF_8));
  }

  static String text(byte[] line) {
    String text = new String(line, StandardCharsets.UTF_8);
    return text.substring("{\"t\":\"".length(), text.indexOf("\",\"crc\":\""));
  }

  static CompletableFuture<LogPosition> append(AppendLog log, String text) {
    CompletableFuture<LogPosition> done = new CompletableFuture<>();
    log.append(line(text), new AppendLog.Completion() {
      @Override
      public void durable(LogPosition at) {
        done.complete(at);
      }

      @Override
      public void failed(IOException why) {
        done.completeExceptionally(why);
      }
    });
    return done;
  }

  static LogPosition appended(AppendLog log, String text) throws Exception {
    return append(log, text).get(30, TimeUnit.SECONDS);
  }

  static IOException failure(CompletableFuture<?> done) throws Exception {
    ExecutionException failed = assertThrows(ExecutionException.class, () -> done.get(30, TimeUnit.SECONDS));
    return assertInstanceOf(IOException.class, failed.getCause());
  }

  long count(Kind kind) {
    return files.steps().stream().filter(step -> step.kind() == kind && step.path().equals(live())).count();
  }

  /** From now on the disk waits at its next step of this kind. */
  Barrier barrier(Kind kind) {
    Barrier barrier = new Barrier(kind);
    files.failing(barrier);
    return barrier;
  }

  /** Waits at each step of this kind on the live segment until it is let go. */
  final class Barrier implements RecordingFiles.Fault {
    private final Kind kind;
    private final CountDownLatch reached = new CountDownLatch(1);
    final CountDownLatch go = new CountDownLatch(1);

    private Barrier(Kind kind) {
      this.kind = kind;
    }

    /** Waits until the disk is there. */
    void await() throws InterruptedException {
      assertTrue(reached.await(30, TimeUnit.SECONDS));
    }

    @Override
    public void before(RecordingFiles.Step step) throws IOException {
      if (step.kind() == kind && step.path().equals(live())) {
        reached.countDown();
        try {
          assertTrue(go.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
    }
  }
}
