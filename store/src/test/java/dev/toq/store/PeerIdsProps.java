package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class PeerIdsProps {
  @Property(tries = 300)
  @Label("A table of ids answers as a map does, whatever is added, and after the old ones went")
  void likeMap(
      @ForAll @Size(max = 400) List<@IntRange(min = 1, max = 300) Integer> adds, @ForAll @IntRange(max = 400) int cut) {
    PeerIds ids = new PeerIds(0);
    Map<Integer, Integer> model = new HashMap<>();
    int second = 0;
    for (int number : adds) {
      second++;
      ids.add(high(number), number, second, 0);
      model.put(number, second);
    }
    same(model, ids, 0);
    same(model, ids, cut);
    ids.dropBefore(cut);
    model.values().removeIf(at -> at < cut);
    assertEquals(model.size(), ids.size());
    same(model, ids, 0);
    assertEquals(adds.isEmpty() ? Integer.MIN_VALUE : second, ids.newest());
  }

  @Property(tries = 300)
  @Label("Of the oldest ids just as many go as are asked for")
  void dropOldest(@ForAll @IntRange(min = 1, max = 200) int count, @ForAll @IntRange(min = 1, max = 200) int drop,
      @ForAll @IntRange(min = 1, max = 5) int perSecond) {
    PeerIds ids = new PeerIds(0);
    for (int number = 1; number <= count; number++) {
      ids.add(high(number), number, number / perSecond, 0);
    }
    int gone = Math.min(drop, count);
    ids.dropOldest(gone);
    assertEquals(count - gone, ids.size());
    int lastGone = gone / perSecond;
    for (int number = 1; number <= count; number++) {
      if (number / perSecond > lastGone) {
        assertTrue(ids.contains(high(number), number, 0));
      } else if (number / perSecond < lastGone) {
        assertEquals(false, ids.contains(high(number), number, 0));
      }
    }
  }

  @Example
  @Label("Old entries make room before the table grows")
  void expiredMakeRoom() {
    PeerIds ids = new PeerIds(0);
    for (int number = 1; number < 100_000; number++) {
      ids.add(high(number), number, number, number - 10);
    }
    assertTrue(ids.size() < 40, "size " + ids.size());
  }

  /** Many share their place in the table, to make them meet. */
  private static long high(int number) {
    return (number % 7) * 0x2000_0000_0000_0000L + number % 3;
  }

  private static void same(Map<Integer, Integer> model, PeerIds ids, int notBefore) {
    for (int number = 1; number <= 300; number++) {
      Integer at = model.get(number);
      assertEquals(at != null && at >= notBefore, ids.contains(high(number), number, notBefore), "id " + number);
    }
    Map<Integer, Integer> all = new HashMap<>();
    ids.forEach((high, low, second) -> all.put((int) low, second));
    assertEquals(model, all);
  }
}
