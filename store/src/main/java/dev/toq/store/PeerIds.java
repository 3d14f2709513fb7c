package dev.toq.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The ids of one peer: an open table without tombstones, as ids are only taken out by making the table anew.
 *
 * <p>An id is 128 bits of a keyed hash. With its time an entry takes {@value #BYTES} bytes, and 23 to 27 with the room
 * that is kept free. An entry lies in one piece, because in a large table each place that is looked at is a wait for
 * the memory. Not safe for use by several threads.
 */
final class PeerIds {
  /** Size of an entry, here and in a file: two words of the hash, and the second. */
  static final int BYTES = 20;

  private static final int FIRST_CAPACITY = 4;
  private static final VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle SECOND = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /** Entries: the high word, the low word, which is never 0 in a place that is taken, the second. */
  private byte[] table;
  private int capacity;
  private int size;
  private int newest = Integer.MIN_VALUE;

  /** An empty table with room for so many entries, and no less than a few. */
  PeerIds(int expected) {
    capacity = capacity(expected);
    table = new byte[capacity * BYTES];
  }

  private static int capacity(int entries) {
    return Math.max(FIRST_CAPACITY, Math.toIntExact(entries * 4L / 3 + 2));
  }

  private static long high(byte[] table, int at) {
    return (long) WORD.get(table, at * BYTES);
  }

  private static long low(byte[] table, int at) {
    return (long) WORD.get(table, at * BYTES + Long.BYTES);
  }

  private static int second(byte[] table, int at) {
    return (int) SECOND.get(table, at * BYTES + 2 * Long.BYTES);
  }

  private void setSecond(int at, int value) {
    SECOND.set(table, at * BYTES + 2 * Long.BYTES, value);
  }

  private boolean isTaken(int at) {
    return low(table, at) != 0;
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
    return isTaken(at) && second(table, at) >= notBefore;
  }

  /**
   * Adds an id, or gives a known one the later of both times. Entries older than {@code notBefore} may be dropped.
   *
   * @param lowWord not 0
   */
  void add(long highWord, long lowWord, int atSecond, int notBefore) {
    newest = Math.max(newest, atSecond);
    int at = place(highWord, lowWord);
    if (isTaken(at)) {
      setSecond(at, Math.max(second(table, at), atSecond));
      return;
    }
    if ((size + 1) * 8L > capacity * 7L) {
      rebuild(notBefore, 0);
    }
    put(highWord, lowWord, atSecond);
  }

  /** Where the id is, or the free place where it would be. There always is a free place. */
  private int place(long highWord, long lowWord) {
    int at = (int) Math.unsignedMultiplyHigh(highWord, capacity);
    for (long found = low(table, at); found != 0; found = low(table, at)) {
      if (found == lowWord && high(table, at) == highWord) {
        break;
      }
      at = at + 1 == capacity ? 0 : at + 1;
    }
    return at;
  }

  private void put(long highWord, long lowWord, int atSecond) {
    int at = place(highWord, lowWord);
    WORD.set(table, at * BYTES, highWord);
    WORD.set(table, at * BYTES + Long.BYTES, lowWord);
    setSecond(at, atSecond);
    size++;
  }

  /** How many are older than {@code notBefore}. */
  int countBefore(int notBefore) {
    int older = 0;
    for (int at = 0; at < capacity; at++) {
      older += isTaken(at) && second(table, at) < notBefore ? 1 : 0;
    }
    return older;
  }

  /** Drops what is older than {@code notBefore}. */
  void dropBefore(int notBefore) {
    rebuild(notBefore, 0);
  }

  /** Drops the oldest entries; which ones of the same second does not matter. */
  void dropOldest(int count) {
    int[] times = new int[size];
    int filled = 0;
    for (int at = 0; at < capacity; at++) {
      if (isTaken(at)) {
        times[filled++] = second(table, at);
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
    for (int at = 0; at < capacity; at++) {
      if (isTaken(at) && second(table, at) >= boundary) {
        left++;
      }
    }
    byte[] old = table;
    int oldCapacity = capacity;
    capacity = capacity(left);
    table = new byte[capacity * BYTES];
    size = 0;
    int drop = dropAtBoundary;
    for (int at = 0; at < oldCapacity; at++) {
      if (low(old, at) != 0 && second(old, at) >= boundary) {
        if (second(old, at) == boundary && drop > 0) {
          drop--;
        } else {
          put(high(old, at), low(old, at), second(old, at));
        }
      }
    }
  }

  /**
   * In the order of the table, which is that of the hashes. Whoever fills another table in this order must make it
   * large enough at first: in one that grows, all would crowd at its beginning.
   */
  <E extends Exception> void forEach(Entries<E> entries) throws E {
    for (int at = 0; at < capacity; at++) {
      if (isTaken(at)) {
        entries.entry(high(table, at), low(table, at), second(table, at));
      }
    }
  }
}
