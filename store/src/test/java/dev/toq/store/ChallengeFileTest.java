package dev.toq.store;

import static dev.toq.store.Keys.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChallengeFileTest extends ChallengeMemoryContract {
  @TempDir Path folder;

  private DataDirectory directory = new DataDirectory(Path.of("/"), Path.of("/"), DataDirectory.Origin.HOME);

  @BeforeEach
  void create() throws IOException {
    directory = DataDirectory.resolve(Map.of(), folder, Optional.of(Path.of("agent")));
    directory.create();
  }

  @Override
  ChallengeFile open(Instant now) throws IOException {
    return ChallengeFile.open(directory, now, Set::of);
  }

  private ChallengeFile bounded(int most, int mostOfOneKey) throws IOException {
    return ChallengeFile.open(directory, RealFiles.INSTANCE, NOON, most, mostOfOneKey, () -> Set.of(key(9)));
  }

  @Test
  @DisplayName("The file has mode 600, a format, and a line for each challenge that shows neither key nor challenge")
  void shape() throws IOException {
    open(NOON).firstUse(key(1), challenge(1), NOON);
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.challenges())));
    List<String> lines = Files.readAllLines(directory.challenges());
    assertEquals("toq-challenges 1", lines.getFirst());
    assertTrue(lines.get(1).matches(NOON.getEpochSecond() + " [0-9a-f]{16} [0-9a-f]{32}"), lines.get(1));
    assertEquals(2, lines.size());
  }

  @Test
  @DisplayName("A torn last line is cut; what stands before it is remembered")
  void torn() throws IOException {
    ChallengeFile memory = open(NOON);
    memory.firstUse(key(1), challenge(1), NOON);
    memory.firstUse(key(1), challenge(2), NOON);
    byte[] whole = Files.readAllBytes(directory.challenges());
    for (int length = whole.length - 1; length > whole.length - 50; length--) {
      Files.write(directory.challenges(), java.util.Arrays.copyOf(whole, length));
      ChallengeFile again = open(NOON);
      assertEquals(List.of(), again.warnings());
      assertFalse(again.firstUse(key(1), challenge(1), NOON));
      assertTrue(again.firstUse(key(1), challenge(2), NOON));
    }
  }

  @Test
  @DisplayName("Other damage is set aside with a warning; readable lines stay remembered")
  void damaged() throws IOException {
    open(NOON).firstUse(key(1), challenge(1), NOON);
    Files.writeString(directory.challenges(), "garbage\n", StandardOpenOption.APPEND);
    open(NOON).firstUse(key(1), challenge(2), NOON);
    Files.writeString(directory.challenges(), "\u0000\n", StandardOpenOption.APPEND);

    ChallengeFile memory = open(NOON);

    assertEquals(
        List.of("challenges.log had 1 damaged lines and is kept as challenges.log.damaged-2"), memory.warnings());
    assertTrue(Files.exists(directory.root().resolve("challenges.log.damaged-1")));
    assertFalse(memory.firstUse(key(1), challenge(1), NOON));
    assertFalse(memory.firstUse(key(1), challenge(2), NOON));
  }

  @Test
  @DisplayName("A newer format is refused with a sentence, and an empty file is a new one")
  void format() throws IOException {
    Files.writeString(directory.challenges(), "toq-challenges 2\n");
    StoreException refused = assertThrows(StoreException.class, () -> open(NOON));
    assertTrue(String.valueOf(refused.getMessage()).contains("newer version"), refused.getMessage());
    Files.writeString(directory.challenges(), "");
    assertTrue(open(NOON).firstUse(key(1), challenge(1), NOON));
  }

  @Test
  @DisplayName("Beyond its bounds the memory forgets the oldest challenges, of one key and of all")
  void bounded() throws IOException {
    ChallengeFile memory = bounded(6, 3);
    for (int i = 0; i < 4; i++) {
      assertTrue(memory.firstUse(key(1), challenge(i), NOON));
    }
    assertFalse(memory.firstUse(key(1), challenge(1), NOON), "the second is the oldest that is left");
    assertTrue(memory.firstUse(key(1), challenge(0), NOON), "the first was forgotten");
    for (int i = 0; i < 4; i++) {
      assertTrue(memory.firstUse(key(10 + i), challenge(9), NOON));
    }
    assertFalse(memory.firstUse(key(10), challenge(9), NOON));
    assertTrue(memory.firstUse(key(1), challenge(2), NOON), "forgotten when the memory was full");
  }

  @Test
  @DisplayName("Beyond its bound the memory forgets challenges of strangers before those of a key that is approved, "
      + "also after a restart")
  void approvedGoLast() throws IOException {
    try (ChallengeFile memory = bounded(3, 3)) {
      assertTrue(memory.firstUse(key(9), challenge(1), NOON));
      for (int i = 1; i <= 10; i++) {
        assertTrue(memory.firstUse(key(i % 3), challenge(i), NOON));
      }
      assertFalse(memory.firstUse(key(9), challenge(1), NOON));
    }
    try (ChallengeFile memory = bounded(3, 3)) {
      for (int i = 11; i <= 20; i++) {
        assertTrue(memory.firstUse(key(i % 3), challenge(i), NOON));
      }
      assertFalse(memory.firstUse(key(9), challenge(1), NOON));
      assertTrue(memory.firstUse(key(9), challenge(2), NOON));
      assertTrue(memory.firstUse(key(9), challenge(3), NOON));
      assertTrue(memory.firstUse(key(9), challenge(4), NOON)); // all are of the approved key now: the oldest goes
      assertTrue(memory.firstUse(key(9), challenge(1), NOON));
    }
  }

  @Test
  @DisplayName("The file is rewritten when most of its lines are forgotten, and when it is opened")
  void rewritten() throws IOException {
    ChallengeFile memory = bounded(10, 10);
    for (int i = 0; i < 1500; i++) {
      memory.firstUse(key(1), challenge(i), NOON);
    }
    assertTrue(Files.readAllLines(directory.challenges()).size() <= 1 + 1000 + 21);
    for (int i = 1490; i < 1500; i++) {
      assertFalse(memory.firstUse(key(1), challenge(i), NOON));
    }
    open(NOON.plus(Duration.ofHours(25)));
    assertEquals(1, Files.readAllLines(directory.challenges()).size());
  }

  @Test
  @DisplayName("A failed append is an error, not a first use; the next one mends the file")
  void diskFails() throws IOException {
    FailingFiles files = new FailingFiles();
    ChallengeFile memory = ChallengeFile.open(directory, files, NOON, 100, 100, Set::of);
    memory.firstUse(key(1), challenge(1), NOON);
    files.failing = true;
    assertThrows(IOException.class, () -> memory.firstUse(key(1), challenge(2), NOON));
    assertThrows(IOException.class, () -> memory.firstUse(key(1), challenge(2), NOON));
    files.failing = false;
    assertTrue(memory.firstUse(key(1), challenge(2), NOON));
    ChallengeFile again = open(NOON);
    assertEquals(List.of(), again.warnings());
    assertFalse(again.firstUse(key(1), challenge(1), NOON));
    assertFalse(again.firstUse(key(1), challenge(2), NOON));
  }

  @Test
  @DisplayName("A closed memory answers with an error")
  void closed() throws IOException {
    ChallengeFile memory = open(NOON);
    memory.close();
    assertThrows(StoreException.class, () -> memory.firstUse(key(1), challenge(1), NOON));
  }
}
