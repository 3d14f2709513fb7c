package dev.toq.app.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a run measured, printed as it comes, and what it found wrong. Safe for use by many threads. */
final class Findings {
  private static final int MOST_KEPT = 50;

  private final List<String> wrong = new ArrayList<>();
  private int all;

  /** Prints one figure. */
  void figure(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  /** Notes a fault, as a sentence. */
  synchronized void wrong(String sentence) {
    all++;
    if (wrong.size() < MOST_KEPT) {
      wrong.add(sentence);
    }
  }

  /** Notes the fault where the condition does not hold. */
  void require(boolean condition, String otherwise) {
    if (!condition) {
      wrong(otherwise);
    }
  }

  /** The first faults. */
  synchronized List<String> faults() {
    return List.copyOf(wrong);
  }

  /** How many faults there are. */
  synchronized int count() {
    return all;
  }
}
