package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.RecordingFiles.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AppendLogFaultsTest extends AppendLogFixture {
  @Test
  @DisplayName("What fails to be written fails for all who share the write, is cut off, and the next record succeeds")
  void failedWrite() throws Exception {
    try (AppendLog log = open(ROOMY)) {
      appended(log, "a");
      AtomicInteger failures = new AtomicInteger();
      files.failing(step -> {
        if (step.kind() == Kind.WRITE && failures.getAndIncrement() == 0) {
          throw new RecordingFiles.PartialWrite("No space left on device", 9);
        }
      });
      assertEquals("No space left on device", failure(append(log, "b")).getMessage());
      assertEquals("No space left on device", log.trouble().orElseThrow().getMessage());
      assertEquals(line("a").length, Files.size(live()));
      assertEquals(new LogPosition(1, line("a").length), appended(log, "c"));
      assertEquals(Optional.empty(), log.trouble());
      assertEquals(List.of(), log.warnings());
    }
    open(ROOMY).close();
    assertEquals(List.of("a", "c"), found);
  }

  @Test
  @DisplayName("After a force that failed, what it was for is never believed, also where the next force succeeds")
  void failedForce() throws Exception {
    try (AppendLog log = open(ROOMY)) {
      appended(log, "a");
      AtomicInteger failures = new AtomicInteger();
      files.failing(step -> {
        boolean disk = step.kind() != Kind.CLOSE && step.kind() != Kind.OPEN;
        if (disk && failures.getAndIncrement() < 4 && step.kind() != Kind.WRITE) {
          throw new IOException("Input/output error");
        }
      });
      IOException why = failure(append(log, "b")); // write 0, force 1, truncate 2
      assertEquals(1, why.getSuppressed().length, "that the cut failed too is told as well");
      assertTrue(Files.size(live()) > line("a").length, "the test wants the record to be in the file");
      failure(append(log, "c")); // truncate 3
      assertEquals(new LogPosition(1, line("a").length), appended(log, "d"));
    }
    open(ROOMY).close();
    assertEquals(List.of("a", "d"), found);
  }

  @Test
  @DisplayName("A fault of our own while writing fails the records that share the write, and the next one succeeds")
  void ownFault() throws Exception {
    try (AppendLog log = open(ROOMY)) {
      appended(log, "a");
      AtomicInteger faults = new AtomicInteger();
      files.failing(step -> {
        if (step.kind() == Kind.FORCE && faults.getAndIncrement() == 0) {
          throw new IllegalStateException("a bug");
        }
      });
      assertEquals("internal error: java.lang.IllegalStateException: a bug", failure(append(log, "b")).getMessage());
      appended(log, "c");
      assertEquals(Optional.empty(), log.trouble());
    }
    open(ROOMY).close();
    assertEquals(List.of("a", "c"), found);
  }

  @Test
  @DisplayName("A full disk while a segment is rolled fails that record alone")
  void failedRoll() throws Exception {
    for (Kind kind : List.of(Kind.RENAME, Kind.FORCE_DIRECTORY, Kind.OPEN)) {
      Path own = Files.createDirectory(directory.resolve(kind.name()));
      RecordingFiles layer = new RecordingFiles();
      AppendLog.Settings small = new AppendLog.Settings(line("a").length, 1 << 20, Duration.ofHours(1));
      LogFiles names = new LogFiles(own.resolve("messages.jsonl"));
      List<String> read = new ArrayList<>();
      LogScan.Visitor reader = (at, line, sealed) -> read.add(text(line));
      try (AppendLog log = AppendLog.open(layer, names, small, LogPosition.START, reader, owner)) {
        appended(log, "a");
        AtomicInteger failures = new AtomicInteger();
        layer.failing(step -> {
          if (step.kind() == kind && failures.getAndIncrement() == 0) {
            throw new IOException("No space left on device");
          }
        });
        failure(append(log, "b"));
        appended(log, "c");
        appended(log, "d");
      }
      AppendLog.open(layer, names, small, LogPosition.START, reader, owner).close();
      assertEquals(List.of("a", "c", "d"), read, kind.name());
    }
  }

  @Test
  @DisplayName("A log file that somebody removes is made again for the next record")
  void removedFile() throws Exception {
    try (AppendLog log = open(ROOMY)) {
      appended(log, "a");
      Files.delete(live());
      assertEquals(new LogPosition(1, 0), appended(log, "b"));
      assertTrue(files.isForced(record("b").substring(0, 7)));
    }
    open(ROOMY).close();
    assertEquals(List.of("b"), found);
  }

  @Test
  @DisplayName("A log file that somebody removes before the first record is made again")
  void removedBeforeFirst() throws Exception {
    try (AppendLog log = open(ROOMY)) {
      Files.delete(live());
      assertEquals(new LogPosition(1, 0), appended(log, "a"));
    }
    open(ROOMY).close();
    assertEquals(List.of("a"), found);
  }

  @Test
  @DisplayName("While a new segment cannot be made, the records of the one that was rolled are still read")
  void readsWhileRollFails() throws Exception {
    AppendLog.Settings small = new AppendLog.Settings(line("a").length, 1 << 20, Duration.ofHours(1));
    try (AppendLog log = open(small)) {
      LogPosition first = appended(log, "a");
      files.failing(step -> {
        if (step.kind() == Kind.FORCE_DIRECTORY || step.kind() == Kind.OPEN) {
          throw new IOException("No space left on device");
        }
      });
      failure(append(log, "b"));
      assertEquals("a", text(log.read(first, line("a").length).orElseThrow()));
      files.failing(step -> {});
      assertEquals(new LogPosition(2, 0), appended(log, "c"));
    }
  }

  @Test
  @DisplayName("Where opening fails and closing what was opened fails too, both are told")
  void openingAndClosingFail() throws Exception {
    open(ROOMY).close();
    files.failing(step -> {
      if (step.path().equals(live()) && (step.kind() == Kind.FORCE || step.kind() == Kind.CLOSE)) {
        throw new IOException(step.kind() + " failed");
      }
    });
    IOException failed = assertThrows(IOException.class, () -> open(ROOMY));
    assertEquals("FORCE failed", failed.getMessage());
    assertEquals(List.of("CLOSE failed"),
        Arrays.stream(failed.getSuppressed()).map(Throwable::getMessage).toList());
  }

  @Test
  @DisplayName("A log that becomes shorter while its end is written again is not opened")
  void shorterWhileOpened() throws Exception {
    try (AppendLog log = open(ROOMY)) {
      appended(log, "x".repeat(300_000));
      appended(log, "y".repeat(300_000));
    }
    files.failing(step -> {
      if (step.kind() == Kind.OVERWRITE) {
        try (FileChannel file = FileChannel.open(live(), StandardOpenOption.WRITE)) {
          file.truncate(400_000);
        }
      }
    });
    assertThrows(EOFException.class, () -> open(ROOMY));
    files.failing(step -> {});
    open(ROOMY).close();
    assertEquals(List.of(300_000), found.stream().map(String::length).toList());
  }

  @Test
  @DisplayName("What another program adds to the file is kept, and ended with a newline where it lacks one")
  void foreignAppend() throws Exception {
    try (AppendLog log = open(ROOMY)) {
      LogPosition first = appended(log, "a");
      byte[] foreign = line("foreign");
      Files.write(live(), Arrays.copyOf(foreign, foreign.length - 1), StandardOpenOption.APPEND);
      LogPosition second = appended(log, "b");
      assertEquals(first.offset() + line("a").length + foreign.length, second.offset());
    }
    open(ROOMY).close();
    assertEquals(List.of("a", "foreign", "b"), found);
  }

  @Test
  @DisplayName("A directory that is gone fails records until it is back")
  void removedDirectory() throws Exception {
    Path own = Files.createDirectory(directory.resolve("own"));
    LogFiles names = new LogFiles(own.resolve("messages.jsonl"));
    try (AppendLog log = AppendLog.open(files, names, ROOMY, LogPosition.START, (at, line, sealed) -> true, owner)) {
      appended(log, "a");
      try (var all = Files.list(own)) {
        for (Path path : all.toList()) {
          Files.delete(path);
        }
      }
      Files.delete(own);
      failure(append(log, "b"));
      failure(append(log, "c"));
      Files.createDirectory(own);
      appended(log, "d");
      assertEquals(line("d").length, Files.size(names.live));
    }
  }

  @Test
  @DisplayName("A log that cannot be opened says so, and can be opened when the disk is well again")
  void openingFails() throws Exception {
    for (int failing = 0; failing < 9; failing++) {
      int at = failing;
      Path own = Files.createDirectory(directory.resolve("f" + failing));
      LogFiles names = new LogFiles(own.resolve("messages.jsonl"));
      RecordingFiles layer = new RecordingFiles();
      layer.failing(step -> {
        if (step.number() == at) {
          throw new IOException("No space left on device");
        }
      });
      IOException failed = assertThrows(IOException.class, () -> openAt(layer, names), "step " + failing);
      assertEquals("No space left on device", failed.getMessage());
      layer.failing(step -> {});
      openAt(layer, names).close();
    }
  }

  private AppendLog openAt(RecordingFiles layer, LogFiles names) throws IOException {
    return AppendLog.open(layer, names, ROOMY, LogPosition.START, (at, line, sealed) -> true, owner);
  }
}
