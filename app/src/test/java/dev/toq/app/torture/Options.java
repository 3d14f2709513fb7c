package dev.toq.app.torture;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * What a torture test is told.
 *
 * @param seed draws everything that the test leaves to chance
 * @param isShort whether to run for seconds, as the other tests do
 * @param numbers further settings by name, each a whole number
 */
record Options(long seed, boolean isShort, Map<String, Long> numbers) {
  private static final int SEEDS = 1_000_000;

  Options {
    numbers = Map.copyOf(numbers);
  }

  /** The short form with this seed. */
  static Options shortForm(long seed) {
    return new Options(seed, true, Map.of());
  }

  /**
   * Reads {@code [--short] [--seed N] [--NAME N]…}; without a seed one is drawn.
   *
   * @throws IllegalArgumentException with a sentence where it is anything else
   */
  static Options parse(String[] arguments) {
    boolean isShort = false;
    Map<String, Long> numbers = new HashMap<>();
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--short")) {
        isShort = true;
      } else if (arguments[i].startsWith("--") && i + 1 < arguments.length) {
        numbers.put(arguments[i].substring(2), Long.parseLong(arguments[++i]));
      } else {
        throw new IllegalArgumentException("not understood: " + arguments[i]);
      }
    }
    Long seed = numbers.remove("seed");
    return new Options(seed == null ? new Random().nextInt(SEEDS) : seed, isShort, numbers);
  }

  /** The number of this name where it was given, else that of the form. */
  int number(String name, int inShortForm, int inLongForm) {
    return Math.toIntExact(numbers.getOrDefault(name, (long) (isShort ? inShortForm : inLongForm)));
  }

  /** A source of chance of its own for this part of the test. */
  Random chance(long part) {
    return new Random(seed * 1_000_003 + part);
  }
}
