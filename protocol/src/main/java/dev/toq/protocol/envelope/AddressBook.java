package dev.toq.protocol.envelope;

import dev.toq.protocol.identity.Address;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The addresses that one connection has carried, each parsed once: nearly every envelope of a peer names the same two.
 * It forgets all of them when a peer has named more than fits. One thread uses it.
 */
final class AddressBook {
  private static final int LIMIT = 256;

  private final Map<String, Address> parsed = new HashMap<>();

  /** The address of this text, or empty where it is none. */
  Optional<Address> find(String text) {
    Optional<Address> kept = Optional.ofNullable(parsed.get(text));
    return kept.isPresent() ? kept : parse(text);
  }

  private Optional<Address> parse(String text) {
    Address address;
    try {
      address = Address.parse(text);
    } catch (IllegalArgumentException notAnAddress) {
      return Optional.empty();
    }
    if (parsed.size() >= LIMIT) {
      parsed.clear();
    }
    parsed.put(text, address);
    return Optional.of(address);
  }
}
