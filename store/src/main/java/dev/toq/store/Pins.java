package dev.toq.store;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Peers.Pin;
import dev.toq.store.Peers.Strength;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The pins in memory, at most {@code most}: weak ones go before strong ones, those of keys that are not approved before
 * others, and the one that was not confirmed for the longest time first. One key holds {@value #WEAK_OF_ONE_KEY} weak
 * ones at most. Its user holds a lock.
 */
final class Pins {
  /** So that nobody occupies many names by claiming one after the other. */
  static final int WEAK_OF_ONE_KEY = 8;

  /** A pin that was confirmed so recently is not written again. */
  private static final Duration REFRESH = Duration.ofHours(1);

  private final int most;
  private final Supplier<Set<PublicKey>> spared;
  private final Map<String, List<Pin>> byPlace = new HashMap<>();
  private final Map<PublicKey, Integer> held = new HashMap<>();
  private int count;

  Pins(int most, Supplier<Set<PublicKey>> spared) {
    this.most = most;
    this.spared = spared;
  }

  /** Those whose address names the same endpoint as this one, which may lack its port. */
  List<Pin> naming(Address address) {
    return byPlace.getOrDefault(place(address), List.of()).stream()
        .filter(pin -> pin.address().names(address)).toList();
  }

  List<Pin> all() {
    return byPlace.values().stream().flatMap(List::stream)
        .sorted(Comparator.comparing((Pin pin) -> pin.address().full()).thenComparing(Pin::key)).toList();
  }

  /**
   * Notes evidence. Strong evidence takes the place of every weak pin of its address. Nothing changes where weak
   * evidence meets any pin of another key, or strong evidence a strong one.
   *
   * @return whether there is something to write
   */
  boolean add(Pin pin) {
    List<Pin> present = naming(pin.address());
    if (present.stream().anyMatch(other -> stands(other, pin))) {
      return false;
    }
    boolean isStrong = pin.strength() == Strength.STRONG;
    removeAt(pin.address(), other ->
        isStrong && other.strength() == Strength.WEAK && other.address().names(pin.address())
            || other.address().equals(pin.address()));
    put(pin);
    return true;
  }

  /** Whether a pin stays as it is in spite of new evidence. */
  private static boolean stands(Pin present, Pin evidence) {
    boolean sameKey = present.key().equals(evidence.key());
    if (evidence.strength() == Strength.WEAK) {
      return !sameKey || present.strength() == Strength.STRONG || isFresh(present, evidence);
    }
    return present.strength() == Strength.STRONG && present.address().equals(evidence.address())
        && (!sameKey || isFresh(present, evidence));
  }

  private static boolean isFresh(Pin present, Pin evidence) {
    return present.confirmed().plus(REFRESH).isAfter(evidence.confirmed());
  }

  /** Puts a pin in the place of all others of its address, whatever their strength. */
  void replace(Pin pin) {
    removeAt(pin.address(), other -> other.address().names(pin.address()));
    put(pin);
  }

  /** Takes a pin as a file has it. */
  void put(Pin pin) {
    byPlace.computeIfAbsent(place(pin.address()), unused -> new ArrayList<>(1)).add(pin);
    count++;
    int ofKey = held.merge(pin.key(), 1, Integer::sum);
    if (pin.strength() == Strength.WEAK && ofKey > WEAK_OF_ONE_KEY) {
      List<Pin> own = all(other -> other.key().equals(pin.key()) && other.strength() == Strength.WEAK);
      if (own.size() > WEAK_OF_ONE_KEY) {
        forget(own, pin, Set.of());
      }
    }
    if (count > most) {
      forget(all(other -> true), pin, spared.get());
    }
  }

  private void forget(List<Pin> some, Pin newest, Set<PublicKey> last) {
    some.stream().filter(pin -> !pin.equals(newest))
        .min(Comparator.comparing(Pin::strength)
            .thenComparing(pin -> last.contains(pin.key())).thenComparing(Pin::confirmed))
        .ifPresent(oldest -> remove(oldest::equals));
  }

  /** The addresses of a key become those of its successor. */
  void move(PublicKey old, PublicKey next) {
    byPlace.values().forEach(pins -> pins.replaceAll(pin -> pin.key().equals(old)
        ? new Pin(pin.address(), next, pin.strength(), pin.confirmed()) : pin));
    Optional.ofNullable(held.remove(old)).ifPresent(number -> held.merge(next, number, Integer::sum));
  }

  /** Whether this key has a pin. */
  boolean holds(PublicKey key) {
    return held.containsKey(key);
  }

  /** Removes those for which {@code unwanted} holds; returns whether there were any. */
  boolean remove(Predicate<Pin> unwanted) {
    int before = count;
    List.copyOf(byPlace.keySet()).forEach(place -> remove(place, unwanted));
    return count < before;
  }

  private void removeAt(Address address, Predicate<Pin> unwanted) {
    remove(place(address), unwanted);
  }

  private void remove(String place, Predicate<Pin> unwanted) {
    byPlace.computeIfPresent(place, (unused, pins) -> {
      List<Pin> rest = new ArrayList<>(pins);
      rest.removeIf(pin -> unwanted.test(pin) && release(pin));
      return rest.isEmpty() ? null : rest;
    });
  }

  private boolean release(Pin pin) {
    count--;
    held.computeIfPresent(pin.key(), (key, number) -> number == 1 ? null : number - 1);
    return true;
  }

  private List<Pin> all(Predicate<Pin> wanted) {
    return byPlace.values().stream().flatMap(List::stream).filter(wanted).toList();
  }

  private static String place(Address address) {
    return address.host() + "/" + address.agent();
  }
}
