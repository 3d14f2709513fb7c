package dev.toq.store;

import dev.toq.protocol.crypto.Sha256;
import dev.toq.protocol.identity.PublicKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * {@code challenges.log}: the challenges that peers have signed, so that captured credentials work once.
 *
 * <p>Promise: a challenge that was answered "first use" is answered "used" for 24 hours, also after the daemon was
 * killed. It is not forced: a power failure may forget the last seconds. Forcing it would cost a disk write for each
 * stranger who connects, and credentials alone change nothing.
 *
 * <p>Limit: 100,000 challenges, 10,000 of one key; the oldest go first, those of keys that were not approved before all
 * others. The file is rewritten before it holds more than twice that.
 *
 * <p>Format: a first line with the format's number, then a line for each: seconds since 1970, 8 bytes of the key's
 * SHA-256,
 * 16 bytes of the SHA-256 of key and challenge.
 *
 * <pre>
 * toq-challenges 1
 * 1795521600 9f86d081884c7d65 9a2feaa0c55ad0153bf1b1683971a0eb
 * </pre>
 *
 * <p>Commit point: the return of the append. Recovery: opening cuts a torn last line, drops what is too old and
 * rewrites the file; one with other damage is copied to {@code challenges.log.damaged-N} before, and its readable lines
 * are kept.
 */
public final class ChallengeFile implements ChallengeMemory, AutoCloseable {
  static final int MOST = 100_000;
  static final int MOST_OF_ONE_KEY = 10_000;
  static final Duration WINDOW = Duration.ofHours(24);

  private static final String NAME = "toq-challenges ";
  private static final long FORMAT = 1;
  private static final int SLACK_LINES = 1000;
  private static final int MOST_BYTES = 64 << 20;
  private static final Pattern HEADER = Pattern.compile(NAME + "([0-9]{1,9})");
  private static final Pattern LINE = Pattern.compile("(-?[0-9]{1,12}) ([0-9a-f]{16}) ([0-9a-f]{32})");

  /** What is left of a key and a challenge: enough to know them again, too little to say which they were. */
  private record Mark(long key, long high, long low) {
    String line(long seconds) {
      HexFormat hex = HexFormat.of();
      return seconds + " " + hex.toHexDigits(key) + " " + hex.toHexDigits(high) + hex.toHexDigits(low) + "\n";
    }
  }

  private final Path file;
  private final FileLayer files;
  private final int most;
  private final int mostOfOneKey;
  private final Supplier<Set<PublicKey>> approved;
  private final ReentrantLock lock = new ReentrantLock();

  /** In the order of their use, with the second of it. */
  private final LinkedHashMap<Mark, Long> used = new LinkedHashMap<>();

  /** Those of them whose key was not approved when it used them, in the same order. */
  private final LinkedHashSet<Mark> ofStrangers = new LinkedHashSet<>();

  private final Map<Long, ArrayDeque<Mark>> byKey = new HashMap<>();
  private final List<String> warnings = new ArrayList<>();
  private Optional<FileLayer.Output> output = Optional.empty();
  private int lines;
  private boolean closed;

  private ChallengeFile(
      Path file, FileLayer files, int most, int mostOfOneKey, Supplier<Set<PublicKey>> approved) {
    this.file = file;
    this.files = files;
    this.most = most;
    this.mostOfOneKey = mostOfOneKey;
    this.approved = approved;
  }

  /**
   * Reads what was used in the last 24 hours.
   *
   * @param approved the keys whose challenges are forgotten last
   * @throws StoreException where the file was written by a newer version
   */
  public static ChallengeFile open(DataDirectory directory, Instant now, Supplier<Set<PublicKey>> approved)
      throws IOException {
    return open(directory, RealFiles.INSTANCE, now, MOST, MOST_OF_ONE_KEY, approved);
  }

  static ChallengeFile open(DataDirectory directory, FileLayer files, Instant now, int most, int mostOfOneKey,
      Supplier<Set<PublicKey>> approved) throws IOException {
    ChallengeFile opened = new ChallengeFile(directory.challenges(), files, most, mostOfOneKey, approved);
    Optional<byte[]> bytes = WholeFile.read(opened.file, MOST_BYTES);
    if (bytes.isPresent()) {
      opened.read(bytes.get());
    }
    opened.forgetOlderThan(now);
    opened.rewrite();
    return opened;
  }

