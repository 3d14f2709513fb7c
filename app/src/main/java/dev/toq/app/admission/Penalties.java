package dev.toq.app.admission;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/**
 * The penalties of sources. Each offence adds to the time until a source has nothing left to atone for; that time comes
 * nearer by itself, so single offences are forgotten. Where more than {@link #BITES} is left, the source is refused,
 * and stays so until the time has come. It cannot offend meanwhile, and begins anew then. Used by one thread at a time.
 */
final class Penalties {
  /** More than this must have come together before a source is refused. */
  static final Duration BITES = Duration.ofSeconds(15);

  /** More than this is never left, whatever a source did. */
  static final Duration MOST = Duration.ofMinutes(10);

  /** So many sources are remembered; beyond, the one whose penalty ends first is forgotten. */
  static final int MOST_SOURCES = 10_000;

  private final LongSupplier nanoTime;
  private final long origin;
  private final Map<Source, Penalty> bySource = new HashMap<>();
  private final TreeSet<Penalty> byEnd = new TreeSet<>(
      Comparator.comparingLong(Penalty::end).thenComparingLong(penalty -> penalty.source().bits()));

  /** @param end in nanoseconds since the origin */
  private record Penalty(Source source, long end, boolean bites) {}

  Penalties(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.origin = nanoTime.getAsLong();
  }

  /** Whether the source is to be refused now. */
  boolean refuses(Source source) {
    forgetEnded();
    Penalty penalty = bySource.get(source);
    return penalty != null && penalty.bites();
  }

  /** Adds what the source did; where this lets the penalty bite that did not before, for how long. */
  Optional<Duration> add(Source source, Offence offence) {
    long now = forgetEnded();
    Penalty before = bySource.get(source);
    long end = Math.min(before == null ? now : before.end(), now + MOST.minus(offence.penalty()).toNanos())
        + offence.penalty().toNanos();
    boolean bit = before != null && before.bites();
    Penalty after = new Penalty(source, end, bit || end - now > BITES.toNanos());
    if (before != null) {
      byEnd.remove(before);
    } else if (bySource.size() == MOST_SOURCES) {
      bySource.remove(byEnd.removeFirst().source());
    }
    bySource.put(source, after);
    byEnd.add(after);
    return after.bites() && !bit ? Optional.of(Duration.ofNanos(end - now)) : Optional.empty();
  }

  /** How many sources are refused now. */
  int biting() {
    forgetEnded();
    return (int) byEnd.stream().filter(Penalty::bites).count();
  }

  int sources() {
    return bySource.size();
  }

  private long forgetEnded() {
    long now = nanoTime.getAsLong() - origin;
    while (!byEnd.isEmpty() && byEnd.first().end() <= now) {
      bySource.remove(byEnd.removeFirst().source());
    }
    return now;
  }
}
