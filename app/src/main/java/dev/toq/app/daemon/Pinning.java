package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.PeerCredentials;
import dev.toq.store.Peers;
import dev.toq.store.Peers.Pin;
import dev.toq.store.Peers.Strength;
import dev.toq.store.Permissions;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Holds peers to the key that their address belongs to, and takes up a key that is proven to follow another one
 * (specification 5.6 and 14.2 to 14.6, A-40, A-42 to A-44). What it refuses, it refuses in silence and tells the owner.
 * Safe for use by many threads.
 */
final class Pinning implements AddressPins {
  /** Refusals that are kept to be shown; the oldest goes. */
  static final int MOST_REFUSALS = 64;

  /** So many of them stand among the warnings of the status. */
  private static final int SHOWN = 5;

  private final Peers peers;
  private final Permissions permissions;
  private final boolean holdsRotatedKeys;
  private final InstantSource clock;
  private final List<KeyRefusal> refusals = new ArrayList<>();

  /** {@code holdsRotatedKeys}: whether a key that replaced an approved one has to be approved itself. */
  Pinning(Peers peers, Permissions permissions, boolean holdsRotatedKeys, InstantSource clock) {
    this.peers = peers;
    this.permissions = permissions;
    this.holdsRotatedKeys = holdsRotatedKeys;
    this.clock = clock;
  }

  @Override
  public boolean isBound(Address address, PublicKey key) {
    return peers.pins(address).stream().filter(pin -> pin.strength() == Strength.STRONG)
        .anyMatch(pin -> pin.key().equals(key)
            || PeerKeys.successors(pin.key(), peers::successor).anyMatch(key::equals));
  }

  /**
   * Lets a proven key pass, or not. Changes nothing: who shows a key may have recorded it.
   *
   * @param dialled the address at which the peer answered; empty where it came to us
   * @throws Role.Declined with the sentence that the owner is told too
   */
  void check(PeerCredentials peer, PeerKeys keys, InetAddress source, Optional<Address> dialled) throws Role.Declined {
    checkKey(peer, source, dialled.orElse(peer.address()));
    if (dialled.isPresent()) {
      check(endpoint(dialled.get()), keys, source, true, Strength.STRONG); // more than a claim that was made once
    }
    if (meansSomething(peer.address(), source) && dialled.filter(peer.address()::names).isEmpty()) {
      check(peer.address(), keys, source, false, Strength.WEAK);
    }
  }

  /** The part of {@link #check} that no invite changes: the claimed address surely belongs to another key. */
  void checkOwner(PeerCredentials peer, PeerKeys keys, InetAddress source) throws Role.Declined {
    if (meansSomething(peer.address(), source)) {
      check(peer.address(), keys, source, false, Strength.STRONG);
    }
  }

  /** The part of {@link #check} that is about the key alone: not to whom its address belonged before. */
  void checkKey(PeerCredentials peer, InetAddress source, Address address) throws Role.Declined {
    if (peers.knows(PublicKey.ofBytes(peer.challenge()))) { // a rotation proof is a signature over such bytes
      throw new Role.Declined("its challenge is the key of a peer");
    }
    Optional<PublicKey> successor = peers.successor(peer.key());
    if (successor.isPresent()) { // R-14.6-02, A-43
      throw refused(new KeyRefusal.Retired(
          address, peer.key(), successor.get(), source.getHostAddress(), clock.instant()));
    }
  }

  /** Refuses where a pin of another key is at least so strong, and none allows this one. */
  private void check(Address address, PeerKeys keys, InetAddress source, boolean dialled, Strength least)
      throws Role.Declined {
    List<Pin> pins = peers.pins(address);
    Optional<Pin> other = pins.stream().filter(pin -> pin.strength().compareTo(least) >= 0).findFirst();
    if (other.isPresent() && pins.stream().noneMatch(pin -> allows(pin, keys))) { // R-5.6-03, R-14.2-01
      throw refused(new KeyRefusal.Changed(
          address, other.get(), keys.current(), dialled, source.getHostAddress(), clock.instant()));
    }
  }

  /** The key that a pin names, or the one that this key announced as the next: both may come until one has. */
  private boolean allows(Pin pin, PeerKeys keys) {
    return keys.include(pin.key()) || peers.find(pin.key()).flatMap(known -> known.marks().successor())
        .filter(keys.current()::equals).isPresent();
  }

  /** A name of this machine says nothing when it comes from another one. */
  private static boolean meansSomething(Address claimed, InetAddress source) {
    return !claimed.isLoopbackHost() || source.isLoopbackAddress();
  }

  /** With its port, as it was dialled. */
  private static Address endpoint(Address dialled) {
    return Address.of(dialled.dialHost(), dialled.dialPort(), dialled.agent());
  }

