package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.RecordingFiles.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AppendLogFilesTest extends AppendLogFixture {
  @Test
  @DisplayName("A segment that would grow beyond its size gets a number, and a new one begins")
  void roll() throws Exception {
    int one = line("a").length;
    List<LogPosition> expected = List.of(new LogPosition(1, 0), new LogPosition(1, one), new LogPosition(2, 0),
        new LogPosition(2, one), new LogPosition(3, 0));
    List<LogPosition> actual = new ArrayList<>();
    AppendLog.Settings two = new AppendLog.Settings(2L * one, 1 << 20, Duration.ofHours(1));
    try (AppendLog log = open(two)) {
      for (String name : List.of("a", "b", "c", "d", "e")) {
        actual.add(appended(log, name));
      }
      for (int i = 0; i < 5; i++) {
        assertEquals("abcde".substring(i, i + 1), text(log.read(actual.get(i), one).orElseThrow()));
      }
    }
    assertEquals(expected, actual);
    assertEquals(2L * one, Files.size(directory.resolve("messages-000001.jsonl")));
    assertEquals(2L * one, Files.size(directory.resolve("messages-000002.jsonl")));
    assertEquals(one, Files.size(live()));
    try (AppendLog log = open(two)) {
      assertEquals(List.of("a", "b", "c", "d", "e"), found);
      assertEquals(expected, places);
      assertEquals(new LogPosition(3, one), appended(log, "f"));
      assertEquals(new LogPosition(4, 0), appended(log, "g"));
    }
    open(two, new LogPosition(2, one)).close();
    assertEquals(List.of("d", "e", "f", "g"), found);
  }

  @Test
  @DisplayName("The new name of a full segment is forced before the next one is made")
  void orderOfRoll() throws Exception {
    try (AppendLog log = open(new AppendLog.Settings(1, 1 << 20, Duration.ofHours(1)))) {
      appended(log, "a");
      int steps = files.steps().size();
      appended(log, "b");
      List<Kind> kinds = files.steps().stream().skip(steps).map(RecordingFiles.Step::kind)
          .filter(kind -> kind != Kind.CLOSE).toList();
      assertEquals(List.of(Kind.RENAME, Kind.FORCE_DIRECTORY, Kind.OPEN, Kind.FORCE, Kind.FORCE_DIRECTORY, Kind.WRITE,
          Kind.FORCE), kinds);
    }
  }

  private long steps(Kind kind) {
    return files.steps().stream().filter(step -> step.kind() == kind).count();
  }

  @Test
  @DisplayName("Every file that was opened is closed in the end")
  void closesItsFiles() throws Exception {
    AppendLog.Settings small = new AppendLog.Settings(line("a").length, 1 << 20, Duration.ofHours(1));
    try (AppendLog log = open(small)) {
      appended(log, "a");
      appended(log, "b");
      Files.delete(live());
      appended(log, "c");
      log.run(LogWriter::dropAll);
      appended(log, "d");
    }
    assertTrue(steps(Kind.OPEN) >= 3);
    assertEquals(steps(Kind.OPEN) + steps(Kind.CREATE), steps(Kind.CLOSE));
  }

  @Test
  @DisplayName("One record may be larger than a segment")
  void largeRecord() throws Exception {
    try (AppendLog log = open(new AppendLog.Settings(10, 1 << 20, Duration.ofHours(1)))) {
      assertEquals(new LogPosition(1, 0), appended(log, "x".repeat(300_000)));
      assertEquals(new LogPosition(2, 0), appended(log, "y"));
    }
    open(ROOMY).close();
    assertEquals(List.of(300_000, 1), found.stream().map(String::length).toList());
  }

  @Test
  @DisplayName("Dropping all leaves an empty log that goes on; a dropped record is no longer read")
  void dropAll() throws Exception {
    AppendLog.Settings small = new AppendLog.Settings(line("a").length, 1 << 20, Duration.ofHours(1));
    try (AppendLog log = open(small)) {
      LogPosition first = appended(log, "a");
      LogPosition second = appended(log, "b");
      log.run(LogWriter::dropAll);
      assertEquals(Optional.empty(), log.read(first, line("a").length));
      assertEquals(Optional.empty(), log.read(second, line("a").length));
      assertEquals(new LogPosition(2, 0), appended(log, "c"));
      assertEquals(new LogPosition(3, 0), appended(log, "d"));
    }
    open(small).close();
    assertEquals(List.of("c", "d"), found);
    for (Kind kind : List.of(Kind.DELETE, Kind.TRUNCATE, Kind.FORCE, Kind.FORCE_DIRECTORY)) {
      files.failing(step -> {});
      try (AppendLog log = open(small)) {
        appended(log, "e");
        files.failing(step -> {
          if (step.kind() == kind) {
            throw new IOException("Input/output error");
          }
        });
        assertThrows(IOException.class, () -> log.run(LogWriter::dropAll), kind.name());
        files.failing(step -> {});
        appended(log, "f");
      }
      open(small).close();
      assertEquals("f", found.getLast(), kind.name());
    }
  }

  @Test
  @DisplayName("Dropping by age ends at the first segment that is young enough, and spares the live one")
  void dropBefore() throws Exception {
    AppendLog.Settings small = new AppendLog.Settings(line("a").length, 1 << 20, Duration.ofHours(1));
    try (AppendLog log = open(small)) {
      for (String name : List.of("a", "b", "c", "d")) {
        appended(log, name);
      }
      Instant old = Instant.parse("2026-01-01T00:00:00Z");
      for (int number : List.of(1, 3)) {
        Files.setLastModifiedTime(
            directory.resolve("messages-00000" + number + ".jsonl"), FileTime.from(old));
      }
      log.run(writer -> assertEquals(1, writer.dropBefore(old, 9)));
      log.run(writer -> assertEquals(2, writer.dropBefore(old.plusSeconds(1), 9)));
      assertTrue(files.crashStates().stream()
          .noneMatch(state -> state.containsKey(directory.resolve("messages-000001.jsonl"))), "it is gone for good");
      assertEquals(Optional.empty(), log.read(LogPosition.START, line("a").length));
      Files.setLastModifiedTime(
          directory.resolve("messages-000002.jsonl"), FileTime.from(old));
      log.run(writer -> assertEquals(2, writer.dropBefore(old.plusSeconds(1), 2), "it is to be kept"));
      log.run(writer -> assertEquals(4, writer.dropBefore(old.plusSeconds(1), 9)));
      appended(log, "e");
    }
    open(small).close();
    assertEquals(List.of("d", "e"), found);
  }

  @Test
  @DisplayName("A log of a newer format is refused with a sentence and left alone")
  void newerFormat() throws Exception {
    open(ROOMY).close();
    Path meta = directory.resolve("messages.meta");
    assertEquals("{\"format\":1}\n", Files.readString(meta));
    Files.writeString(meta, "{\"format\":2}\n");
    Files.writeString(live(), "what this is, only the newer one knows");
    StoreException refused = assertThrows(StoreException.class, () -> open(ROOMY));
    assertTrue(String.valueOf(refused.getMessage()).contains("newer"), refused.toString());
    assertEquals("{\"format\":2}\n", Files.readString(meta));
    assertEquals("what this is, only the newer one knows", Files.readString(live()));
  }

  @Test
  @DisplayName("A damaged file of the format is written anew, with a warning")
  void damagedFormat() throws Exception {
    open(ROOMY).close();
    for (String damaged : List.of("", "{", "[]", "{\"format\":\"1\"}", "{\"form\":1}")) {
      Files.writeString(directory.resolve("messages.meta"), damaged);
      try (AppendLog log = open(ROOMY)) {
        assertEquals(1, log.warnings().size(), damaged);
        assertTrue(log.warnings().getFirst().startsWith("messages.meta was damaged"), log.warnings().getFirst());
      }
      assertEquals("{\"format\":1}\n", Files.readString(directory.resolve("messages.meta")));
    }
    try (AppendLog log = open(ROOMY)) {
      assertEquals(List.of(), log.warnings());
    }
  }

  @Test
  @DisplayName("Files are made for their owner alone")
  void modes() throws Exception {
    try (AppendLog log = open(new AppendLog.Settings(1, 1 << 20, Duration.ofHours(1)))) {
      appended(log, "a");
      appended(log, "b");
    }
    for (String name : List.of("messages.jsonl", "messages-000001.jsonl", "messages.meta")) {
      assertEquals(FileModes.FILE, Files.getPosixFilePermissions(directory.resolve(name)), name);
    }
  }

  @Test
  @DisplayName("A log's file has a name that ends in .jsonl")
  void nameOfLog() {
    assertThrows(IllegalArgumentException.class, () -> new LogFiles(directory.resolve("messages.log")));
  }
}
