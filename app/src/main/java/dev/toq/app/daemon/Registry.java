package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The ACTIVE connections, inbound and outbound, keyed by the peer's key. An address only helps to find a key, and only
 * an address that we dialled ourselves: what a peer says of itself finds nothing.
 *
 * <p>One connection per peer is kept for sending. A reference peer opens a connection per message and must not be cut
 * while it delivers, so its inbound connections stand beside each other and none of them is sent on.
 */
final class Registry implements KnownPeers.Live {
  private final Map<PublicKey, List<Session>> byKey = new ConcurrentHashMap<>();
  private final Map<String, PublicKey> dialled = new ConcurrentHashMap<>();
  private final Map<PublicKey, Long> heldUntil = new ConcurrentHashMap<>();
  private volatile Consumer<Session> onAdded = session -> {};

  /** Whom to tell of every new connection, and of one that can be sent on from now. */
  void whenAdded(Consumer<Session> listener) {
    onAdded = listener;
  }

  /**
   * Adds an ACTIVE connection. Of two that are kept one gives way; one that is for a single delivery gives way to any
   * newer one (R-8.7-01, A-47).
   */
  void add(Session session) {
    byKey.compute(session.peerKey(), (key, present) -> { // R-3.6-02: whatever the peer calls itself
      List<Session> sessions = present == null ? new ArrayList<>() : new ArrayList<>(present);
      boolean wins = true;
      for (Session other : sessions) {
        if (other.isForOneDelivery() || session.isKept() && other.isKept() && session.outranks(other)) {
          other.giveWayTo(session); // R-8.7-01
        } else if (session.isKept() && other.isKept()) {
          session.giveWayTo(other);
          wins = false;
        }
      }
      sessions.add(wins ? sessions.size() : 0, session);
      return List.copyOf(sessions);
    });
    announce(session);
  }

  /** Tells whom it concerns that this connection can be sent on. */
  void announce(Session session) {
    onAdded.accept(session);
  }

  void remove(Session session) {
    byKey.computeIfPresent(session.peerKey(), (key, present) -> {
      List<Session> rest = present.stream().filter(other -> other != session).toList();
      if (!rest.isEmpty()) {
        return rest;
      }
      heldUntil.remove(key);
      return null;
    });
    if (!byKey.containsKey(session.peerKey())) {
      dialled.values().removeIf(session.peerKey()::equals);
    }
  }

  /**
   * A peer asked for a pause: nothing that counts as a message goes to it before, on any of its connections. It
   * is forgotten with the last of them.
   *
   * @param until of the clock that never jumps
   */
  void hold(PublicKey key, long until) {
    byKey.computeIfPresent(key, (held, sessions) -> {
      heldUntil.put(held, until);
      return sessions;
    });
  }

  /** The peer takes messages again, on all its connections. */
  void goOn(PublicKey key) {
    heldUntil.remove(key);
    byKey.getOrDefault(key, List.of()).forEach(this::announce);
  }

  boolean isHeld(PublicKey key, long now) {
    Long until = heldUntil.get(key);
    return until != null && until - now > 0;
  }

  /** Remembers which key answered at an address that we dialled. */
  void answeredAt(Address address, PublicKey key) {
    dialled.put(address.full(), key);
  }

  /** The connection to send on to this key: the newest that is kept and open. */
  Optional<Session> to(PublicKey key) {
    return byKey.getOrDefault(key, List.of()).reversed().stream()
        .filter(session -> session.isKept() && session.isOpen()).findFirst();
  }

  /** The connection to send on to the key that answered at this address when it was dialled. */
  Optional<Session> to(Address address) {
    PublicKey key = dialled.get(address.full());
    return key == null ? Optional.empty() : to(key);
  }

  List<Session> all() {
    return byKey.values().stream().flatMap(List::stream).toList();
  }

  @Override
  public Set<PublicKey> connected() {
    return all().stream().map(Session::peerKey).collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public void end(PublicKey key) {
    dialled.values().removeIf(key::equals);
    byKey.getOrDefault(key, List.of()).forEach(session -> session.expel("the owner forgot the peer"));
  }

  @Override
  public void end(Address address, Optional<PublicKey> but) {
    Predicate<PublicKey> goes = key -> but.filter(key::equals).isEmpty();
    dialled.entrySet().removeIf(
        entry -> Address.parse(entry.getKey()).names(address) && goes.test(entry.getValue()));
    matching(session -> goes.test(session.peerKey())
        && (session.counterpart().names(address) || session.peerAddress().names(address)))
        .forEach(session -> session.expel("the owner says that its address is not its own"));
  }

  List<Session> matching(Predicate<Session> wanted) {
    return all().stream().filter(wanted).toList();
  }
}
