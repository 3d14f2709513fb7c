package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * The inbox in files of one directory.
 *
 * <ul>
 *   <li>Promise: that of {@link AppendLog} for messages. An id is known from the moment its message is on its way, and
 *       stays known through the duplicate window, also over a restart and {@link #clear}; that of a message which could
 *       not be stored is forgotten.
 *   <li>Limit: {@link Settings#historyLimit} messages are shown; {@value #MAX_IDS} ids are known, then the peer with
 *       the most loses its oldest, strangers before keys that are approved.
 *   <li>Format: {@code messages.jsonl} and its segments, one message a line, as the deployed reference writes it, with
 *       two members more, {@code from_key} and the checksum:
 *       <pre>{"id":"550e8400-e29b-41d4-a716-446655440000","type":"message.send","from":"toq://lab.example/bob",
 *"body":{"text":"hi"},"timestamp":"2026-11-24T12:00:00.250Z",
 *"from_key":"ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=","crc":"0f2a6b01"}</pre>
 *       in one line. {@code messages.ids} and {@code messages.cleared-ids} are described at {@link SeenIdsFile}.
 *   <li>Commit point: the force of the line's segment. Nothing else is forced for a message.
 *   <li>Recovery: that of {@link AppendLog}, so that every message whose id is known is durable once the inbox is open,
 *       also one that could be neither stored nor cut off before the last process ended. Ids are read from {@code
 *       messages.ids} and from what the log got after it; where that file is missing, damaged or of another log, from
 *       the log's segments of the duplicate window.
 * </ul>
 */
public final class InboxFile implements Inbox {
  /** How many ids are kept at most. */
  static final int MAX_IDS = 2_000_000;

  /** So much must have come since the ids were written down, for writing them again when nothing comes. */
  private static final long IDLE_SNAPSHOT_BYTES = 256 << 10;

  /**
   * Sizes and times.
   *
   * @param duplicateWindow how long an id stays known, at least 300 seconds (R-12.4-02)
   * @param historyLimit how many of the newest messages {@link #newest} looks at
   * @param segmentBytes when a segment is full
   * @param queueBytes how much may wait for the disk
   */
  public record Settings(Duration duplicateWindow, int historyLimit, long segmentBytes, int queueBytes) {
    public static final Duration LEAST_WINDOW = Duration.ofSeconds(300);

    public Settings {
      if (duplicateWindow.compareTo(LEAST_WINDOW) < 0) { // R-12.4-02, R-24-03
        throw new IllegalArgumentException("the duplicate window is at least 300 seconds");
      }
      if (historyLimit < 0 || segmentBytes < 1 || queueBytes < 1) {
        throw new IllegalArgumentException("sizes are positive");
      }
    }

    /**
     * A window of a day and one more, for a clock that is set a day ahead; 64 MiB a segment, 16 on their way.
     */
    public static Settings withHistory(int historyLimit) {
      return new Settings(Duration.ofHours(48), historyLimit, 64L << 20, 16 << 20);
    }
  }

  private final FileLayer files;
  private final LogFiles names;
  private final InstantSource clock;
  private final List<String> warnings = new ArrayList<>();
  private final AppendLog log;

  /** Guards what follows. Ids are only changed by the thread that owns the log, which may therefore read without it. */
  private final ReentrantLock lock = new ReentrantLock();
  private final SeenIds ids;
  private final Map<SeenIds.Id, CompletableFuture<Void>> inFlight = new HashMap<>();
  private final RecentLines recent;

  private final long snapshotBytes;
  /** What came since the ids were written down; only for the thread that owns the log. */
  private long bytesSinceSnapshot;

  private InboxFile(FileLayer files, Path live, InstantSource clock, RandomGenerator random, Settings settings,
      Supplier<Set<PublicKey>> approved) throws IOException {
    this.files = files;
    this.names = new LogFiles(live);
    this.clock = clock;
    this.recent = new RecentLines(settings.historyLimit());
    this.snapshotBytes = Math.max(settings.segmentBytes() / 4, IDLE_SNAPSHOT_BYTES);
    Instant now = clock.instant();
    Start start = start(settings.duplicateWindow(), random, now);
    this.ids = start.ids();
    ids.spare(approved);
    LogPosition history = names.startOfNewest(settings.historyLimit());
    LogPosition from = history.compareTo(start.from()) < 0 ? history : start.from();
    this.log = AppendLog.open(files, names,
        new AppendLog.Settings(settings.segmentBytes(), settings.queueBytes(), Duration.ofSeconds(2)),
        from, (at, line, sealed) -> load(at, line, sealed, now), new Snapshots());
  }

  /**
   * Opens an inbox or makes it.
   *
   * @param live the file that is written to, {@code messages.jsonl} in a directory that is there; no other process may
   *     have it open as an inbox
   * @param random for a secret that is made once for each inbox
   * @param approved the keys whose ids are forgotten last
   * @throws StoreException where a newer version wrote it
   */
  public static InboxFile open(FileLayer files, Path live, InstantSource clock, RandomGenerator random,
      Settings settings, Supplier<Set<PublicKey>> approved) throws IOException {
    return new InboxFile(files, live, clock, random, settings, approved);
  }

  /** Ids that are known without the log, and from where on the log must be read. */
  private record Start(SeenIds ids, LogPosition from) {}

  private Start start(Duration window, RandomGenerator random, Instant now) throws IOException {
    Path clearedFile = names.beside("cleared-ids");
    Optional<SeenIdsFile.Content> cleared = SeenIdsFile.read(clearedFile, window, MAX_IDS, now);
    if (cleared.isEmpty() && Files.exists(clearedFile)) {
      Path aside = names.nextDamaged();
      files.rename(clearedFile, aside);
      warnings.add(clearedFile.getFileName() + " was damaged and is set aside as " + aside.getFileName()
          + ": a message that was cleared could be accepted a second time");
    }
    Optional<SeenIdsFile.Content> snapshot = SeenIdsFile.read(names.beside("ids"), window, MAX_IDS, now);
    if (snapshot.isPresent()
        && snapshot.get().place().fits(names::read)
        && cleared.map(kept -> Arrays.equals(kept.ids().secret(), snapshot.get().ids().secret())).orElse(true)) {
      return new Start(snapshot.get().ids(), snapshot.get().place().end());
    }
    if (cleared.isPresent()) {
      return new Start(cleared.get().ids(), startOfWindow(now.minus(window)));
    }
    byte[] secret = new byte[SeenIds.SECRET_BYTES];
    random.nextBytes(secret);
    return new Start(new SeenIds(secret, window, MAX_IDS), startOfWindow(now.minus(window)));
  }

  /** The newest segment that begins before the window does. */
  private LogPosition startOfWindow(Instant begin) throws IOException {
    List<Integer> numbers = new ArrayList<>(names.rolledNumbers());
    numbers.add(names.liveNumber());
    Collections.reverse(numbers);
    for (int number : numbers) {
      Path path = names.segment(number);
      if (Files.exists(path)) {
        try (LineReader lines = new LineReader(path, 0)) {
          byte[] first = lines.next();
          Optional<InboxRecord> head = InboxRecord.of(first, SealedLine.isIntact(first, 0, first.length));
          if (head.isPresent() && head.get().receivedAt().isBefore(begin)) {
            return new LogPosition(number, 0);
          }
        }
      }
    }
    return new LogPosition(numbers.getLast(), 0);
  }

  private boolean load(LogPosition at, byte[] line, boolean sealed, Instant now) {
    Optional<InboxRecord> head = InboxRecord.of(line, sealed);
    if (head.isEmpty()) {
      return false;
    }
    InboxRecord found = head.get();
    if (!found.peer().equals(StoredMessageJson.UNKNOWN_KEY)) {
      ids.add(ids.id(found.peer(), found.id()), found.receivedAt(), now);
    }
    recent.add(at, line.length + 1);
    return true;
  }

  @Override
  public Acceptance accept(StoredMessage message, Runnable whenStored) {
    SeenIds.Id id = ids.id(message.fromKey(), message.id());
    CompletableFuture<Void> durable = new CompletableFuture<>();
    lock.lock();
    try {
      Optional<CompletableFuture<Void>> first = accepted(id);
      if (first.isPresent()) { // R-12.4-01
        return new Acceptance(true, first.get());
      }
      inFlight.put(id, durable);
    } finally {
      lock.unlock();
    }
    boolean handedOver = false;
    try {
      byte[] line = SealedLine.seal(StoredMessageJson.toRecord(message));
      log.append(line, new OnItsWay(id, message.receivedAt(), line.length, whenStored, durable));
      handedOver = true;
    } finally {
      if (!handedOver) {
        forget(id);
      }
    }
    return new Acceptance(false, durable);
  }

  @Override
  public Optional<CompletableFuture<Void>> accepted(PublicKey peer, String id) {
    lock.lock();
    try {
      return accepted(ids.id(peer, id));
    } finally {
      lock.unlock();
    }
  }

  private Optional<CompletableFuture<Void>> accepted(SeenIds.Id id) {
    CompletableFuture<Void> first = inFlight.get(id);
    return first == null && ids.contains(id, clock.instant())
        ? Optional.of(CompletableFuture.completedFuture(null)) : Optional.ofNullable(first);
  }

  private void forget(SeenIds.Id id) {
    lock.lock();
    try {
      inFlight.remove(id);
    } finally {
      lock.unlock();
    }
  }

  /** A message that the log has, and that is not yet durable. */
  private final class OnItsWay implements AppendLog.Completion {
    private final SeenIds.Id id;
    private final Instant receivedAt;
    private final int length;
    private final Runnable whenStored;
    private final CompletableFuture<Void> durable;

    OnItsWay(
        SeenIds.Id id, Instant receivedAt, int length, Runnable whenStored, CompletableFuture<Void> durable) {
      this.id = id;
      this.receivedAt = receivedAt;
      this.length = length;
      this.whenStored = whenStored;
      this.durable = durable;
    }

    @Override
    public void durable(LogPosition at) {
      lock.lock();
      try {
        ids.add(id, receivedAt, clock.instant());
        inFlight.remove(id);
        recent.add(at, length);
        bytesSinceSnapshot += length;
      } finally {
        lock.unlock();
      }
      try {
        whenStored.run(); // not as the future's: those may run on any thread that adds another
      } finally {
        durable.complete(null); // R-8.9-03: only what is on disk is acknowledged
      }
    }

    @Override
    public void failed(IOException why) {
      forget(id);
      durable.completeExceptionally(why);
    }
  }

  @Override
  public boolean knows(PublicKey peer, String id) {
    return accepted(peer, id).isPresent();
  }

  @Override
  public Stream<StoredMessage> newest(int limit, Predicate<StoredMessage> wanted) {
    List<RecentLines.Line> lines;
    lock.lock();
    try {
      lines = recent.all();
    } finally {
      lock.unlock();
    }
    List<RecentLines.Line> found = lines.reversed().stream()
        .filter(line -> message(line).filter(wanted).isPresent())
        .limit(limit).toList().reversed();
    return found.stream().map(this::message).flatMap(Optional::stream);
  }

  /** Empty where the record was dropped meanwhile, or cannot be read now: history is a view, its file the truth. */
  private Optional<StoredMessage> message(RecentLines.Line line) {
    try {
      Optional<byte[]> read = log.read(line.at(), line.length());
      if (read.isEmpty()) {
        return Optional.empty();
      }
      byte[] bytes = Arrays.copyOf(read.get(), line.length() - 1);
      return InboxRecord.of(bytes, SealedLine.isIntact(bytes, 0, bytes.length)).isPresent()
          ? Optional.of(StoredMessageJson.fromRecord(bytes))
          : Optional.empty();
    } catch (IOException | JsonException unreadable) {
      return Optional.empty();
    }
  }

  @Override
  public void clear() throws IOException {
    log.run(writer -> {
      keepIds();
      writer.dropAll();
      lock.lock();
      try {
        recent.clear();
      } finally {
        lock.unlock();
      }
    });
  }

  /** Drops full segments whose newest message came before {@code cutoff}; ids inside the window stay known. */
  public void dropBefore(Instant cutoff) throws IOException {
    log.run(writer -> {
      keepIds();
      int oldest = writer.dropBefore(cutoff, Integer.MAX_VALUE);
      lock.lock();
      try {
        recent.dropBefore(oldest);
      } finally {
        lock.unlock();
      }
      writeSnapshot(writer.end());
    });
  }

  /**
   * So that what is dropped from the log can never be taken for new. An older index of ids does not tell what came
   * after it, and may still fit the log without that, or with a first segment that comes back: it goes for good.
   */
  private void keepIds() throws IOException {
    SeenIdsFile.write(files, names.beside("cleared-ids"), ids, LogPlace.START, true);
    files.delete(names.beside("ids"));
    files.forceDirectory(names.directory);
  }

  /** When the ids are written down. */
  private final class Snapshots implements LogOwner {
    @Override
    public void committed(LogPosition end) throws IOException {
      if (bytesSinceSnapshot >= snapshotBytes) {
        writeSnapshot(end);
      }
    }

    @Override
    public void idle(LogPosition end) throws IOException {
      if (bytesSinceSnapshot >= IDLE_SNAPSHOT_BYTES) {
        writeSnapshot(end);
      }
    }

    @Override
    public void closing(LogPosition end) throws IOException {
      if (bytesSinceSnapshot > 0) {
        writeSnapshot(end);
      }
    }
  }

  /** On the thread that owns the log. */
  private void writeSnapshot(LogPosition end) throws IOException {
    bytesSinceSnapshot = 0; // a failure is not repeated for every message
    lock.lock();
    try {
      ids.dropExpired(clock.instant());
    } finally {
      lock.unlock();
    }
    SeenIdsFile.write(files, names.beside("ids"), ids, LogPlace.of(end, log::read), false);
  }

  /** What the owner should be told about damage that was found: one sentence each. */
  public List<String> warnings() {
    List<String> all = new ArrayList<>(warnings);
    all.addAll(log.warnings());
    return all;
  }

  /** Why the last write to the disk failed; empty where it did not. */
  public Optional<IOException> trouble() {
    return log.trouble();
  }

  @Override
  public void close() throws IOException {
    log.close();
  }
}
