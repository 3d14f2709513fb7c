package dev.toq.store;

import java.util.Arrays;

/**
 * The ids of one peer: an open table without tombstones, as ids are only taken out by making the table anew.
 *
 * <p>An id is 128 bits of a keyed hash. With its time an entry takes {@value #BYTES} bytes, and 23 to 27 with the room
 * that is kept free. Not safe for use by several threads.
 */
final class PeerIds {
  /** Size of an entry, here and in a file: two words of the hash, and the second. */
  static final int BYTES = 20;

  private static final int FIRST_CAPACITY = 4;

  private long[] high;
  /** Never 0 in a place that is taken. */
  private long[] low;
  private int[] second;
  private int size;
  private int newest = Integer.MIN_VALUE;

  /** An empty table with room for so many entries, and no less than a few. */
  PeerIds(int expected) {
    int capacity = capacity(expected);
    high = new long[capacity];
    low = new long[capacity];
    second = new int[capacity];
  }

  private static int capacity(int entries) {
    return Math.max(FIRST_CAPACITY, Math.toIntExact(entries * 4L / 3 + 2));
  }

  /** Takes one entry. */
  interface Entries<E extends Exception> {
    void entry(long high, long low, int second) throws E;
  }

  int size() {
    return size;
  }

  /** Time of the newest entry that was ever added. */
  int newest() {
    return newest;
  }

  /** Whether the id is there and was last added at {@code notBefore} or later. */
  boolean contains(long highWord, long lowWord, int notBefore) {
    int at = place(highWord, lowWord);
    return low[at] != 0 && second[at] >= notBefore;
  }

  /**
   * Adds an id, or gives a known one the later of both times. Entries older than {@code notBefore} may be dropped.
   *
   * @param lowWord not 0
   */
  void add(long highWord, long lowWord, int atSecond, int notBefore) {
    newest = Math.max(newest, atSecond);
    int at = place(highWord, lowWord);
    if (low[at] != 0) {
      second[at] = Math.max(second[at], atSecond);
      return;
    }
    if ((size + 1) * 8L > low.length * 7L) {
      rebuild(notBefore, 0);
    }
    put(highWord, lowWord, atSecond);
  }

  /** Where the id is, or the free place where it would be. There always is a free place. */
  private int place(long highWord, long lowWord) {
    int at = (int) Math.unsignedMultiplyHigh(highWord, low.length);
    while (low[at] != 0 && (low[at] != lowWord || high[at] != highWord)) {
      at = at + 1 == low.length ? 0 : at + 1;
    }
    return at;
  }

  private void put(long highWord, long lowWord, int atSecond) {
    int at = place(highWord, lowWord);
    high[at] = highWord;
    low[at] = lowWord;
    second[at] = atSecond;
    size++;
  }

  /** Drops what is older than {@code notBefore}. */
  void dropBefore(int notBefore) {
    rebuild(notBefore, 0);
  }

  /** Drops the oldest entries; which ones of the same second does not matter. */
  void dropOldest(int count) {
    int[] times = new int[size];
    int filled = 0;
    for (int at = 0; at < low.length; at++) {
      if (low[at] != 0) {
        times[filled++] = second[at];
      }
    }
    Arrays.sort(times);
    int boundary = times[count - 1];
    int older = 0;
    while (times[older] < boundary) {
      older++;
    }
    rebuild(boundary, count - older);
  }

  /** Keeps what is not older than {@code boundary}, save for {@code dropAtBoundary} entries of just that second. */
  private void rebuild(int boundary, int dropAtBoundary) {
    int left = -dropAtBoundary;
    for (int at = 0; at < low.length; at++) {
      if (low[at] != 0 && second[at] >= boundary) {
        left++;
      }
    }
    long[] oldHigh = high;
    long[] oldLow = low;
    int[] oldSecond = second;
    int capacity = capacity(left);
    high = new long[capacity];
    low = new long[capacity];
    second = new int[capacity];
    size = 0;
    int drop = dropAtBoundary;
    for (int at = 0; at < oldLow.length; at++) {
      if (oldLow[at] != 0 && oldSecond[at] >= boundary) {
        if (oldSecond[at] == boundary && drop > 0) {
          drop--;
        } else {
          put(oldHigh[at], oldLow[at], oldSecond[at]);
        }
      }
    }
  }

  /**
   * In the order of the table, which is that of the hashes. Whoever fills another table in this order must make it large
   * enough at first: in one that grows, all would crowd at its beginning.
   */
  <E extends Exception> void forEach(Entries<E> entries) throws E {
    for (int at = 0; at < low.length; at++) {
      if (low[at] != 0) {
        entries.entry(high[at], low[at], second[at]);
      }
    }
  }
}
