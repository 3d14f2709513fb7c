package dev.toq.app.daemon;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The messages of one lane that wait to be sent, in the order in which they were accepted. A message is overtaken only
 * by those of other threads: while it waits for its next attempt, the later ones of its thread wait too. Not
 * safe for use by several threads.
 */
final class WaitingParcels {
  private final TreeMap<Long, Parcel> byNumber = new TreeMap<>();
  private int urgent;

  /** Takes a message in, at the place of its number. */
  void add(Parcel parcel) {
    boolean isNew = byNumber.put(parcel.number, parcel) == null;
    urgent += isNew && parcel.isUrgent ? 1 : 0;
  }

  /** False where it does not wait here. */
  boolean remove(Parcel parcel) {
    boolean present = byNumber.remove(parcel.number, parcel);
    urgent -= present && parcel.isUrgent ? 1 : 0;
    return present;
  }

  /** The one with this id. */
  Optional<Parcel> find(UUID id) {
    return byNumber.values().stream().filter(parcel -> parcel.key.id().equals(id)).findFirst();
  }

  boolean isEmpty() {
    return byNumber.isEmpty();
  }

  /** Takes out the next one to send: the first urgent one that passes nothing of its own thread, else the first. */
  Optional<Parcel> takeReady(long now) {
    Set<String> blocked = new HashSet<>();
    Optional<Parcel> first = Optional.empty();
    for (Parcel parcel : byNumber.values()) {
      boolean ready = parcel.notBefore - now <= 0 && !blocked.contains(parcel.thread); // R-10.3-02
      if (ready && (first.isEmpty() || parcel.isUrgent)) {
        first = Optional.of(parcel);
      }
      if (first.isPresent() && (urgent == 0 || first.get().isUrgent)) {
        break;
      }
      blocked.add(parcel.thread);
    }
    first.ifPresent(this::remove);
    return first;
  }

  /** When the next one becomes ready that is not yet, at {@code otherwise} at the latest. */
  long nextReady(long now, long otherwise) {
    long at = otherwise;
    for (Parcel parcel : byNumber.values()) {
      if (parcel.notBefore - now > 0) {
        at = Math.min(at, parcel.notBefore);
      }
    }
    return at;
  }

  /** Takes out those whose time is over. */
  void takeOverdue(Instant now, Consumer<Parcel> taker) {
    List<Parcel> overdue = byNumber.values().stream().filter(parcel -> !parcel.expiresAt.isAfter(now)).toList();
    overdue.forEach(parcel -> {
      remove(parcel);
      taker.accept(parcel);
    });
  }

  /** All of them, as they are now. */
  List<Parcel> all() {
    return List.copyOf(byNumber.values());
  }
}
