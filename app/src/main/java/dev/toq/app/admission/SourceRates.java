package dev.toq.app.admission;

import java.util.Map;
import java.util.function.LongSupplier;

/** How many connections each source may open a second (specification 5.8, A-57). Used by one thread at a time. */
final class SourceRates {
  private final LongSupplier nanoTime;
  private final int perSecond;
  private final Map<Source, Rate> rates = new BySource<>();

  /** @param perSecond 0 is no limit */
  SourceRates(LongSupplier nanoTime, int perSecond) {
    this.nanoTime = nanoTime;
    this.perSecond = perSecond;
  }

  /** Counts a new connection; false where this source has opened too many in the last second (R-5.8-01). */
  boolean allows(Source source) {
    if (perSecond == 0) {
      return true;
    }
    return rates.computeIfAbsent(source, unknown -> new Rate(nanoTime, perSecond)).allowsOne(); // R-5.8-02
  }

  int sources() {
    return rates.size();
  }
}
