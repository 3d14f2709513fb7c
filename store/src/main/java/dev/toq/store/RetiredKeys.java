package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Keys that another one replaced, the one retired first first, at most {@code most} of them; those whose successor is
 * approved go last. Its user holds a lock.
 */
final class RetiredKeys {
  private final int most;
  private final Supplier<Set<PublicKey>> spared;
  private final Map<PublicKey, PublicKey> successors = new LinkedHashMap<>();

  RetiredKeys(int most, Supplier<Set<PublicKey>> spared) {
    this.most = most;
    this.spared = spared;
  }

  /** The key that replaced this one. */
  Optional<PublicKey> successor(PublicKey old) {
    return Optional.ofNullable(successors.get(old));
  }

  /** Retires a key; the first successor stays. Returns whether that is new. */
  boolean retire(PublicKey old, PublicKey next) {
    if (old.equals(next) || successors.putIfAbsent(old, next) != null) {
      return false;
    }
    if (successors.size() > most) {
      forgetOne(old);
    }
    return true;
  }

  private void forgetOne(PublicKey newest) {
    Set<PublicKey> last = spared.get();
    successors.entrySet().stream().filter(entry -> !entry.getKey().equals(newest))
        .min(Comparator.comparing(entry -> last.contains(entry.getValue()))) // the first of the least: the oldest
        .map(Map.Entry::getKey)
        .ifPresent(successors::remove);
  }

  /** All of them with their successors, in their order. */
  Map<PublicKey, PublicKey> all() {
    return new LinkedHashMap<>(successors);
  }
}
