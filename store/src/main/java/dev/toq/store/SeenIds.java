package dev.toq.store;

import dev.toq.protocol.crypto.Sha256;
import dev.toq.protocol.identity.PublicKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Which ids came from which peer inside a window of time (specification 12.4, A-06). Each peer has a table of its own:
 * what one peer sends never makes an id of another look seen, and when there is no more room, the peer that fills most
 * of it loses its oldest ids first, strangers before keys that are approved. Not safe for use by several threads.
 */
final class SeenIds {
  static final int SECRET_BYTES = 16;
  /** What a peer takes beside its ids, in entries. */
  private static final int PEER_ENTRIES = 16;
  /** One of so many ids must be outside the window before a table is made anew. */
  private static final int WORTH_IT = 16;
  /** Seconds are counted from here, so that an {@code int} lasts until 2088. */
  private static final long FIRST_SECOND = Instant.parse("2020-01-01T00:00:00Z").getEpochSecond();

  /** An id of a peer as it is kept: 128 bits that nobody can aim at without the secret of this installation. */
  record Id(PublicKey peer, long high, long low) {}

  private final byte[] secret;
  private final Duration window;
  private final int cap;
  private final Map<PublicKey, PeerIds> peers = new HashMap<>();
  private Supplier<Set<PublicKey>> approved = Set::of;
  private int entries;

  /**
   * @param secret {@value #SECRET_BYTES} random bytes of this installation
   * @param cap how many entries are kept at most; a peer with any counts as {@value #PEER_ENTRIES} more
   */
  SeenIds(byte[] secret, Duration window, int cap) {
    this.secret = secret.clone();
    this.window = window;
    this.cap = cap;
  }

  /** Names the keys whose ids go last. */
  void spare(Supplier<Set<PublicKey>> approvedKeys) {
    approved = approvedKeys;
  }

  byte[] secret() {
    return secret.clone();
  }

  /** For any thread. */
  Id id(PublicKey peer, String id) {
    ByteBuffer hash = ByteBuffer.wrap(Sha256.of(secret, peer.bytes(), id.getBytes(StandardCharsets.UTF_8)));
    long high = hash.getLong();
    long low = hash.getLong();
    return new Id(peer, high, low == 0 ? 1 : low);
  }

  boolean contains(Id id, Instant now) {
    PeerIds ids = peers.get(id.peer());
    return ids != null && ids.contains(id.high(), id.low(), oldestKept(now));
  }

  /** Adds an id that came at {@code at}; one that is outside the window already is not added. */
  void add(Id id, Instant at, Instant now) {
    add(id.peer(), id.high(), id.low(), second(at), now);
  }

  void add(PublicKey peer, long high, long low, int second, Instant now) {
    if (second < oldestKept(now)) { // R-12.4-03
      return;
    }
    PeerIds ids = peers.get(peer);
    if (ids == null) {
      ids = new PeerIds(0);
      peers.put(peer, ids);
    }
    int before = ids.size();
    ids.add(high, low, second, oldestKept(now));
    entries += ids.size() - before;
    if (used() > cap) {
      makeRoom(now);
    }
  }

  /** Makes room for a peer's ids that are about to be added. */
  void expect(PublicKey peer, int count) {
    peers.putIfAbsent(peer, new PeerIds(Math.min(count, cap)));
  }

  private long used() {
    return entries + (long) PEER_ENTRIES * peers.size();
  }

  /** Frees a sixteenth at least, so that the work is shared by many additions. */
  private void makeRoom(Instant now) {
    dropExpired(now);
    long goal = cap - cap / 16;
    Set<PublicKey> spared = approved.get();
    makeRoom(goal, peer -> !spared.contains(peer));
    makeRoom(goal, spared::contains);
  }

  private void makeRoom(long goal, Predicate<PublicKey> whose) {
    while (used() > goal) {
      PeerIds largest = peers.entrySet().stream().filter(peer -> whose.test(peer.getKey()))
          .map(Map.Entry::getValue).max(Comparator.comparingInt(PeerIds::size)).orElse(null);
      if (largest == null) {
        return;
      }
      int size = largest.size();
      if (size < 64) {
        dropSmallPeers(goal, whose);
        return;
      }
      int count = (int) Math.min(size - size / 8, Math.max(used() - goal, size / 8));
      largest.dropOldest(count);
      entries -= count;
    }
  }

  /** Where no peer has many, those with the fewest go: a key that anybody can make costs nothing. */
  private void dropSmallPeers(long goal, Predicate<PublicKey> whose) {
    List<Map.Entry<PublicKey, PeerIds>> order = peers.entrySet().stream()
        .filter(peer -> whose.test(peer.getKey()))
        .sorted(Comparator.<Map.Entry<PublicKey, PeerIds>>comparingInt(peer -> peer.getValue().size())
            .thenComparingInt(peer -> peer.getValue().newest()))
        .map(peer -> Map.entry(peer.getKey(), peer.getValue()))
        .toList();
    for (Map.Entry<PublicKey, PeerIds> peer : order) {
      if (used() <= goal) {
        return;
      }
      peers.remove(peer.getKey());
      entries -= peer.getValue().size();
    }
  }

  /**
   * Drops what is outside the window, of those peers where it is a part of some size: else it costs more than it frees.
   */
  void dropExpired(Instant now) {
    int notBefore = oldestKept(now);
    peers.values().removeIf(ids -> {
      if (ids.countBefore(notBefore) * (long) WORTH_IT >= ids.size()) {
        entries -= ids.size();
        ids.dropBefore(notBefore);
        entries += ids.size();
      }
      return ids.size() == 0;
    });
  }

  /** How many ids are kept. */
  int size() {
    return entries;
  }

  /** The tables, for writing them down. */
  Map<PublicKey, PeerIds> peers() {
    return peers;
  }

  /** An id of this second is inside the window for the window's whole length, so up to a second longer. */
  private int oldestKept(Instant now) {
    return second(now.minus(window));
  }

  private static int second(Instant at) {
    return Math.clamp(at.getEpochSecond() - FIRST_SECOND, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }
}
