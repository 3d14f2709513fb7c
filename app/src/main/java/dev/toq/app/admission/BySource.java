package dev.toq.app.admission;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is kept of each source, for at most {@link #MOST_SOURCES} of them: beyond, what was used longest ago is
 * forgotten. Used by one thread at a time.
 */
public final class BySource<V> extends LinkedHashMap<Source, V> {
  /** So many sources are told apart. */
  public static final int MOST_SOURCES = 10_000;

  private static final long serialVersionUID = 1L;

  /** Nothing is kept of anybody yet. */
  public BySource() {
    super(16, 0.75f, true);
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<Source, V> eldest) {
    return size() > MOST_SOURCES;
  }
}
