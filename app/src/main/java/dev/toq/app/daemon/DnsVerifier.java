package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import java.net.InetAddress;

/** Asks DNS whether a key speaks for an address (specification section 16.5, A-51). */
@FunctionalInterface
public interface DnsVerifier {
  /** Where DNS is not asked: nothing is verified. */
  DnsVerifier NONE = (claimed, key, source) -> false;

  /**
   * Whether a TXT record of the address's domain names its agent and this key. May block for as long as the lookup's
   * own budget allows; callers hold no lock. Whatever goes wrong, the answer is false: a name that cannot be asked, a
   * timeout, a failed signature, a source that asked too much.
   *
   * @param claimed the address that the peer gives itself
   * @param key the key that it has proven
   * @param source from where it comes: anyone can make us ask for any name, so lookups are limited by source
   */
  boolean verifies(Address claimed, PublicKey key, InetAddress source);
}
