package dev.toq.store;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.AddressPattern;
import dev.toq.protocol.identity.PublicKey;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The peers that this agent has met, by key; the keys that addresses are bound to; and the keys that were replaced. A
 * change reaches the disk a little later, so that a crash may lose the last second of it, where nobody waits for
 * {@link #save}. Safe for use by many threads.
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

    /** Whether the pattern covers the address that the peer last gave itself. */
    boolean isAt(String pattern) {
      try {
        return AddressPattern.matches(pattern, Address.parse(address));
      } catch (IllegalArgumentException never) {
        return false; // it never named itself
      }
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

  /** What stands behind a pin. The owner's word replaces either. */
  enum Strength {
    /** The peer came to us and called itself so: the first that does holds the name against others. */
    WEAK,
    /** We dialled the address and the key answered, the owner accepted both together, or DNS confirmed them. */
    STRONG
  }

  /**
   * The key that an address belongs to.
   *
   * @param confirmed when there was evidence for it the last time, to about an hour
   */
  record Pin(Address address, PublicKey key, Strength strength, Instant confirmed) {}

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

  /**
   * Notes that {@code next}, a known peer's key, is proven to have replaced {@code old}: what {@code old} must, it
   * must; the addresses of {@code old} are its; and {@code old} is retired, whatever is forgotten of either later.
   */
  void replaced(PublicKey old, PublicKey next);

  /** The key that replaced this one; a key that has one is retired for good. */
  Optional<PublicKey> successor(PublicKey old);

  /** Whether this is the key of a peer, one that an address belongs to, or a retired one. */
  boolean knows(PublicKey key);

  /** The pins of the endpoint that this address names; several where it leaves out its port. */
  List<Pin> pins(Address address);

  /** All pins, by address. */
  List<Pin> pins();

  /**
   * Notes evidence. Strong evidence takes the place of weak pins of that address. Where weak evidence meets a pin of
   * another key, or strong evidence a strong one, the pin stays.
   */
  void pin(Pin pin);

  /** Puts this pin in the place of every other of its address: the owner's word. */
  void rebind(Pin pin);

  /** Forgets a key and its pins, but not that it is retired. Returns whether anything was known. */
  boolean forget(PublicKey key);

  /** Forgets what an address is bound to. Returns whether it was. */
  boolean unpin(Address address);

  /** Waits until all that was noted before is on the disk itself; for what must not be lost by a crash. */
  void save() throws IOException;

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
