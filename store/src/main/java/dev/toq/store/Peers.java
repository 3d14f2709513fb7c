package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The peers that this agent has met, by key. No message and no permission depends on it, so a change may reach the disk
 * a little later; what a crash may lose of it is the last second. Safe for use by many threads.
 */
public interface Peers extends AutoCloseable {
  /**
   * One peer.
   *
   * @param address as the peer last named itself, a claim; empty where it never did
   */
  record Peer(PublicKey key, String address, Instant firstSeen, Instant lastSeen, Marks marks) {
    /** A peer of whose key nothing is known. */
    public Peer(PublicKey key, String address, Instant firstSeen, Instant lastSeen) {
      this(key, address, firstSeen, lastSeen, Marks.NONE);
    }
  }

  /**
   * What was learned about a key.
   *
   * @param boundItself whether it ever bound itself to its TLS connection: from then on it always must
   * @param replaced the key that it is proven to have replaced
   * @param successor the key that it announced as the next one, or that replaced it
   * @param encrypted the use of the key for end-to-end encryption, with the last of our keys
   */
  record Marks(boolean boundItself, Optional<PublicKey> replaced, Optional<PublicKey> successor,
      Optional<Encrypted> encrypted) {
    public static final Marks NONE = new Marks(false, Optional.empty(), Optional.empty(), Optional.empty());

    /** How many messages the key has encrypted together with this key of ours; 0 where they never did. */
    public long encryptedWith(PublicKey own) {
      return encrypted.filter(count -> count.own().equals(own)).map(Encrypted::messages).orElse(0L);
    }

    Marks bound() {
      return new Marks(true, replaced, successor, encrypted);
    }

    Marks after(PublicKey old) {
      return new Marks(boundItself, Optional.of(old), successor, encrypted);
    }

    Marks before(PublicKey next) {
      return new Marks(boundItself, replaced, Optional.of(next), encrypted);
    }

    Marks counting(Encrypted count) {
      long before = encryptedWith(count.own());
      return new Marks(boundItself, replaced, successor,
          Optional.of(count.messages() < before ? new Encrypted(count.own(), before) : count));
    }
  }

  /** How many messages at most two keys have encrypted, {@code own} being ours, both directions together. */
  record Encrypted(PublicKey own, long messages) {}

  /**
   * Notes that a peer was met. An empty address leaves the known one; a clock that ran backwards never lets
   * {@code lastSeen} go back. Beyond the implementation's bound, the peer that was not seen for the longest time is
   * forgotten, one that is not approved first. Never waits for the disk; a write that failed is tried again, and told
   * in {@link #warnings}.
   */
  void touch(PublicKey key, String address, Instant now);

  /** Notes that a known peer bound itself to its connection. Reaches the disk as {@link #touch} does. */
  void boundItself(PublicKey key);

  /** Notes that a known peer said that {@code next} will replace its key. */
  void announced(PublicKey key, PublicKey next);

  /** Notes that {@code next}, a known peer's key, is proven to have replaced {@code old}: what {@code old} must, it must. */
  void replaced(PublicKey old, PublicKey next);

  /** Notes the use of a known peer's key with ours; with the same key of ours it never falls. */
  void encrypted(PublicKey key, PublicKey own, long messages);

  Optional<Peer> find(PublicKey key);

  /** All peers, the one seen last first. */
  List<Peer> all();

  /** What the owner should be told about the store: one sentence each. */
  List<String> warnings();

  /** Writes what is not yet written. */
  @Override
  void close() throws IOException;
}
