package dev.toq.store;

import dev.toq.store.OutboxState.Final;
import dev.toq.store.OutboxState.Sent;
import dev.toq.store.OutboxTable.Slot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The outbox in files of one directory.
 *
 * <ul>
 *   <li>Promise: that of {@link AppendLog} for messages that were accepted. What they have come to is written with the
 *       next message, or after {@link Settings#writtenWithin}, and several changes until then as one; that it was sent
 *       may wait so long for its end, though others are written. A crash before that leaves the message as it was: it
 *       is sent again under its id, and the receiver, which remembers ids, acknowledges it again without a second
 *       delivery. Where the disk refuses such a line, it is offered again until the disk takes it.
 *   <li>Limit: {@link Settings#maxMessages} messages and {@link Settings#maxBytes} unfinished, {@link
 *       Settings#historyLimit} finished ones shown. Memory holds where these stand, not their content, and 4 MiB of
 *       the newest content that is not at its end, so that a message that is answered soon is never read from the disk.
 *   <li>Format: {@code outbox.jsonl} and its segments. A message is one line, and so is what it has come to:
 *       <pre>{"id":"550e8400-e29b-41d4-a716-446655440000","recipient":"toq://lab.example/bob","type":"message.send",
 *"to":["toq://lab.example/bob"],"thread_id":"t-1","priority":"high","ttl":3600,"body":{"text":"hi"},
 *"created_at":"2026-11-24T12:00:00Z","expires_at":"2026-12-01T12:00:00Z","crc":"0f2a6b01"}
 *{"id":"550e8400-e29b-41d4-a716-446655440000","recipient":"toq://lab.example/bob","state":"refused",
 *"at":"2026-11-24T12:00:01.5Z","transmissions":1,"sent_at":"2026-11-24T12:00:01Z","code":"blocked",
 *"text":"not welcome","crc":"83b1c6d7"}</pre>
 *       Members with {@code thread_id}, {@code reply_to}, {@code content_type}, {@code priority}, {@code ttl}, {@code
 *       body}, {@code transmissions} are there where there is such a thing. {@code outbox.index} is described at {@link
 *       OutboxIndexFile}.
 *   <li>Commit point: the force of the line's segment.
 *   <li>Recovery: that of {@link AppendLog}; a message that could be neither stored nor cut off is sent all the same.
 *       What stands before the place that {@code outbox.index} names is known from there and not read, however much it
 *       is; so one message that waits for a week costs nothing. Where that file is missing, damaged or of another log,
 *       the log is read from its start. A message whose line is damaged is set aside with a warning; where the line of
 *       its end is damaged, it is sent again.
 * </ul>
 *
 * <p>A message is never moved to a newer segment: that would write the longest waiting and the largest again and
 * again. Instead a segment stays as long as it has an unfinished message, which is until that expires.
 */
public final class OutboxFile implements Outbox {
  private static final int QUERY_STEP = 256;

  /**
   * Sizes and times.
   *
   * @param maxMessages how many may be unfinished
   * @param maxBytes how much these may take
   * @param historyLimit how many finished ones are shown
   * @param segmentBytes when a segment is full
   * @param queueBytes how much may wait for the disk
   * @param writtenWithin how long a change of state may wait for others to be written with
   */
  public record Settings(
      int maxMessages, long maxBytes, int historyLimit, long segmentBytes, int queueBytes, Duration writtenWithin) {
    public Settings {
      if (maxMessages < 1 || maxBytes < 1 || historyLimit < 0 || segmentBytes < 1 || queueBytes < 1) {
        throw new IllegalArgumentException("sizes are positive");
      }
    }

    /** What the owner set; segments of 64 MiB, 16 MiB on their way, states within a second. */
    public static Settings of(Config config) {
      return new Settings(config.maxOutbox(), config.maxOutboxBytes(), config.outboxHistoryLimit(), 64L << 20, 16 << 20,
          Duration.ofSeconds(1));
    }
  }

  private final InstantSource clock;
  private final Settings settings;
  private final AppendLog log;

  /** Guards the table. */
  private final ReentrantLock lock = new ReentrantLock();
  private final OutboxTable table;
  private final OutboxOwner owner;
  private long linesRead;

  private OutboxFile(FileLayer files, Path live, InstantSource clock, Settings settings) throws IOException {
    this.clock = clock;
    this.settings = settings;
    LogFiles names = new LogFiles(live);
    Path index = names.beside("index");
    OutboxIndexFile.Content start = OutboxIndexFile.read(index, settings.historyLimit())
        .orElseGet(() -> new OutboxIndexFile.Content(new OutboxTable(settings.historyLimit()), LogPlace.START));
    if (!start.place().fits(names::read)) {
      start = new OutboxIndexFile.Content(new OutboxTable(settings.historyLimit()), LogPlace.START);
    }
    this.table = start.table();
    this.owner = new OutboxOwner(files, names, index, clock, settings, lock, table);
    this.log = AppendLog.open(files, names,
        new AppendLog.Settings(settings.segmentBytes(), settings.queueBytes(), settings.writtenWithin()),
        start.place().end(), this::load, owner);
    log.nudge(); // so that what was read now is not read again next time
  }

  /**
   * Opens an outbox or makes it.
   *
   * @param live the file that is written to, {@code outbox.jsonl} in a directory that is there; no other process may
   *     have it open
   * @throws StoreException where a newer version wrote it
   */
  public static OutboxFile open(FileLayer files, Path live, InstantSource clock, Settings settings)
      throws IOException {
    return new OutboxFile(files, live, clock, settings);
  }

  /** One line of the log while it is opened. Every line of ours is sealed. */
  private boolean load(LogPosition at, byte[] line, boolean sealed) {
    Optional<OutboxLines> read = sealed ? OutboxLines.summary(line) : Optional.empty();
    if (read.isEmpty()) {
      return false;
    }
    linesRead++;
    owner.added(line.length + 1);
    Optional<Slot> known = table.durable(read.get().key());
    switch (read.get()) {
      case OutboxLines.Message whole -> throw new IllegalStateException("a summary has no content");
      case OutboxLines.Head head -> {
        if (known.isEmpty() || known.get().state() instanceof Final) {
          known.ifPresent(table::forget);
          table.arrived(
              table.reserve(head.key(), head.createdAt(), head.expiresAt(), line.length + 1), at);
        }
      }
      case OutboxLines.State told -> known.ifPresent(slot -> {
        if (table.move(slot, told.state(), told.sent()) && told.state() instanceof Final) {
          table.retire(slot);
        }
      });
    }
    return true;
  }

  /** How many lines opening had to read. */
  long linesRead() {
    return linesRead;
  }

  @Override
  public Acceptance accept(OutboxMessage message) {
    byte[] line = OutboxLines.line(message);
    Slot slot;
    lock.lock();
    try {
      if (table.any(message.key()).isPresent()) {
        return new Acceptance.Known();
      }
      Depth depth = table.depth();
      if (depth.unfinished() >= settings.maxMessages()) {
        return new Acceptance.Full("the outbox is full: " + depth.unfinished() + " messages wait (max_outbox)");
      }
      if (depth.bytes() + line.length > settings.maxBytes()) {
        return new Acceptance.Full("the outbox is full: with this message more than " + settings.maxBytes()
            + " bytes would wait (max_outbox_mb)");
      }
      slot = table.reserve(message.key(), message.createdAt(), message.expiresAt(), line.length);
    } finally {
      lock.unlock();
    }
    CompletableFuture<Void> durable = new CompletableFuture<>();
    log.append(line, new Arriving(slot, message, durable));
    return new Acceptance.Taken(durable);
  }

  /** A message that the log has, and that is not yet durable. */
  private final class Arriving implements AppendLog.Completion {
    private final Slot slot;
    private final OutboxMessage message;
    private final CompletableFuture<Void> durable;

    Arriving(Slot slot, OutboxMessage message, CompletableFuture<Void> durable) {
      this.slot = slot;
      this.message = message;
      this.durable = durable;
    }

    @Override
    public void durable(LogPosition at) {
      lock.lock();
      try {
        table.arrived(slot, at);
        table.hold(slot, message);
      } finally {
        lock.unlock();
      }
      owner.added(slot.bytes);
      durable.complete(null);
    }

    @Override
    public void failed(IOException why) {
      lock.lock();
      try {
        table.release(slot);
      } finally {
        lock.unlock();
      }
      durable.completeExceptionally(why);
    }
  }

  @Override
  public Change sent(OutboxKey key) {
    Instant now = clock.instant();
    return change(key, slot -> new Sent(now, slot.sent().map(Sent::transmissions).orElse(0) + 1));
  }

  @Override
  public Change end(OutboxKey key, Final end) {
    return change(key, slot -> end);
  }

  private interface Next {
    OutboxState after(Slot slot);
  }

  private Change change(OutboxKey key, Next next) {
    boolean first;
    Change done;
    lock.lock();
    try {
      Optional<Slot> found = table.durable(key);
      if (found.isEmpty()) {
        return new Change.NotHere();
      }
      Slot slot = found.get();
      if (!table.move(slot, next.after(slot))) {
        return new Change.Stays(slot.entry());
      }
      first = owner.note(slot);
      done = new Change.Done(slot.entry());
    } finally {
      lock.unlock();
    }
    if (first) {
      log.nudge();
    }
    return done;
  }

  @Override
  public List<OutboxEntry> endOverdue() {
    Instant now = clock.instant();
    List<OutboxEntry> ended = new ArrayList<>();
    lock.lock();
    try {
      for (Slot slot : table.overdue(now)) {
        table.move(slot, slot.state().overdue(now));
        owner.note(slot);
        ended.add(slot.entry());
      }
    } finally {
      lock.unlock();
    }
    if (!ended.isEmpty()) {
      log.nudge();
    }
    return ended;
  }

  @Override
  public CompletableFuture<Void> flush() {
    return log.flush();
  }

  @Override
  public List<String> recipients() {
    return locked(() -> table.recipients());
  }

  @Override
  public Batch unfinished(String recipient, Cursor after, int limit) {
    Instant now = clock.instant();
    return locked(() -> table.unfinished(recipient, after, limit, now));
  }

  @Override
  public Optional<OutboxMessage> message(OutboxKey key) throws IOException {
    LogPosition at;
    int length;
    lock.lock();
    try {
      Optional<Slot> slot = table.durable(key);
      if (slot.isEmpty() || slot.get().held().isPresent()) {
        return slot.flatMap(Slot::held);
      }
      at = slot.get().at();
      length = slot.get().bytes;
    } finally {
      lock.unlock();
    }
    return read(at, length).filter(message -> message.key().equals(key));
  }

  private Optional<OutboxMessage> read(LogPosition at, int length) throws IOException {
    Optional<byte[]> read = log.read(at, length);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    byte[] line = Arrays.copyOf(read.get(), length - 1);
    return SealedLine.isIntact(line, 0, line.length)
            && OutboxLines.read(line).orElse(null) instanceof OutboxLines.Message(OutboxMessage message)
        ? Optional.of(message)
        : Optional.empty();
  }

  @Override
  public List<OutboxEntry> find(UUID id) {
    return locked(() -> table.find(id));
  }

  @Override
  public List<OutboxEntry> newest(int limit, Predicate<OutboxEntry> wanted) {
    List<OutboxEntry> found = new ArrayList<>();
    long before = Long.MAX_VALUE;
    while (found.size() < limit) {
      List<OutboxTable.Numbered> step;
      lock.lock();
      try {
        step = table.newestBefore(before, QUERY_STEP);
      } finally {
        lock.unlock();
      }
      if (step.isEmpty()) {
        break;
      }
      for (OutboxTable.Numbered each : step) {
        if (found.size() < limit && wanted.test(each.entry())) {
          found.add(each.entry());
        }
      }
      before = step.getLast().number();
    }
    Collections.reverse(found);
    return found;
  }

  @Override
  public Depth depth() {
    return locked(() -> table.depth());
  }

  /** Full segments whose newest line was written before {@code cutoff}, as far as they are not needed. */
  @Override
  public void dropBefore(Instant cutoff) throws IOException {
    log.run(writer -> {
      int newestFull = writer.end().segment() - 1; // it stays, so that the numbers of segments go on from it
      int oldest = writer.dropBefore(cutoff, Math.min(newestFull, locked(table::lowestNeeded)));
      locked(() -> {
        table.forgetBefore(oldest);
        return oldest;
      });
      owner.writeIndex(writer.end());
    });
  }

  private <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  /** What the owner should be told about damage that was found: one sentence each. */
  public List<String> warnings() {
    return log.warnings();
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
