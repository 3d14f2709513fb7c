package dev.toq.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where the newest records of a log are; they are read from it when they are wanted. Plain arrays, used in a circle: an
 * object for each record would live just long enough to be costly to collect. Not safe for use by several threads.
 */
final class RecentLines {
  /** A record: its place, and its length with the newline. */
  record Line(LogPosition at, int length) {}

  private static final int FIRST_CAPACITY = 16;

  private final int limit;
  private int[] segments = {};
  private long[] offsets = {};
  private int[] lengths = {};
  /** Where the oldest is. */
  private int first;
  private int size;

  RecentLines(int limit) {
    this.limit = limit;
  }

  void add(LogPosition at, int length) {
    if (limit == 0) {
      return;
    }
    if (size == limit) {
      dropOldest();
    } else if (size == lengths.length) {
      grow();
    }
    int end = place(size++);
    segments[end] = at.segment();
    offsets[end] = at.offset();
    lengths[end] = length;
  }

  /** Of the record that is so many behind the oldest. */
  private int place(int index) {
    return (int) ((first + (long) index) % lengths.length);
  }

  private void dropOldest() {
    first = place(1);
    size--;
  }

  private void grow() {
    List<Line> all = all();
    int capacity = (int) Math.min(limit, Math.max(FIRST_CAPACITY, lengths.length * 3L / 2));
    segments = Arrays.copyOf(segments, capacity);
    offsets = Arrays.copyOf(offsets, capacity);
    lengths = Arrays.copyOf(lengths, capacity);
    clear();
    all.forEach(line -> add(line.at(), line.length()));
  }

  /** Forgets the records of segments before this one. */
  void dropBefore(int segment) {
    while (size > 0 && segments[first] < segment) {
      dropOldest();
    }
  }

  void clear() {
    first = 0;
    size = 0;
  }

  /** All of them, oldest first. */
  List<Line> all() {
    List<Line> all = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      int at = place(i);
      all.add(new Line(new LogPosition(segments[at], offsets[at]), lengths[at]));
    }
    return all;
  }
}
