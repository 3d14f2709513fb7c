package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.identity.PublicKey;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class SeenIdsTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private static final Duration WINDOW = Duration.ofSeconds(600);

  private static SeenIds ids(int cap) {
    return new SeenIds(new byte[SeenIds.SECRET_BYTES], WINDOW, cap);
  }

  private static PublicKey stranger(int number) {
    return PublicKey.ofBytes(ByteBuffer.allocate(32).putInt(number).put((byte) 7).array());
  }

  @Test
  @DisplayName("An id is known for its peer alone")
  void perPeer() {
    SeenIds ids = ids(1000);
    ids.add(ids.id(Messages.key(1), "a"), NOW, NOW);
    assertTrue(ids.contains(ids.id(Messages.key(1), "a"), NOW));
    assertFalse(ids.contains(ids.id(Messages.key(2), "a"), NOW));
    assertFalse(ids.contains(ids.id(Messages.key(1), "b"), NOW));
    assertEquals(1, ids.size());
    ids.add(ids.id(Messages.key(1), "a"), NOW, NOW);
    assertEquals(1, ids.size());
  }

  @Test
  @DisplayName("Which bits stand for an id cannot be told without the secret of the installation")
  void secret() {
    byte[] other = new byte[SeenIds.SECRET_BYTES];
    other[15] = 1;
    SeenIds.Id first = ids(10).id(Messages.key(1), "a");
    SeenIds.Id second = new SeenIds(other, WINDOW, 10).id(Messages.key(1), "a");
    assertNotEquals(first, second);
    assertNotEquals(first.high(), ids(10).id(Messages.key(2), "a").high());
    assertNotEquals(0, first.low());
  }

  @Test
  @DisplayName("R-12.4-02, R-12.4-03: an id is known until the window is over, and longer where it came again")
  void window() {
    SeenIds ids = ids(1000);
    SeenIds.Id id = ids.id(Messages.key(1), "a");
    ids.add(id, NOW, NOW);
    assertTrue(ids.contains(id, NOW.plus(WINDOW)));
    assertFalse(ids.contains(id, NOW.plus(WINDOW).plusSeconds(1)));
    assertTrue(ids.contains(id, NOW.minusSeconds(86_400)), "a clock that ran backwards forgets nothing");
    ids.add(id, NOW.plusSeconds(300), NOW.plusSeconds(300));
    ids.add(id, NOW.plusSeconds(200), NOW.plusSeconds(300));
    assertTrue(ids.contains(id, NOW.plus(WINDOW).plusSeconds(300)));
    ids.add(ids.id(Messages.key(1), "old"), NOW, NOW.plus(WINDOW).plusSeconds(1));
    assertEquals(1, ids.size());
  }

  @Test
  @DisplayName("What is outside the window is dropped, and peers that have nothing left with it")
  void dropExpired() {
    SeenIds ids = ids(1000);
    ids.add(ids.id(Messages.key(1), "a"), NOW, NOW);
    ids.add(ids.id(Messages.key(2), "a"), NOW, NOW);
    ids.add(ids.id(Messages.key(2), "b"), NOW.plusSeconds(1), NOW);
    ids.dropExpired(NOW.plus(WINDOW).plusSeconds(1));
    assertEquals(1, ids.size());
    assertEquals(1, ids.peers().size());
    assertTrue(ids.contains(ids.id(Messages.key(2), "b"), NOW.plus(WINDOW).plusSeconds(1)));
  }

  @Test
  @DisplayName("When there is no more room, the peer with the most ids loses its oldest, and no other peer loses any")
  void flood() {
    int cap = 5000;
    SeenIds ids = ids(cap);
    for (int i = 0; i < 100; i++) {
      ids.add(ids.id(Messages.key(1), "honest" + i), NOW, NOW);
    }
    int sent = 30_000;
    for (int i = 0; i < sent; i++) {
      Instant at = NOW.plusSeconds(i / 100);
      ids.add(ids.id(Messages.key(2), "flood" + i), at, at);
      assertTrue(ids.size() <= cap, "at " + i);
    }
    Instant end = NOW.plusSeconds(sent / 100);
    for (int i = 0; i < 100; i++) {
      assertTrue(ids.contains(ids.id(Messages.key(1), "honest" + i), end), "honest" + i);
    }
    int kept = 0;
    boolean before = false;
    for (int i = 0; i < sent; i++) {
      boolean now = ids.contains(ids.id(Messages.key(2), "flood" + i), end);
      kept += now ? 1 : 0;
      assertTrue(now || !before || i % 100 != 0, "a hole at " + i);
      before = now;
    }
    assertTrue(before && kept > cap * 3 / 4, "kept " + kept);
    assertEquals(kept + 100, ids.size());
  }

  @Test
  @DisplayName("When there is no more room, strangers lose their ids, few or many, before a key that is approved "
      + "loses one")
  void approvedGoLast() {
    SeenIds ids = ids(4000);
    ids.spare(() -> Set.of(Messages.key(1)));
    for (int i = 0; i < 1500; i++) {
      ids.add(ids.id(Messages.key(1), "mine " + i), NOW, NOW);
    }
    for (int i = 0; i < 10_000; i++) {
      ids.add(ids.id(Messages.key(2), "many " + i), NOW, NOW);
      ids.add(ids.id(stranger(i), "one"), NOW, NOW);
    }
    for (int i = 0; i < 1500; i++) {
      assertTrue(ids.contains(ids.id(Messages.key(1), "mine " + i), NOW), "number " + i);
    }
    assertTrue(ids.size() <= 4000, "size " + ids.size());
    for (int i = 1500; i < 10_000; i++) {
      ids.add(ids.id(Messages.key(1), "mine " + i), NOW, NOW);
    }
    assertTrue(ids.size() <= 4000, "size " + ids.size());
    assertTrue(ids.contains(ids.id(Messages.key(1), "mine 9999"), NOW));
  }

  @Test
  @DisplayName("Many ids of one second are bounded too")
  void floodWithinOneSecond() {
    SeenIds ids = ids(3000);
    for (int i = 0; i < 20_000; i++) {
      ids.add(ids.id(Messages.key(1), "flood" + i), NOW, NOW);
      assertTrue(ids.size() <= 3000);
    }
    assertTrue(ids.size() > 2000, "left " + ids.size());
  }

  @Test
  @DisplayName("Strangers that come with a key for each message push each other out, not a peer that sent more")
  void manyKeys() {
    SeenIds ids = ids(2000);
    for (int i = 0; i < 10; i++) {
      ids.add(ids.id(Messages.key(1), "honest" + i), NOW, NOW);
    }
    for (int i = 0; i < 5000; i++) {
      Instant at = NOW.plusSeconds(i / 100);
      ids.add(ids.id(stranger(i), "x"), at, at);
      assertTrue(ids.peers().size() * 16L + ids.size() <= 2000);
    }
    Instant end = NOW.plusSeconds(50);
    for (int i = 0; i < 10; i++) {
      assertTrue(ids.contains(ids.id(Messages.key(1), "honest" + i), end));
    }
    assertTrue(ids.contains(ids.id(stranger(4999), "x"), end));
    assertFalse(ids.contains(ids.id(stranger(0), "x"), end));
    assertTrue(ids.peers().size() > 50);
    assertEquals(ids.peers().size() - 1 + 10, ids.size());
  }
}