  private void read(byte[] bytes) throws IOException {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    List<String> whole = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
    whole.removeLast(); // what follows the last line feed: nothing, or a line that was torn
    if (whole.isEmpty()) {
      return;
    }
    Matcher header = HEADER.matcher(whole.getFirst());
    int damaged = header.matches() ? 0 : 1;
    if (damaged == 0) {
      FormatVersion.refuseNewer(file, Long.parseLong(header.group(1)), FORMAT);
    }
    Set<Long> spared = approved.get().stream().map(ChallengeFile::mark).collect(Collectors.toSet());
    for (String line : whole.subList(1, whole.size())) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        long high = Long.parseUnsignedLong(matcher.group(3).substring(0, 16), 16);
        long low = Long.parseUnsignedLong(matcher.group(3).substring(16), 16);
        Mark mark = new Mark(Long.parseUnsignedLong(matcher.group(2), 16), high, low);
        remember(mark, Long.parseLong(matcher.group(1)), spared.contains(mark.key));
      } else {
        damaged++;
      }
    }
    if (damaged > 0) {
      Path aside = WholeFile.copyAside(files, file, bytes);
      warnings.add(file.getFileName() + " had " + damaged + " damaged lines and is kept as " + aside.getFileName());
    }
  }

  @Override
  public boolean firstUse(PublicKey key, byte[] challenge, Instant now) throws IOException {
    Mark mark = mark(key, challenge);
    lock.lock();
    try {
      forgetOlderThan(now);
      if (used.containsKey(mark)) {
        return false;
      }
      long seconds = now.getEpochSecond();
      append(mark.line(seconds));
      remember(mark, seconds, approved.get().contains(key));
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** On disk before in memory. After a failure the end of the file is unknown, so the next append rewrites it. */
  private void append(String line) throws IOException {
    if (closed) {
      throw new StoreException(file + " is closed", "start toq again");
    }
    if (output.isEmpty() || !Files.exists(file) || lines > 2 * used.size() + SLACK_LINES) {
      rewrite();
    }
    FileLayer.Output open = output.orElseThrow();
    boolean written = false;
    try {
      open.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.ISO_8859_1)));
      written = true;
      lines++;
    } finally {
      if (!written) {
        output = Optional.empty();
        open.close();
      }
    }
  }

  private void rewrite() throws IOException {
    if (output.isPresent()) {
      FileLayer.Output before = output.get();
      output = Optional.empty();
      before.close();
    }
    StringBuilder text = new StringBuilder(NAME + FORMAT + "\n");
    used.forEach((mark, seconds) -> text.append(mark.line(seconds)));
    WholeFile.write(files, file, text.toString().getBytes(StandardCharsets.ISO_8859_1));
    lines = used.size();
    output = Optional.of(files.openAppend(file));
  }

  private void remember(Mark mark, long seconds, boolean isApproved) {
    if (used.putIfAbsent(mark, seconds) != null) {
      return;
    }
    if (!isApproved) {
      ofStrangers.add(mark);
    }
    ArrayDeque<Mark> ofKey = byKey.computeIfAbsent(mark.key, key -> new ArrayDeque<>());
    ofKey.addLast(mark);
    if (ofKey.size() > mostOfOneKey) {
      forget(ofKey.getFirst());
    }
    if (used.size() > most) {
      forget(ofStrangers.isEmpty() ? used.firstEntry().getKey() : ofStrangers.getFirst());
    }
  }

  private void forgetOlderThan(Instant now) {
    long oldest = now.minus(WINDOW).getEpochSecond();
    while (!used.isEmpty() && used.firstEntry().getValue() < oldest) {
      forget(used.firstEntry().getKey());
    }
  }

  /** Always one of the oldest of its key, so it is found at once. */
  private void forget(Mark mark) {
    used.remove(mark);
    ofStrangers.remove(mark);
    ArrayDeque<Mark> ofKey = byKey.getOrDefault(mark.key, new ArrayDeque<>());
    ofKey.removeFirstOccurrence(mark);
    if (ofKey.isEmpty()) {
      byKey.remove(mark.key);
    }
  }

  private static Mark mark(PublicKey key, byte[] challenge) {
    ByteBuffer ofBoth = ByteBuffer.wrap(Sha256.of(key.bytes(), challenge));
    return new Mark(mark(key), ofBoth.getLong(), ofBoth.getLong());
  }

  private static long mark(PublicKey key) {
    return ByteBuffer.wrap(Sha256.of(key.bytes())).getLong();
  }

  /** What the owner should be told about the file: one sentence each. */
  public List<String> warnings() {
    lock.lock();
    try {
      return List.copyOf(warnings);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      if (output.isPresent()) {
        FileLayer.Output open = output.get();
        output = Optional.empty();
        open.close();
      }
    } finally {
      lock.unlock();
    }
  }
}
