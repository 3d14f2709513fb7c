package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.RecordingFiles.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path directory;

  private final RecordingFiles files = new RecordingFiles();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private List<String> names() throws IOException {
    try (var all = Files.list(directory)) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  @DisplayName("R-14.3-01: a file is made and replaced with mode 0600, whatever mode it had")
  void modes() throws Exception {
    Path target = directory.resolve("a");
    AtomicFile.write(RealFiles.INSTANCE, target, bytes("one"));
    assertEquals(FileModes.FILE, Files.getPosixFilePermissions(target));
    Files.setPosixFilePermissions(target, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
    AtomicFile.write(RealFiles.INSTANCE, target, bytes("two"));
    assertEquals(FileModes.FILE, Files.getPosixFilePermissions(target));
    assertArrayEquals(bytes("two"), Files.readAllBytes(target));
    assertEquals(List.of("a"), names());
  }

  @Test
  @DisplayName("Content is forced before the rename, and the name before the return")
  void order() throws Exception {
    AtomicFile.write(files, directory.resolve("a"), bytes("one"));
    assertEquals(List.of(Kind.CREATE, Kind.WRITE, Kind.FORCE, Kind.CLOSE, Kind.RENAME, Kind.FORCE_DIRECTORY),
        files.steps().stream().map(RecordingFiles.Step::kind).toList());
    assertTrue(files.isForced("one"));
  }

  @Test
  @DisplayName("Whenever the power fails, the file is what it was or what it becomes")
  void crash() throws Exception {
    Path target = directory.resolve("a");
    AtomicFile.write(files, target, bytes("old content"));
    files.failing(step -> {
      for (Map<Path, byte[]> state : files.crashStates()) {
        String found = new String(state.getOrDefault(target, new byte[0]), StandardCharsets.UTF_8);
        assertTrue(List.of("old content", "new content").contains(found), found);
      }
    });
    AtomicFile.write(files, target, bytes("new content"));
    for (Map<Path, byte[]> state : files.crashStates()) {
      assertArrayEquals(bytes("new content"), state.get(target));
    }
  }

  @Test
  @DisplayName("A step that fails leaves the old content and no temporary file")
  void failure() throws Exception {
    Path target = directory.resolve("a");
    AtomicFile.write(RealFiles.INSTANCE, target, bytes("old"));
    for (Kind kind : List.of(Kind.CREATE, Kind.WRITE, Kind.FORCE, Kind.CLOSE, Kind.RENAME)) {
      files.failing(step -> {
        if (step.kind() == kind) {
          throw new RecordingFiles.PartialWrite("No space left on device", 1);
        }
      });
      assertThrows(IOException.class, () -> AtomicFile.write(files, target, bytes("new")), kind.name());
      assertEquals("old", Files.readString(target));
      assertEquals(List.of("a"), names(), kind.name());
    }
    files.failing(step -> {
      if (step.kind() == Kind.DELETE || step.kind() == Kind.FORCE) {
        throw new IOException(step.kind().name());
      }
    });
    IOException failed = assertThrows(IOException.class, () -> AtomicFile.write(files, target, bytes("new")));
    assertEquals("FORCE", failed.getMessage());
    assertEquals("DELETE", failed.getSuppressed()[0].getMessage());
  }

  @Test
  @DisplayName("What a writer left that died is swept away, and nothing else")
  void sweep() throws Exception {
    long dead = 1;
    while (ProcessHandle.of(dead).isPresent() && dead < 4_000_000) {
      dead++;
    }
    String ours = "a.tmp-" + ProcessHandle.current().pid() + "-1";
    List<String> kept = List.of("a", ours, "a.tmp-x-1", "a.tmp-7", "b.tmp-" + dead + "-1");
    for (String name : kept) {
      Files.writeString(directory.resolve(name), "x");
    }
    Path left = directory.resolve("a.tmp-" + dead + "-1");
    Files.writeString(left, "x");
    AtomicFile.sweep(files, directory.resolve("a"));
    assertFalse(Files.exists(left));
    assertEquals(kept.stream().sorted().toList(), names());
  }
}
