package dev.toq.store;

import dev.toq.store.OutboxState.Final;
import dev.toq.store.OutboxState.Sent;
import dev.toq.store.OutboxTable.Slot;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What an outbox does on the thread that owns its log: it has each state written that a message has come to, once,
 * however often it changed since the last time, and now and then the index. That a message was sent may wait for its
 * end, which mostly comes soon and tells both.
 */
final class OutboxOwner implements LogOwner {
  /** So much must have come since the index was written, for writing it again when nothing comes. */
  private static final long IDLE_INDEX_BYTES = 256 << 10;
  /** For each message in the index so much must come before it is written again: writing it stays a small part. */
  private static final long LOG_BYTES_PER_INDEXED = 512;

  private final FileLayer files;
  private final LogFiles names;
  private final Path index;
  private final InstantSource clock;
  private final Duration writtenWithin;
  private final long indexBytes;

  /** Guards the table, and what is to be written. */
  private final ReentrantLock lock;
  private final OutboxTable table;
  /** Those at their end; one whose {@code unwritten} is not set is passed over, here and below. */
  private List<Slot> ended = new ArrayList<>();
  /** Those on their way, longest ago first. */
  private final ArrayDeque<Slot> underWay = new ArrayDeque<>();

  /** What came since the index was written; only for the thread that owns the log, and before that starts. */
  private long bytesSinceIndex;

  /** {@code lock} guards {@code table}. */
  OutboxOwner(FileLayer files, LogFiles names, Path index, InstantSource clock, OutboxFile.Settings settings,
      ReentrantLock lock, OutboxTable table) {
    this.files = files;
    this.names = names;
    this.index = index;
    this.clock = clock;
    this.writtenWithin = settings.writtenWithin();
    this.indexBytes = Math.max(settings.segmentBytes() / 16, IDLE_INDEX_BYTES);
    this.lock = lock;
    this.table = table;
  }

  /** So much is in the log that the index does not tell. On the thread that owns the log, or before that starts. */
  void added(int bytes) {
    bytesSinceIndex += bytes;
  }

  /** Has the state of this message written. Returns whether the log must be told; asked for under the lock. */
  boolean note(Slot slot) {
    boolean isFirst = ended.isEmpty() && underWay.isEmpty();
    if (slot.state() instanceof Final) {
      ended.add(slot);
    } else if (!slot.unwritten) {
      underWay.add(slot);
    }
    slot.unwritten = true;
    return isFirst;
  }

  @Override
  public List<AppendLog.Line> riders(boolean all) {
    Instant now = clock.instant();
    List<Told> told = new ArrayList<>();
    lock.lock();
    try {
      ended.forEach(slot -> take(slot, told));
      ended = new ArrayList<>();
      while (!underWay.isEmpty() && (all || mayNotWait(underWay.getFirst(), now))) {
        take(underWay.removeFirst(), told);
      }
    } finally {
      lock.unlock();
    }
    return told.stream().map(Told::line).toList();
  }

  /** Nothing that is written already is waited for, and nobody where the clock was put back. */
  private boolean mayNotWait(Slot slot, Instant now) {
    Duration age = Duration.between(slot.state().at(), now);
    return !slot.unwritten || age.compareTo(writtenWithin) >= 0 || age.isNegative();
  }

  private void take(Slot slot, List<Told> told) {
    if (slot.unwritten && table.has(slot)) { // else its key may be that of a newer message by now
      told.add(new Told(slot));
    }
    slot.unwritten = false;
  }

  /** A state that goes with the next batch. */
  private final class Told implements AppendLog.Completion {
    private final Slot slot;
    private final OutboxState state;
    private final Optional<Sent> sent;

    Told(Slot slot) {
      this.slot = slot;
      this.state = slot.state();
      this.sent = slot.sent();
    }

    AppendLog.Line line() {
      byte[] line = OutboxLines.line(slot.key, sent, state);
      added(line.length);
      return new AppendLog.Line(line, this);
    }

    @Override
    public void durable(LogPosition at) {
      if (state instanceof Final) {
        lock.lock();
        try {
          table.retire(slot);
        } finally {
          lock.unlock();
        }
      }
    }

    @Override
    public void failed(IOException why) {
      lock.lock();
      try {
        note(slot);
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public void committed(LogPosition end) throws IOException {
    if (bytesSinceIndex >= indexBytes && bytesSinceIndex >= LOG_BYTES_PER_INDEXED * size()) {
      writeIndex(end);
    }
  }

  private int size() {
    lock.lock();
    try {
      return table.size();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void idle(LogPosition end) throws IOException {
    if (bytesSinceIndex >= IDLE_INDEX_BYTES) {
      writeIndex(end);
    }
  }

  @Override
  public void closing(LogPosition end) throws IOException {
    if (bytesSinceIndex > 0) {
      writeIndex(end);
    }
  }

  /** On the thread that owns the log; what is durable then is what the table knows to be. */
  void writeIndex(LogPosition end) throws IOException {
    bytesSinceIndex = 0; // a failure is not repeated for every message
    byte[] content;
    lock.lock();
    try {
      content = OutboxIndexFile.content(table);
    } finally {
      lock.unlock();
    }
    OutboxIndexFile.write(files, index, LogPlace.of(end, names::read), content);
  }
}
