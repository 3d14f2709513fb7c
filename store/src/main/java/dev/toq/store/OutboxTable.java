package dev.toq.store;

import dev.toq.store.Outbox.Batch;
import dev.toq.store.Outbox.Cursor;
import dev.toq.store.Outbox.Depth;
import dev.toq.store.OutboxState.Accepted;
import dev.toq.store.OutboxState.Final;
import dev.toq.store.OutboxState.Sent;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an outbox holds in memory: where each unfinished message stands in the log and how far it has come, the same for
 * the newest finished ones, and the content of the newest unfinished ones. Not safe for use by several threads.
 *
 * <pre>
 *  reserve ──▶ arriving ──arrived──▶ waiting ──move to an end──▶ ended ──retire──▶ finished ──▶ forgotten
 *              (not durable)         (in the queue of            (the end is      (of these
 *                                     its recipient)              not durable)     historyLimit)
 * </pre>
 */
final class OutboxTable {
  /** So many bytes of messages, as lines, are held as content. */
  private static final long HELD_BYTES = 4 << 20;

  /** One message. */
  static final class Slot {
    final OutboxKey key;
    final Instant createdAt;
    final Instant expiresAt;
    final int bytes;
    private long number;
    private LogPosition at = LogPosition.START;
    private @Nullable Sent sent;
    private OutboxState state;
    private @Nullable OutboxMessage held;
    private boolean finished;
    /** Whether its state is to be written; kept by {@link OutboxOwner}. */
    boolean unwritten;

    Slot(OutboxKey key, Instant createdAt, Instant expiresAt, int bytes) {
      this.key = key;
      this.createdAt = createdAt;
      this.expiresAt = expiresAt;
      this.bytes = bytes;
      this.state = new Accepted(createdAt);
    }

    /** From 1 in the order of acceptance; 0 until it is durable. */
    long number() {
      return number;
    }

    LogPosition at() {
      return at;
    }

    OutboxState state() {
      return state;
    }

    Optional<Sent> sent() {
      return Optional.ofNullable(sent);
    }

    /** The state it had before its end. */
    OutboxState stateBeforeEnd() {
      return sent == null ? new Accepted(createdAt) : sent;
    }

    Optional<OutboxMessage> held() {
      return Optional.ofNullable(held);
    }

    OutboxEntry entry() {
      return new OutboxEntry(key, createdAt, expiresAt, bytes, sent(), state);
    }
  }

  private final int historyLimit;
  private final Map<OutboxKey, Slot> byKey = new HashMap<>();
  /** All that are durable, in the order of acceptance. */
  private final TreeMap<Long, Slot> byNumber = new TreeMap<>();
  private final Map<String, TreeMap<Long, Slot>> waiting = new HashMap<>();
  /** In the order in which they ended. */
  private final ArrayDeque<Slot> finished = new ArrayDeque<>();
  private final ArrayDeque<Slot> withContent = new ArrayDeque<>();
  private long heldBytes;
  private long lastNumber;
  private int arriving;
  private int accepted;
  private int sentCount;
  private long unfinishedBytes;

  /** {@code historyLimit}: how many finished ones are kept. */
  OutboxTable(int historyLimit) {
    this.historyLimit = historyLimit;
  }

  /** The message of this key, in whatever state; also one that is arriving. */
  Optional<Slot> any(OutboxKey key) {
    return Optional.ofNullable(byKey.get(key));
  }

  /** The message of this key, if it is durable. */
  Optional<Slot> durable(OutboxKey key) {
    return any(key).filter(slot -> slot.number > 0);
  }

  /** Whether this still is the message of its key. */
  boolean has(Slot slot) {
    return byKey.get(slot.key) == slot;
  }

  /** Makes room for a message of a key that is not there. */
  Slot reserve(OutboxKey key, Instant createdAt, Instant expiresAt, int bytes) {
    Slot slot = new Slot(key, createdAt, expiresAt, bytes);
    byKey.put(key, slot);
    arriving++;
    unfinishedBytes += bytes;
    return slot;
  }

  /** Takes a reservation back. */
  void release(Slot slot) {
    byKey.remove(slot.key);
    arriving--;
    unfinishedBytes -= slot.bytes;
  }

  /** It is durable. */
  void arrived(Slot slot, LogPosition at) {
    arrived(slot, at, lastNumber + 1);
  }

  private void arrived(Slot slot, LogPosition at, long number) {
    slot.at = at;
    slot.number = number;
    lastNumber = Math.max(lastNumber, number);
    arriving--;
    accepted++;
    byNumber.put(number, slot);
    waiting.computeIfAbsent(slot.key.recipient(), recipient -> new TreeMap<>()).put(number, slot);
  }

  /** Keeps the content of a message until it has come to its end, or newer ones push it out. */
  void hold(Slot slot, OutboxMessage message) {
    slot.held = message;
    withContent.addLast(slot);
    heldBytes += slot.bytes;
    while (!withContent.isEmpty() && (heldBytes > HELD_BYTES || withContent.getFirst().held == null)) {
      Slot oldest = withContent.removeFirst();
      oldest.held = null;
      heldBytes -= oldest.bytes;
    }
  }

