package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Peers;
import java.util.Optional;

/** Which key an address belongs to, as far as this agent knows. Safe for use by many threads. */
final class AddressPins {
  private static final int MOST_STEPS = 64;

  private final Peers peers;

  AddressPins(Peers peers) {
    this.peers = peers;
  }

  /**
   * Whether the address is bound to this key, or to one that it provably replaced: we dialled the address and this key
   * answered, the owner accepted both together, or DNS confirmed them. What a peer says of itself binds nothing.
   */
  boolean isBound(Address address, PublicKey key) {
    return bound(address).filter(owner -> owner.equals(key) || replaced(key, owner)).isPresent();
  }

  /** The key to which the address is bound; none yet, so that nothing is granted by an address. */
  private Optional<PublicKey> bound(Address address) {
    return Optional.empty();
  }

  /** Whether {@code key} is known to have replaced {@code old}, directly or over others. */
  private boolean replaced(PublicKey key, PublicKey old) {
    Optional<PublicKey> before = replacedBy(key);
    for (int steps = 0; steps < MOST_STEPS && before.isPresent(); steps++) {
      if (before.get().equals(old)) {
        return true;
      }
      before = replacedBy(before.get());
    }
    return false;
  }

  private Optional<PublicKey> replacedBy(PublicKey key) {
    return peers.find(key).flatMap(known -> known.marks().replaced());
  }
}
