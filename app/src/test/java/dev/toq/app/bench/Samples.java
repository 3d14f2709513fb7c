package dev.toq.app.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What one run of a load measured.
 *
 * @param perSecond completed operations a second
 */
record Samples(double perSecond, double p50Millis, double p99Millis) {

  /** The figures of a run of {@code nanos} in which these latencies were seen. */
  static Samples of(long[] latenciesNanos, long nanos) {
    long[] sorted = latenciesNanos.clone();
    Arrays.sort(sorted);
    if (sorted.length == 0) {
      throw new IllegalStateException("nothing was completed");
    }
    return new Samples(sorted.length * 1e9 / nanos, at(sorted, 0.50), at(sorted, 0.99));
  }

  private static double at(long[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1, Math.floor(sorted.length * share))] / 1e6;
  }

  /** The run whose rate is in the middle. */
  static Samples median(List<Samples> runs) {
    return runs.stream().sorted((a, b) -> Double.compare(a.perSecond, b.perSecond)).toList().get(runs.size() / 2);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%,.0f/s, p50 %.2f ms, p99 %.2f ms", perSecond, p50Millis, p99Millis);
  }
}
