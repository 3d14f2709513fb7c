package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.RecordingFiles.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SeenIdsFileTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final Duration WINDOW = Duration.ofSeconds(600);
  private static final int CAP = 1_000_000;

  @TempDir Path directory;

  private final RecordingFiles files = new RecordingFiles();

  private Path path() {
    return directory.resolve("messages.ids");
  }

  private Optional<SeenIdsFile.Content> read() throws IOException {
    return SeenIdsFile.read(path(), WINDOW, CAP, NOW);
  }

  private static SeenIds ids(int count) {
    SeenIds ids = new SeenIds(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, WINDOW, CAP);
    for (int i = 0; i < count; i++) {
      ids.add(ids.id(Messages.key(i % 3), "m" + i), NOW.minusSeconds(i % 500), NOW);
    }
    return ids;
  }

  @Test
  @DisplayName("What is written is read: ids with their times, secret, place and the bytes before it")
  void roundTrip() throws Exception {
    for (int count : new int[] {0, 1, 10_000, 300_000}) {
      SeenIdsFile.write(files, path(), ids(count), place(3, 1_000_000_000_000L, 9, 8), false);
      SeenIdsFile.Content content = read().orElseThrow();
      assertEquals(new LogPosition(3, 1_000_000_000_000L), content.place().end());
      assertArrayEquals(new byte[] {9, 8}, content.place().before());
      assertArrayEquals(ids(0).secret(), content.ids().secret());
      assertEquals(count, content.ids().size());
      for (int i = 0; i < count; i++) {
        SeenIds.Id id = content.ids().id(Messages.key(i % 3), "m" + i);
        assertTrue(content.ids().contains(id, NOW.plusSeconds(600 - i % 500)));
        assertFalse(content.ids().contains(id, NOW.plusSeconds(601 - i % 500)));
      }
    }
    assertEquals(FileModes.FILE, Files.getPosixFilePermissions(path()));
  }

  @Test
  @DisplayName("It is forced only where that is asked for")
  void forced() throws Exception {
    SeenIdsFile.write(files, path(), ids(3), LogPlace.START, false);
    Set<Kind> forces = Set.of(Kind.FORCE, Kind.FORCE_DIRECTORY);
    assertTrue(files.steps().stream().noneMatch(step -> forces.contains(step.kind())));
    SeenIdsFile.write(files, path(), ids(3), LogPlace.START, true);
    assertTrue(files.isForced("toq-ids"));
  }

  @Test
  @DisplayName("A file that is missing, cut, or changed in any byte is not used")
  void damaged() throws Exception {
    assertEquals(Optional.empty(), read());
    SeenIdsFile.write(files, path(), ids(2), new LogPlace(new LogPosition(1, 64), new byte[64]), false);
    byte[] whole = Files.readAllBytes(path());
    for (int i = 0; i < whole.length; i++) {
      Files.write(path(), Arrays.copyOf(whole, i));
      assertEquals(Optional.empty(), read(), "cut at " + i);
      byte[] flipped = whole.clone();
      flipped[i] ^= 1;
      Files.write(path(), flipped);
      assertEquals(Optional.empty(), read(), "flipped at " + i);
    }
    Files.write(path(), whole);
    assertEquals(2, read().orElseThrow().ids().size());
  }

  @Test
  @DisplayName("Its place in the log counts only where the same bytes stand before it")
  void anchor() throws Exception {
    byte[] log = new byte[200];
    for (int i = 0; i < log.length; i++) {
      log[i] = (byte) i;
    }
    LogPlace.LogBytes bytes = (at, length) -> at.segment() == 2 && at.offset() + length <= log.length
        ? Optional.of(Arrays.copyOfRange(log, (int) at.offset(), (int) at.offset() + length))
        : Optional.empty();
    LogPlace place = LogPlace.of(new LogPosition(2, 150), bytes);
    assertArrayEquals(Arrays.copyOfRange(log, 86, 150), place.before());
    assertEquals(20, LogPlace.of(new LogPosition(2, 20), bytes).before().length);
    assertTrue(place.fits(bytes));
    assertFalse(new LogPlace(new LogPosition(2, 151), place.before()).fits(bytes));
    assertFalse(new LogPlace(new LogPosition(3, 150), place.before()).fits(bytes));
    assertTrue(LogPlace.START.fits(bytes));
    assertFalse(place(2, 0).fits(bytes));
    assertFalse(place(1, 5).fits(bytes));
  }

  private static LogPlace place(int segment, long offset, int... before) {
    byte[] bytes = new byte[before.length];
    for (int i = 0; i < before.length; i++) {
      bytes[i] = (byte) before[i];
    }
    return new LogPlace(new LogPosition(segment, offset), bytes);
  }
}
