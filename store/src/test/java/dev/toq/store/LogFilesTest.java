package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two rolled segments, numbers 3 and 4, and the live one, 5; some larger than what is read at once. */
class LogFilesTest {
  private static final int BLOCK = 1 << 16;

  @TempDir Path directory;

  private final List<LogPosition> starts = new ArrayList<>();
  private LogFiles names = new LogFiles(Path.of("messages.jsonl"));

  @BeforeEach
  void write() throws IOException {
    names = new LogFiles(directory.resolve("messages.jsonl"));
    segment(3, names.rolled(3), 1, 40, 2 * BLOCK, 7);
    segment(4, names.rolled(4), BLOCK, BLOCK, 500, 500);
    segment(5, names.live, 10, BLOCK - 11, 2, 90_000, BLOCK - 1, 1);
  }

  private void segment(int number, Path path, int... lengths) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int length : lengths) {
      starts.add(new LogPosition(number, all.size()));
      all.writeBytes("x".repeat(length - 1).getBytes(StandardCharsets.US_ASCII));
      all.write('\n');
    }
    Files.write(path, all.toByteArray());
  }

  @Test
  @DisplayName("The place of the newest lines is found across segments and blocks, and is the start where all are "
      + "wanted")
  void startOfNewest() throws Exception {
    int lines = starts.size();
    for (int wanted = 1; wanted <= lines; wanted++) {
      assertEquals(starts.get(lines - wanted), places(wanted), wanted + " lines");
    }
    assertEquals(new LogPosition(3, 0), places(lines + 1));
    assertEquals(new LogPosition(3, 0), places(Integer.MAX_VALUE));
  }

  private LogPosition places(int wanted) throws IOException {
    return names.startOfNewest(wanted);
  }

  @Test
  @DisplayName("Without a live segment the newest lines are those of the last rolled one; without any, none")
  void startWithoutLive() throws Exception {
    Files.delete(names.live);
    assertEquals(starts.get(7), names.startOfNewest(1));
    Files.delete(names.rolled(4));
    assertEquals(starts.get(3), names.startOfNewest(1));
    Files.delete(names.rolled(3));
    assertEquals(LogPosition.START, names.startOfNewest(1));
  }

  @Test
  @DisplayName("Bytes are read from the segment of their number; what is not there is empty")
  void read() throws Exception {
    Files.writeString(names.rolled(4), "rolled");
    Files.writeString(names.live, "live");
    assertEquals("oll", text(names.read(new LogPosition(4, 1), 3)));
    assertEquals("ve", text(names.read(new LogPosition(5, 2), 2)));
    assertEquals(Optional.empty(), names.read(new LogPosition(5, 2), 3));
    assertEquals(Optional.empty(), names.read(new LogPosition(9, 0), 1));
  }

  private static String text(Optional<byte[]> bytes) {
    return new String(bytes.orElseThrow(), StandardCharsets.US_ASCII);
  }

  @Test
  @DisplayName("Places are ordered by segment, then by byte")
  void order() {
    List<LogPosition> sorted = List.of(new LogPosition(1, 0), new LogPosition(1, 5), new LogPosition(2, 0),
        new LogPosition(2, 1L << 40), new LogPosition(10, 3));
    for (int i = 0; i < sorted.size(); i++) {
      for (int j = 0; j < sorted.size(); j++) {
        assertEquals(Integer.signum(i - j), Integer.signum(sorted.get(i).compareTo(sorted.get(j))));
      }
    }
  }

  @Test
  @DisplayName("A place fits as long as the 64 bytes before it are the same, and survives being written down")
  void place() throws Exception {
    for (LogPosition end : List.of(new LogPosition(5, 10), new LogPosition(5, 64), new LogPosition(4, BLOCK))) {
      LogPlace place = LogPlace.of(end, names::read);
      assertEquals(Math.min(64, end.offset()), place.before().length);
      assertTrue(place.fits(names::read));
      LogPlace copy = copy(place);
      assertEquals(end, copy.end());
      assertArrayEquals(place.before(), copy.before());
      assertTrue(copy.fits(names::read));
      byte[] changed = place.before().clone();
      changed[0]++;
      assertFalse(new LogPlace(end, changed).fits(names::read));
      assertFalse(new LogPlace(new LogPosition(7, end.offset()), place.before()).fits(names::read));
    }
  }

  private static LogPlace copy(LogPlace place) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    place.writeTo(new DataOutputStream(bytes));
    return LogPlace.readFrom(ByteBuffer.wrap(bytes.toByteArray()));
  }

  @Test
  @DisplayName("A place without bytes before it fits only where it is the start of everything")
  void placeOfStart() throws Exception {
    assertTrue(LogPlace.START.fits(names::read));
    assertFalse(new LogPlace(new LogPosition(2, 0), new byte[0]).fits(names::read));
    assertFalse(new LogPlace(new LogPosition(1, 9), new byte[0]).fits(names::read));
    assertFalse(LogPlace.of(new LogPosition(9, 3), names::read).fits(names::read), "nothing is there");
  }
}
