package dev.toq.app.admission;

import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * From where keys that the owner approved were active in the last 24 hours. Held in memory: a restart forgets
 * the penalties too, and what peers say of their own address is no reason to prefer it. Used by one thread at a time.
 */
final class KnownSources {
  static final Duration MEMORY = Duration.ofHours(24);

  private final LongSupplier nanoTime;
  /** Only approved keys make entries, so a stranger can push nobody out. */
  private final Map<Source, Known> sources = new BySource<>();

  /** @param connections how many of approved keys stand now */
  private record Known(int connections, long lastActive) {}

  KnownSources(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** A connection of an approved key stands. */
  void arrived(Source source) {
    change(source, 1);
  }

  /** A connection of an approved key has ended. */
  void left(Source source) {
    change(source, -1);
  }

  private void change(Source source, int more) {
    long now = nanoTime.getAsLong();
    sources.merge(source, new Known(Math.max(0, more), now),
        (before, one) -> new Known(Math.max(0, before.connections() + more), now));
  }

  boolean contains(Source source) {
    Known known = sources.get(source);
    if (known == null || known.connections() > 0 || nanoTime.getAsLong() - known.lastActive() <= MEMORY.toNanos()) {
      return known != null;
    }
    sources.remove(source);
    return false;
  }

  int sources() {
    return sources.size();
  }
}