  /**
   * Takes up that the peer's key has replaced others, once it has signed something for us: rules and addresses are the
   * new key's from then on, and the old ones are retired; all of it on the disk when this returns.
   */
  synchronized void follow(PeerCredentials peer, PeerKeys keys) throws IOException {
    if (keys.earlier().isEmpty() || peers.successor(keys.earlier().getFirst()).isPresent()) {
      return;
    }
    PublicKey old = keys.earlier().getFirst();
    moveRules(old, peer.key()); // first: a crash before the rest leaves it to the next handshake
    peers.touch(peer.key(), peer.address().toString(), clock.instant());
    keys.unmet(peer).forEach(between -> peers.replaced(between, peer.key()));
    peers.replaced(old, peer.key());
    peers.save();
    Journal.emit(new Journal.Event.KeyRotated(old, peer.key()));
  }

  /** The key that replaced this one, once all that goes over to it has gone over. */
  synchronized Optional<PublicKey> successor(PublicKey old) {
    return peers.successor(old);
  }

  /** R-5.6-02, A-44 */
  private void moveRules(PublicKey old, PublicKey next) throws IOException {
    Rule before = new Rule.ByKey(old);
    Rule after = new Rule.ByKey(next);
    if (permissions.blocked().contains(before)) {
      permissions.block(after);
    } else if (permissions.denied().contains(old)) {
      permissions.deny(next);
    } else if (permissions.approved().contains(before)) {
      if (!holdsRotatedKeys) {
        permissions.approve(after);
      }
      permissions.revoke(before);
    }
  }

  /** The peer is connected: its address is its key's from now on. */
  void met(PeerCredentials peer, InetAddress source, Optional<Address> dialled) {
    dialled.ifPresent(address -> bind(endpoint(address), peer.key()));
    if (meansSomething(peer.address(), source) && dialled.filter(peer.address()::names).isEmpty()) {
      peers.pin(new Pin(peer.address(), peer.key(), Strength.WEAK, clock.instant()));
    }
  }

  /**
   * Strong evidence: from now on the address belongs to this key, where it does not belong to another one as surely.
   */
  void bind(Address address, PublicKey key) {
    List<Pin> before = peers.pins(address);
    peers.pin(new Pin(address, key, Strength.STRONG, clock.instant()));
    if (isBound(address, key)) {
      before.stream().filter(pin -> pin.strength() == Strength.WEAK && !pin.key().equals(key)).forEach(pin ->
          Journal.emit(new Journal.Event.PinReplaced(address.full(), pin.key(), key)));
    }
  }

  /** The owner's word: the address belongs to this key. On the disk when this returns. */
  void accept(Address address, PublicKey key) throws IOException {
    peers.rebind(new Pin(address, key, Strength.STRONG, clock.instant()));
    peers.save();
    settle(address);
  }

  /** What was refused lately, the newest first. */
  List<KeyRefusal> refusals() {
    synchronized (refusals) {
      return List.copyOf(refusals).reversed();
    }
  }

  /** For the owner's status. */
  List<String> warnings() {
    List<KeyRefusal> all = refusals();
    List<String> sentences = new ArrayList<>(all.stream().limit(SHOWN).map(KeyRefusal::sentence).toList());
    if (all.size() > SHOWN) {
      sentences.add("and " + (all.size() - SHOWN) + " more such refusals: toq peers");
    }
    return sentences;
  }

  /** Nothing is left to say about this address. */
  void settle(Address address) {
    synchronized (refusals) {
      refusals.removeIf(refusal -> refusal instanceof KeyRefusal.Changed changed && changed.address().names(address));
    }
  }

  private Role.Declined refused(KeyRefusal refusal) {
    boolean isNew;
    synchronized (refusals) {
      isNew = true;
      for (Iterator<KeyRefusal> known = refusals.iterator(); known.hasNext();) {
        if (isSame(known.next(), refusal)) {
          known.remove();
          isNew = false;
        }
      }
      refusals.add(refusal);
      if (refusals.size() > MOST_REFUSALS) {
        refusals.removeFirst();
      }
    }
    if (isNew) {
      Journal.emit(new Journal.Event.KeyRefused(refusal.sentence()));
    }
    return new Role.Declined(refusal.sentence());
  }

  private static boolean isSame(KeyRefusal one, KeyRefusal other) {
    return switch (one) {
      case KeyRefusal.Changed changed ->
          other instanceof KeyRefusal.Changed second && changed.address().equals(second.address())
              && changed.offered().equals(second.offered()) && changed.dialled() == second.dialled();
      case KeyRefusal.Retired retired ->
          other instanceof KeyRefusal.Retired second && retired.offered().equals(second.offered());
    };
  }
}
