package dev.toq.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the newest records of a log are. The newest of them are also held as bytes, up to a bound; the others are read
 * from the log when they are wanted. Not safe for use by several threads.
 */
final class RecentLines {
  /** A record: its place, its length with the newline, and its bytes unless they have to be read. */
  record Line(LogPosition at, int length, byte @Nullable [] bytes) {}

  private final int limit;
  private final long maxBytes;
  private final ArrayDeque<Line> onDisk = new ArrayDeque<>();
  private final ArrayDeque<Line> held = new ArrayDeque<>();
  private long heldBytes;

  RecentLines(int limit, long maxBytes) {
    this.limit = limit;
    this.maxBytes = maxBytes;
  }

  void add(LogPosition at, int length, byte[] bytes) {
    held.addLast(new Line(at, length, bytes));
    heldBytes += length;
    while (heldBytes > maxBytes) {
      Line oldest = held.removeFirst();
      heldBytes -= oldest.length();
      onDisk.addLast(new Line(oldest.at(), oldest.length(), null));
    }
    while (onDisk.size() + held.size() > limit) {
      if (onDisk.isEmpty()) {
        heldBytes -= held.removeFirst().length();
      } else {
        onDisk.removeFirst();
      }
    }
  }

  /** Forgets the records of segments before this one. */
  void dropBefore(int segment) {
    onDisk.removeIf(line -> line.at().segment() < segment);
    held.removeIf(line -> line.at().segment() < segment);
    heldBytes = held.stream().mapToLong(Line::length).sum();
  }

  void clear() {
    onDisk.clear();
    held.clear();
    heldBytes = 0;
  }

  /** All of them, oldest first. */
  List<Line> all() {
    List<Line> all = new ArrayList<>(onDisk.size() + held.size());
    all.addAll(onDisk);
    all.addAll(held);
    return all;
  }
}
