package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.RecordingFiles.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogScanTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  @TempDir Path directory;

  private final List<String> warnings = new ArrayList<>();
  private final List<LogPosition> places = new ArrayList<>();

  private static byte[] line(String id) {
    return SealedLine.seal(StoredMessageJson.toRecord(Messages.message(1, id, NOW)));
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private Path live() {
    return directory.resolve("messages.jsonl");
  }

  private Path damaged(int number) {
    return directory.resolve("messages.damaged-" + number);
  }

  /** Reads the log; gives the ids of its records. */
  private List<String> scan(LogPosition from) throws IOException {
    List<String> ids = new ArrayList<>();
    warnings.clear();
    places.clear();
    new LogScan(new RecordingFiles(), new LogFiles(live()), warnings).scan(from, (at, line, sealed) -> {
      InboxRecord.of(line, sealed).ifPresent(record -> {
        ids.add(record.id());
        places.add(at);
      });
      return InboxRecord.of(line, sealed).isPresent();
    });
    return ids;
  }

  private List<String> scan(byte[] content) throws IOException {
    try (var old = Files.newDirectoryStream(directory)) {
      for (Path path : old) {
        Files.delete(path);
      }
    }
    Files.write(live(), content);
    return scan(LogPosition.START);
  }

  @Test
  @DisplayName("A last line that was cut at any byte is cut off without a word, and the lines before it are kept")
  void tornTail() throws Exception {
    byte[] whole = join(line("a"), line("b"));
    byte[] last = line("c");
    for (int length = 0; length < last.length - 1; length++) {
      assertEquals(List.of("a", "b"), scan(join(whole, Arrays.copyOf(last, length))), "after " + length);
      assertEquals(whole.length, Files.size(live()), "after " + length);
      assertEquals(List.of(), warnings);
      assertFalse(Files.exists(damaged(1)));
    }
  }

  @Test
  @DisplayName("A last line that lacks only its newline is a whole record, and gets its newline")
  void onlyNewlineMissing() throws Exception {
    byte[] whole = join(line("a"), line("b"));
    assertEquals(List.of("a", "b"), scan(Arrays.copyOf(whole, whole.length - 1)));
    assertEquals(new String(whole, StandardCharsets.UTF_8), Files.readString(live()));
    assertEquals(List.of(), warnings);
  }

  @Test
  @DisplayName("A tail of zeros, as a power failure may leave it, is cut off")
  void zeros() throws Exception {
    byte[] whole = join(line("a"), line("b"));
    assertEquals(List.of("a", "b"), scan(join(whole, new byte[4096])));
    assertEquals(whole.length, Files.size(live()));
    assertEquals(List.of("a"), scan(join(line("a"), new byte[5000])));
  }

  @Test
  @DisplayName("After a flipped bit nothing damaged is delivered, all other records are kept, and the damage set aside")
  void bitFlips() throws Exception {
    byte[][] lines = {line("a"), line("b"), line("c")};
    byte[] whole = join(lines);
    int start = 0;
    for (int record = 0; record < lines.length; record++) {
      int end = start + lines[record].length;
      for (int at = start; at < end; at++) {
        int bit = at % 8; // all bits are tried in SealedLineProps
        byte[] flipped = whole.clone();
        flipped[at] ^= (byte) (1 << bit);
        boolean newline = at == end - 1;
        List<String> expected = new ArrayList<>(List.of("a", "b", "c"));
        if (!newline) {
          expected.remove(record);
        }
        String what = "byte " + at + " bit " + bit;
        assertEquals(expected, scan(flipped), what);
        List<LogPosition> found = List.copyOf(places);
        boolean onlyNewlineMissing = newline && end == whole.length; // the flipped byte is then a torn line
        assertEquals(onlyNewlineMissing ? 0 : 1, warnings.size(), what);
        if (!onlyNewlineMissing) {
          assertEquals(
              new String(Arrays.copyOfRange(flipped, newline ? at : start, end), StandardCharsets.ISO_8859_1),
              Files.readString(damaged(1), StandardCharsets.ISO_8859_1), what);
        }
        assertEquals(expected, scan(LogPosition.START), what);
        assertEquals(found, places, what);
        assertEquals(List.of(), warnings, what);
      }
      start = end;
    }
  }

  @Test
  @DisplayName("Where several lines are damaged in two segments, each segment is set aside in a file of its own")
  void severalPlaces() throws Exception {
    Files.write(directory.resolve("messages-000001.jsonl"), join("x\n".getBytes(StandardCharsets.UTF_8), line("a"),
        "y\n".getBytes(StandardCharsets.UTF_8), "z\n".getBytes(StandardCharsets.UTF_8), line("b")));
    Files.write(live(), join(
        line("c"), "w\n".getBytes(StandardCharsets.UTF_8), line("d"), "torn".getBytes(StandardCharsets.UTF_8)));
    assertEquals(List.of("a", "b", "c", "d"), scan(LogPosition.START));
    assertEquals("x\ny\nz\n", Files.readString(damaged(1)));
    assertEquals("w\n", Files.readString(damaged(2)));
    assertEquals(List.of(
        "messages-000001.jsonl: 3 damaged places (6 bytes), set aside in messages.damaged-1",
        "messages.jsonl: 1 damaged place (2 bytes), set aside in messages.damaged-2"), warnings);
    assertEquals(List.of(new LogPosition(1, 0), new LogPosition(1, line("a").length), new LogPosition(2, 0),
        new LogPosition(2, line("c").length)), places);
    assertEquals(join(line("c"), line("d")).length, Files.size(live()));
    assertEquals(FileModes.FILE, Files.getPosixFilePermissions(damaged(1)));
    assertEquals(FileModes.FILE, Files.getPosixFilePermissions(live()));
  }

  @Test
  @DisplayName("A segment that was finished is never torn: an end without newline is damage there")
  void finishedSegment() throws Exception {
    Files.write(directory.resolve("messages-000001.jsonl"), join(line("a"), "torn".getBytes(StandardCharsets.UTF_8)));
    assertEquals(List.of("a"), scan(LogPosition.START));
    assertEquals("torn", Files.readString(damaged(1)));
    assertEquals(1, warnings.size());
  }

  @Test
  @DisplayName("What stands before the place where reading begins is kept as it is")
  void readsOnlyTheTail() throws Exception {
    byte[] notRead = "this is no record\n".getBytes(StandardCharsets.UTF_8);
    Files.write(live(), join(notRead, line("a"), "x\n".getBytes(StandardCharsets.UTF_8), line("b")));
    assertEquals(List.of("a", "b"), scan(new LogPosition(1, notRead.length)));
    assertEquals("this is no record", Files.readAllLines(live()).getFirst());
    assertEquals("x\n", Files.readString(damaged(1)));
    assertEquals(notRead.length, places.getFirst().offset());
  }

  @Test
  @DisplayName("A checksum that a sender put into a body ends no record, also where the line is damaged")
  void checksumInBody() throws Exception {
    String start = "{\"id\":\"a\",\"type\":\"message.send\",\"from\":\"toq://h/p\",\"body\":{"
        + "\"timestamp\":\"2026-11-24T12:00:00Z\",\"from_key\":\"" + Messages.key(2) + "\"}";
    String sealed = new String(SealedLine.seal(start.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8).strip();
    String whole = sealed + ",\"timestamp\":\"2026-11-24T12:00:00Z\",\"from_key\":\"" + Messages.key(1) + "\"}";
    byte[] line = SealedLine.seal(whole.getBytes(StandardCharsets.UTF_8));
    assertEquals(List.of("a", "b"), scan(join(line, line("b"))));
    byte[] flipped = line.clone();
    flipped[line.length - 5] ^= 1;
    assertEquals(List.of("b"), scan(join(flipped, line("b"))));
    assertEquals(1, warnings.size());
    assertTrue(Files.size(damaged(1)) == line.length);
  }

  @Test
  @DisplayName("A checksum inside a line that is no whole object is no record, also for a reader that trusts checksums")
  void checksumInsideForTrustingReader() throws Exception {
    byte[] inner = SealedLine.seal("{\"a\":{\"b\":1}".getBytes(StandardCharsets.UTF_8));
    byte[] damaged = join(Arrays.copyOf(inner, inner.length - 1), "}\n".getBytes(StandardCharsets.UTF_8));
    Files.write(live(), join(damaged, line("b")));
    List<Integer> lengths = new ArrayList<>();
    new LogScan(new RecordingFiles(), new LogFiles(live()), warnings).scan(LogPosition.START, (at, line, sealed) -> {
      if (sealed) {
        lengths.add(line.length);
      }
      return sealed;
    });
    assertEquals(List.of(line("b").length - 1), lengths);
    assertEquals(new String(damaged, StandardCharsets.UTF_8), Files.readString(damaged(1)));
  }

  @Test
  @DisplayName("What stands behind a whole record in its line is set aside, and nothing else is")
  void behindRecord() throws Exception {
    byte[] record = Arrays.copyOf(line("a"), line("a").length - 1);
    for (String behind : List.of("x", "xy", "x, and more")) {
      byte[] rest = (behind + "\n").getBytes(StandardCharsets.UTF_8);
      assertEquals(List.of("0", "a", "b"), scan(join(line("0"), record, rest, line("b"))), behind);
      assertEquals(behind.length() == 1 ? behind : behind + "\n", Files.readString(damaged(1)));
      assertEquals(new String(join(line("0"), line("a"), line("b")), StandardCharsets.UTF_8), Files.readString(live()));
    }
  }

  @Test
  @DisplayName("Damage is forced to the disk in its own file before it leaves the segment; then the segment is")
  void orderOfRepair() throws Exception {
    Files.write(live(), join(line("a"), "x\n".getBytes(StandardCharsets.UTF_8), line("b")));
    Files.writeString(directory.resolve("messages.repair"), "left by a crash");
    RecordingFiles files = new RecordingFiles();
    new LogScan(files, new LogFiles(live()), warnings).scan(LogPosition.START, (at, line, sealed) -> sealed);
    List<Kind> expected = List.of(Kind.CREATE, Kind.WRITE, Kind.FORCE, Kind.CLOSE, Kind.FORCE_DIRECTORY,
        Kind.DELETE, Kind.CREATE, Kind.WRITE, Kind.WRITE, Kind.FORCE, Kind.CLOSE, Kind.RENAME, Kind.FORCE_DIRECTORY);
    assertEquals(expected, files.steps().stream().map(RecordingFiles.Step::kind).toList());
    assertEquals(new String(join(line("a"), line("b")), StandardCharsets.UTF_8), Files.readString(live()));
  }

  @Test
  @DisplayName("The cut of a torn line is forced before the log is used")
  void orderOfCut() throws Exception {
    Files.write(live(), join(line("a"), "{\"torn".getBytes(StandardCharsets.UTF_8)));
    RecordingFiles files = new RecordingFiles();
    new LogScan(files, new LogFiles(live()), warnings).scan(LogPosition.START, (at, line, sealed) -> sealed);
    assertEquals(List.of(Kind.OPEN, Kind.TRUNCATE, Kind.FORCE, Kind.CLOSE),
        files.steps().stream().map(RecordingFiles.Step::kind).toList());
  }

  @Test
  @DisplayName("Two damaged newlines in a row lose no record")
  void twoNewlines() throws Exception {
    byte[] whole = join(line("a"), line("b"), line("c"), line("d"));
    whole[line("a").length - 1] ^= 1;
    whole[line("a").length + line("b").length - 1] ^= 4;
    assertEquals(List.of("a", "b", "c", "d"), scan(whole));
    assertEquals(List.of("a", "b", "c", "d"), scan(LogPosition.START));
    assertEquals(List.of(), warnings);
  }

  @Test
  @DisplayName("Empty lines are no damage")
  void emptyLines() throws Exception {
    byte[] newline = {'\n'};
    assertEquals(List.of("a", "b"), scan(join(newline, line("a"), newline, newline, line("b"), newline)));
    assertEquals(List.of(), warnings);
    assertEquals(new LogPosition(1, 1), places.getFirst());
    assertEquals(new LogPosition(1, 3L + line("a").length), places.getLast());
  }

  @Test
  @DisplayName("Lines as the deployed reference writes them, without key and checksum, are records")
  void referenceLines() throws Exception {
    String reference = """
        {"id":"1","type":"message.send","from":"toq://h/p","body":{"text":"old"},"timestamp":"2026-03-17T06:08:59.5Z"}
        {"id":"2","type":"thread.close","from":"toq://h/p","timestamp":"2026-03-17T06:08:59.500000+00:00"}
        """;
    assertEquals(List.of("1", "2", "a"), scan(join(reference.getBytes(StandardCharsets.UTF_8), line("a"))));
    assertEquals(List.of(), warnings);
    String whole = "{\"id\":\"1\",\"type\":\"t\",\"from\":\"f\",\"timestamp\":\"2026-03-17T06:08:59.5Z\"";
    assertEquals(List.of("1"), scan((whole + "}\n").getBytes(StandardCharsets.UTF_8)));
    for (String bad : List.of("{\"id\":\"1\"}", "{}", "[]", "7", whole.replace("2026-03-17T06:08:59.5Z", "soon") + "}",
        whole + ",\"crc\":\"00000000\"}", whole + ",\"from_key\":\"" + Messages.key(1) + "\"}")) {
      assertEquals(List.of("a"), scan(join((bad + "\n").getBytes(StandardCharsets.UTF_8), line("a"))), bad);
      assertEquals(1, warnings.size(), bad);
    }
  }
}
