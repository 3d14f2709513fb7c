package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;

/** Which addresses are known to belong to which keys. */
@FunctionalInterface
interface AddressPins {
  /**
   * Whether this address is bound to this key by more than the peer's own claim: we dialled it and found the key there,
   * the owner approved both together, or DNS confirmed it.
   */
  boolean isBound(Address address, PublicKey key);
}
