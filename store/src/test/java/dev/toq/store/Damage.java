package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.wire.JsonText;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * An inbox of exactly 64 KiB in three segments, damaged in one place: one bit flipped, or one segment cut. Opening it
 * must find the damage, show nothing that is not exactly a message of the inbox, and keep every message that the damage
 * did not touch. Used by one thread.
 */
final class Damage {
  static final int BYTES = 64 << 10;
  private static final int SEGMENT_BYTES = 24 << 10;
  private static final int TEXT = 1_400;
  private static final TestClock CLOCK = new TestClock();

  /** One line of a segment, with its newline. */
  private record Line(long from, long to, String id) {}

  private final Path directory;
  /** Every file of the inbox, by name. */
  private final Map<String, byte[]> whole = new TreeMap<>();
  private final Map<String, List<Line>> segments = new TreeMap<>();
  private final Map<String, StoredMessage> messages = new HashMap<>();
  private long detected;

  /** Makes the inbox in an empty directory. */
  Damage(Path directory) throws Exception {
    this.directory = directory;
    fill();
    for (Map.Entry<Path, byte[]> file : DiskTrace.content(directory).entrySet()) {
      whole.put(file.getKey().toString(), file.getValue());
    }
    whole.forEach((name, bytes) -> {
      if (name.endsWith(".jsonl")) {
        segments.put(name, lines(bytes));
      }
    });
    assertEquals(3, segments.size());
    assertEquals(BYTES, segments.keySet().stream().mapToInt(name -> content(name).length).sum());
    assertEquals(messages.size(), segments.values().stream().mapToInt(List::size).sum());
  }

  private byte[] content(String name) {
    return Optional.ofNullable(whole.get(name)).orElseThrow();
  }

  private InboxFile open() throws IOException {
    return InboxFile.open(UnforcedFiles.INSTANCE, directory.resolve("messages.jsonl"), CLOCK, new Random(3),
        new InboxFile.Settings(Duration.ofSeconds(600), 1000, SEGMENT_BYTES, 1 << 20), Set::of);
  }

  private static StoredMessage message(int number, int text) {
    return new StoredMessage("id-%03d".formatted(number), "message.send", "toq://lab.example/p", Messages.key(1),
        Optional.of(JsonText.of(JsonObject.builder().put("text", "x".repeat(text)).build())),
        Optional.empty(), Optional.empty(), Optional.empty(), CLOCK.instant());
  }

  private void fill() throws Exception {
    int around = SealedLine.seal(StoredMessageJson.toRecord(message(0, 0))).length;
    try (InboxFile inbox = open()) {
      int left = BYTES;
      for (int number = 0; left > 0; number++) {
        int line = left >= 2 * (around + TEXT) ? around + TEXT : left;
        StoredMessage message = message(number, line - around);
        inbox.accept(message).durable().get();
        messages.put(message.id(), message);
        left -= line;
      }
    }
  }

  private static List<Line> lines(byte[] bytes) {
    List<Line> lines = new ArrayList<>();
    for (int from = 0; from < bytes.length; ) {
      int to = from;
      while (bytes[to] != SealedLine.NEWLINE) {
        to++;
      }
      InboxRecord record = InboxRecord.of(Arrays.copyOfRange(bytes, from, to), true).orElseThrow();
      lines.add(new Line(from, to + 1, record.id()));
      from = to + 1;
    }
    return lines;
  }

  /** Cases in which the damage was found: it was told, put right, or is nothing but whole lines that are missing. */
  long detected() {
    return detected;
  }

  /** Flips bit {@code bit} of the 64 KiB, counted through the segments in the order of their names. */
  void flip(int bit) throws IOException {
    String segment = segmentOf(bit / Byte.SIZE);
    int at = bit / Byte.SIZE - startOf(segment);
    byte[] damaged = content(segment).clone();
    damaged[at] ^= (byte) (1 << bit % Byte.SIZE);
    boolean newline = content(segment)[at] == SealedLine.NEWLINE;
    try (RandomAccessFile file = new RandomAccessFile(directory.resolve(segment).toFile(), "rw")) {
      file.seek(at);
      file.write(damaged[at]);
    }
    check(segment, damaged, newline ? at + 1 : at, newline ? at + 1 : lineAt(segment, at).to(), "bit " + bit);
  }

  /** Cuts a segment so that byte {@code at} of the 64 KiB is the first one that is missing from it. */
  void cut(int at) throws IOException {
    String segment = segmentOf(at);
    int length = at - startOf(segment);
    try (RandomAccessFile file = new RandomAccessFile(directory.resolve(segment).toFile(), "rw")) {
      file.setLength(length);
    }
    boolean onlyNewline = content(segment)[length] == SealedLine.NEWLINE;
    check(segment, Arrays.copyOf(content(segment), length), onlyNewline ? length + 1 : length,
        content(segment).length, "cut at " + at);
  }

  private Line lineAt(String segment, int at) {
    return Optional.ofNullable(segments.get(segment)).orElseThrow().stream()
        .filter(line -> line.to() > at).findFirst().orElseThrow();
  }

  private String segmentOf(int at) {
    return segments.keySet().stream()
        .filter(name -> at < startOf(name) + content(name).length && at >= startOf(name)).findFirst().orElseThrow();
  }

  private int startOf(String segment) {
    return segments.keySet().stream().takeWhile(name -> !name.equals(segment))
        .mapToInt(name -> content(name).length).sum();
  }

  /** Opens the inbox; only lines of this segment with a byte from {@code from} to before {@code to} may be missing. */
  private void check(String segment, byte[] damaged, long from, long to, String where) throws IOException {
    try (InboxFile inbox = open()) {
      List<String> shown = new ArrayList<>();
      for (StoredMessage message : inbox.newest(1000, any -> true).toList()) {
        assertEquals(messages.get(message.id()), message, () -> where + ": damaged, and shown");
        shown.add(message.id());
      }
      List<String> kept = new ArrayList<>();
      segments.forEach((name, lines) -> lines.stream()
          .filter(line -> !name.equals(segment) || line.to() <= from || line.from() >= to)
          .forEach(line -> kept.add(line.id())));
      assertEquals(kept, shown, () -> where + ": messages beside the damage");
      Path file = directory.resolve(segment);
      boolean found = !inbox.warnings().isEmpty() || !Arrays.equals(damaged, Files.readAllBytes(file));
      boolean wholeLines = damaged.length == 0 || damaged.length < content(segment).length
          && damaged[damaged.length - 1] == SealedLine.NEWLINE;
      assertTrue(found || wholeLines, () -> where + ": not detected");
      detected++;
    }
    restore(segment);
  }

  private void restore(String segment) throws IOException {
    Files.write(directory.resolve(segment), content(segment));
    try (DirectoryStream<Path> all = Files.newDirectoryStream(directory)) {
      for (Path path : all) {
        if (!whole.containsKey(path.getFileName().toString())) {
          Files.delete(path);
        }
      }
    }
  }
}
