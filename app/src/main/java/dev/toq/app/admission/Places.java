package dev.toq.app.admission;

import java.util.Optional;

/**
 * The places of {@code max_connections} (specification 21.3, A-57). Strangers leave a tenth of them to sources that are
 * known, and this machine has as many of its own, so nobody from outside takes the last place of an approved key or of
 * the owner. Used by one thread at a time.
 */
final class Places {
  /** So many connections beyond are set up to be told that there is no room. */
  static final int OVERFLOW = 16;

  /** The kinds of places. */
  enum Place { STRANGER, KNOWN, LOCAL, OVERFLOW }

  private final int limit;
  private final int[] taken = new int[Place.values().length];

  Places(int limit) {
    this.limit = limit;
  }

  /** Takes a place; empty where there is not even one in which to be told so (R-21.3-01). */
  Optional<Place> take(boolean isLocal, boolean isKnown) {
    Place wanted = isLocal ? Place.LOCAL : isKnown ? Place.KNOWN : Place.STRANGER;
    return hasRoom(wanted) ? Optional.of(taken(wanted))
        : hasRoom(Place.OVERFLOW) ? Optional.of(taken(Place.OVERFLOW)) : Optional.empty();
  }

  /** The place of a stranger who turned out to be known: one of the tenth where there is one, else the same. */
  Place known(Place place) {
    boolean moves = place == Place.STRANGER || place == Place.OVERFLOW && hasRoom(Place.KNOWN);
    if (moves) {
      giveBack(place);
      return taken(Place.KNOWN);
    }
    return place;
  }

  void giveBack(Place place) {
    taken[place.ordinal()]--;
  }

  private Place taken(Place place) {
    taken[place.ordinal()]++;
    return place;
  }

  private boolean hasRoom(Place place) {
    int all = taken[Place.STRANGER.ordinal()] + taken[Place.KNOWN.ordinal()];
    return switch (place) {
      case STRANGER -> all < limit && taken[Place.STRANGER.ordinal()] < limit - limit / 10;
      case KNOWN -> all < limit;
      case LOCAL -> taken[Place.LOCAL.ordinal()] < limit;
      case OVERFLOW -> taken[Place.OVERFLOW.ordinal()] < OVERFLOW;
    };
  }
}
