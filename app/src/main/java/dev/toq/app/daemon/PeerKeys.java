package dev.toq.app.daemon;

import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.KeyRotation;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.RotationChain;
import dev.toq.protocol.session.PeerCredentials;
import dev.toq.protocol.session.Rotation;
import dev.toq.store.Inbox;
import dev.toq.store.Peers;
import dev.toq.store.Peers.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The key of one peer's handshake, and the keys of peers met before that it is proven to have replaced.
 *
 * @param earlier the latest first, at most {@value #MOST_EARLIER}
 */
record PeerKeys(PublicKey current, List<PublicKey> earlier) {
  private static final int MOST_EARLIER = 8;

  /** A proof without a chain names no old key: so many peers of the same address are tried. */
  private static final int MOST_CANDIDATES = 8;

  /**
   * Holds what the peer presented against the peers met before. Costs no verification for a key whose past is known or
   * that claims none; changes nothing.
   */
  static PeerKeys of(PeerCredentials peer, Peers peers) {
    List<PublicKey> earlier = new ArrayList<>();
    Optional<PublicKey> next = replacedBy(peer.key(), peers).or(() -> proven(peer, peers));
    while (next.isPresent() && earlier.size() < MOST_EARLIER && !earlier.contains(next.get())
        && !next.get().equals(peer.key())) {
      earlier.add(next.get());
      next = replacedBy(next.get(), peers);
    }
    return new PeerKeys(peer.key(), List.copyOf(earlier));
  }

  private static Optional<PublicKey> replacedBy(PublicKey key, Peers peers) {
    return peers.find(key).flatMap(known -> known.marks().replaced());
  }

  /** The key that this peer proves to have replaced. */
  private static Optional<PublicKey> proven(PeerCredentials peer, Peers peers) {
    if (peer.rotation() instanceof Rotation.Chained(RotationChain chain)
        && chain.steps().stream().anyMatch(step -> leadsElsewhere(step.oldKey(), peer, peers))) {
      return Optional.empty(); // whoever has a retired key can show how it once came about
    }
    return candidates(peer, peers) // R-5.6-02, R-14.5-01
        .map(Peer::key)
        .distinct()
        .filter(old -> !old.equals(peer.key()) && !leadsElsewhere(old, peer, peers))
        .limit(MOST_CANDIDATES)
        .filter(peer::provesRotationFrom)
        .findFirst();
  }

  private static Stream<Peer> candidates(PeerCredentials peer, Peers peers) {
    return switch (peer.rotation()) {
      case Rotation.None() -> Stream.empty();
      case Rotation.Chained(RotationChain chain) ->
          chain.steps().reversed().stream().flatMap(step -> peers.find(step.oldKey()).stream());
      case Rotation.Claimed claimed -> Stream.concat(
          peers.pins(peer.address()).stream().flatMap(pin -> peers.find(pin.key()).stream()),
          peers.all().stream().filter(known -> known.address().equals(peer.address().toString())));
    };
  }

  /** A key has one successor: who takes an old key later cannot lead its name elsewhere. */
  private static boolean leadsElsewhere(PublicKey old, PeerCredentials peer, Peers peers) {
    return peers.successor(old).or(() -> peers.find(old).flatMap(known -> known.marks().successor()))
        .filter(successor -> !successor.equals(peer.key())
            && !(peer.rotation() instanceof Rotation.Chained(RotationChain chain) && chain.leadsBy(old, successor)))
        .isPresent();
  }

  /** The keys that came after this one, the next first. */
  static Stream<PublicKey> successors(PublicKey key, Function<PublicKey, Optional<PublicKey>> successor) {
    return Stream.iterate(successor.apply(key), Optional::isPresent, next -> next.flatMap(successor))
        .limit(RotationChain.MAX_STEPS).map(Optional::orElseThrow);
  }

  /** Whether this is the key, or one that it replaced. */
  boolean include(PublicKey key) {
    return all().anyMatch(key::equals);
  }

  /** Whether something holds for the key, or for one that it replaced. */
  boolean any(Predicate<PublicKey> holds) {
    return all().anyMatch(holds);
  }

  /** The keys that the peer had between the last one that was met and this one, as its chain proves. */
  List<PublicKey> unmet(PeerCredentials peer) {
    if (earlier.isEmpty() || !(peer.rotation() instanceof Rotation.Chained(RotationChain chain))) {
      return List.of();
    }
    List<PublicKey> old = chain.steps().stream().map(RotationChain.Step::oldKey).toList();
    int met = old.lastIndexOf(earlier.getFirst());
    return met < 0 ? List.of() : old.subList(met + 1, old.size());
  }

  /** Whether this key, or one that it replaced, bound itself to its TLS connection. */
  boolean boundItself(Peers peers) {
    return all().anyMatch(key -> peers.find(key).filter(known -> known.marks().boundItself()).isPresent());
  }

  /** The key under which the inbox accepted this id: a message may come again after its sender's key was replaced. */
  Optional<PublicKey> acceptedUnder(Inbox inbox, String id) {
    if (inbox.knows(current, id)) {
      return Optional.of(current);
    }
    return earlier.isEmpty() ? Optional.empty() // the usual case, asked of every message
        : earlier.stream().filter(key -> inbox.knows(key, id)).findFirst();
  }

  private Stream<PublicKey> all() {
    return Stream.concat(Stream.of(current), earlier.stream());
  }

  /**
   * The peer says on its connection that it goes on under another key. That key counts once it presents itself in a
   * handshake, with the proof: that an old key names a new one does not say that the new one's owner agrees.
   *
   * @throws ProtocolException {@code key_rotation_invalid}
   */
  static void announced(Envelope announcement, PublicKey current, Peers peers) throws ProtocolException {
    PublicKey next = KeyRotation.verified(announcement, current);
    Optional<PublicKey> before = peers.successor(current)
        .or(() -> peers.find(current).flatMap(known -> known.marks().successor()));
    if (before.filter(successor -> !successor.equals(next)).isPresent()) {
      throw new ProtocolException(ErrorCode.KEY_ROTATION_INVALID,
          "This key has announced another successor before.", Optional.of(announcement.id()), true);
    }
    peers.announced(current, next);
    if (before.isEmpty()) {
      Journal.emit(new Journal.Event.KeyRotated(current, next));
    }
  }
}
