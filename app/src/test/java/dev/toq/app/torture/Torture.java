package dev.toq.app.torture;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Runs one torture test in its long form: {@code NAME [--short] [--seed N] [--SETTING N]…}. Exit code 0: nothing wrong;
 * 1: something is; 2: the test could not be carried out.
 */
public final class Torture {
  /** One torture test. */
  @FunctionalInterface
  interface Test {
    /** Runs and notes what it finds; throws only where it could not be carried out. */
    void run(Options options, Findings findings) throws Exception;
  }

  private static final TreeMap<String, Test> TESTS = new TreeMap<>();

  static {
    TESTS.put("malformed", new Malformed());
    TESTS.put("chaos", new Chaos());
    TESTS.put("resets", new Resets());
    TESTS.put("stalls", new StalledPlaces());
    TESTS.put("replay", new Replay());
    TESTS.put("relays", new Relays());
    TESTS.put("races", new CloseRaces());
    TESTS.put("clocks", new ClockJumps());
    TESTS.put("fuzz", new Fuzz());
    TESTS.put("bombs", new JsonBombs());
    TESTS.put("compressed-bombs", new CompressedBombs());
  }

  private Torture() {}

  /** See the class. */
  public static void main(String[] arguments) {
    Optional<String> name = Arrays.stream(arguments).findFirst();
    Optional<Test> test = name.flatMap(known -> Optional.ofNullable(TESTS.get(known)));
    if (test.isEmpty()) {
      System.err.println("torture: name one of " + String.join(", ", TESTS.keySet()));
      System.exit(2);
    }
    System.exit(run(name.orElseThrow(), test.orElseThrow(), Arrays.copyOfRange(arguments, 1, arguments.length)));
  }

  private static int run(String name, Test test, String[] arguments) {
    try {
      Options options = Options.parse(arguments);
      Findings findings = new Findings();
      System.out.println(name + ": seed " + options.seed() + (options.isShort() ? ", short form" : ""));
      long start = System.nanoTime();
      test.run(options, findings);
      findings.faults().forEach(fault -> System.out.println("  wrong: " + fault));
      System.out.println(String.format(Locale.ROOT, "%s: %s, %d s", name,
          findings.count() == 0 ? "passed" : "FAILED with " + findings.count() + " faults",
          (System.nanoTime() - start) / 1_000_000_000L));
      return findings.count() == 0 ? 0 : 1;
    } catch (Exception broken) {
      broken.printStackTrace();
      return 2;
    }
  }
}