  /** Changes the state, where the one it has allows that; else returns false. */
  boolean move(Slot slot, OutboxState next) {
    if (!slot.state.allows(next)) {
      return false;
    }
    if (!(slot.state instanceof Final)) {
      count(slot.state, -1);
      count(next, 1);
      if (next instanceof Final) {
        unfinishedBytes -= slot.bytes;
        slot.held = null; // nobody sends it again
        removeWaiting(slot);
      }
    }
    slot.state = next;
    if (next instanceof Sent last) {
      slot.sent = last;
    }
    return true;
  }

  /** As {@link #move(Slot, OutboxState)}, where the last transmission is told with it. */
  boolean move(Slot slot, OutboxState next, Optional<Sent> last) {
    if (!move(slot, next)) {
      return false;
    }
    last.ifPresent(told -> slot.sent = told);
    return true;
  }

  private void count(OutboxState state, int change) {
    switch (state) {
      case Accepted counted -> accepted += change;
      case Sent counted -> sentCount += change;
      case Final counted -> { /* the length of the queue is their count */ }
    }
  }

  private void removeWaiting(Slot slot) {
    waiting.computeIfPresent(slot.key.recipient(), (recipient, queue) -> {
      queue.remove(slot.number);
      return queue.isEmpty() ? null : queue;
    });
  }

  /** Its end is durable: it becomes history, once. */
  void retire(Slot slot) {
    if (slot.finished) {
      return;
    }
    slot.finished = true;
    finished.addLast(slot);
    while (finished.size() > historyLimit) {
      remove(finished.removeFirst());
    }
  }

  private void remove(Slot slot) {
    byKey.remove(slot.key, slot);
    byNumber.remove(slot.number);
  }

  /** Forgets a finished message, because another of its key was accepted. */
  void forget(Slot slot) {
    finished.remove(slot);
    remove(slot);
  }

  /** Forgets the finished messages of segments before this one. */
  void forgetBefore(int segment) {
    finished.removeIf(slot -> {
      boolean gone = slot.at.segment() < segment;
      if (gone) {
        remove(slot);
      }
      return gone;
    });
  }

  /** The lowest segment that has a message whose end is not durable. */
  int lowestNeeded() {
    return byNumber.values().stream()
        .filter(slot -> !slot.finished)
        .mapToInt(slot -> slot.at.segment())
        .min()
        .orElse(Integer.MAX_VALUE);
  }

  /** Those whose end is not durable, in the order of acceptance. */
  List<Slot> unfinished() {
    return byNumber.values().stream().filter(slot -> !slot.finished).toList();
  }

  /** In the order in which they ended. */
  Collection<Slot> finished() {
    return finished;
  }

  /** Puts back what a file has kept. Unfinished ones come first. */
  void restore(Slot slot, LogPosition at, long number, OutboxState state, Optional<Sent> sent, boolean wasFinished) {
    if (number < 1 || byNumber.containsKey(number) || byKey.containsKey(slot.key)) {
      throw new IllegalArgumentException("two messages are one");
    }
    byKey.put(slot.key, slot);
    arriving++;
    unfinishedBytes += slot.bytes;
    arrived(slot, at, number);
    sent.ifPresent(last -> move(slot, last));
    move(slot, state);
    if (!slot.state.equals(state) || wasFinished != state instanceof Final) {
      throw new IllegalArgumentException("a message has come to this in no legal way");
    }
    if (wasFinished) {
      retire(slot);
    }
  }

  /** Those that wait although their time is over. */
  List<Slot> overdue(Instant now) {
    List<Slot> overdue = new ArrayList<>();
    for (TreeMap<Long, Slot> queue : waiting.values()) {
      for (Slot slot : queue.values()) {
        if (!slot.expiresAt.isAfter(now)) {
          overdue.add(slot);
        }
      }
    }
    overdue.sort(Comparator.comparingLong(Slot::number));
    return overdue;
  }

  List<String> recipients() {
    return waiting.entrySet().stream()
        .sorted(Comparator.comparingLong(queue -> queue.getValue().firstKey()))
        .map(Map.Entry::getKey)
        .toList();
  }

  Batch unfinished(String recipient, Cursor after, int limit, Instant now) {
    TreeMap<Long, Slot> queue = waiting.get(recipient);
    List<OutboxEntry> found = new ArrayList<>();
    long end = after.number();
    if (queue != null) {
      for (Slot slot : queue.tailMap(after.number(), false).values()) {
        if (found.size() >= limit) {
          break;
        }
        end = slot.number;
        if (slot.expiresAt.isAfter(now)) {
          found.add(slot.entry());
        }
      }
    }
    return new Batch(found, new Cursor(end));
  }

  List<OutboxEntry> find(UUID id) {
    return byNumber.values().stream().filter(slot -> slot.key.id().equals(id)).map(Slot::entry).toList();
  }

  /** An entry and its number. */
  record Numbered(long number, OutboxEntry entry) {}

  /** The newest of those with a lower number, newest first, at most {@code most}. */
  List<Numbered> newestBefore(long number, int most) {
    return byNumber.headMap(number, false).descendingMap().values().stream()
        .limit(most)
        .map(slot -> new Numbered(slot.number, slot.entry()))
        .toList();
  }

  Depth depth() {
    return new Depth(accepted, sentCount, arriving, unfinishedBytes, finished.size());
  }

  /** How many are held in memory. */
  int size() {
    return byKey.size();
  }
}
