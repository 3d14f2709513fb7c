package dev.toq.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs one torture test of the store in its long form: {@code NAME [--short] [--seed N] [--states N] [--only
 * FAMILY] [--threads N]}.
 * Works in a directory below that of the system property {@code java.io.tmpdir}, best one in memory, as nothing is
 * forced. Exit code 0: nothing wrong; 1: something is; 2: the test could not be carried out.
 */
public final class StoreTorture {
  /** What a test is told. */
  record Options(long seed, boolean isShort, long states, Optional<String> only, int threads) {
    private static final int SEEDS = 1_000_000;

    static Options parse(List<String> arguments) {
      return new Options(
          number(arguments, "--seed").orElseGet(() -> (long) new Random().nextInt(SEEDS)),
          arguments.contains("--short"),
          number(arguments, "--states").orElse(arguments.contains("--short") ? 1_000L : 100_000L),
          text(arguments, "--only"),
          number(arguments, "--threads").orElse((long) Runtime.getRuntime().availableProcessors()).intValue());
    }

    private static Optional<Long> number(List<String> arguments, String name) {
      return text(arguments, name).map(Long::valueOf);
    }

    private static Optional<String> text(List<String> arguments, String name) {
      int at = arguments.indexOf(name);
      return at < 0 ? Optional.empty() : Optional.of(arguments.get(at + 1));
    }
  }

  /** One torture test. */
  interface Test {
    /** Prints its figures and returns its faults, one sentence each. */
    List<String> run(Options options, Path scratch) throws Exception;
  }

  private static final TreeMap<String, Test> TESTS = new TreeMap<>();

  static {
    TESTS.put("power-cut", StoreTorture::powerCut);
    TESTS.put("damage", StoreTorture::damage);
    TESTS.put("disk-faults", (options, scratch) -> diskFaults(scratch));
  }

  private StoreTorture() {}

  static List<PowerCutFamily<?>> families() {
    return List.of(new InboxPowerCut(false), new InboxPowerCut(true), new OutboxPowerCut(), new RulesPowerCut(),
        new KeysPowerCut());
  }

  private static List<String> powerCut(Options options, Path scratch) throws Exception {
    List<String> faults = new ArrayList<>();
    for (PowerCutFamily<?> family : families()) {
      if (!options.only().orElse(family.name()).equals(family.name())) {
        continue;
      }
      long start = System.nanoTime();
      List<PowerCut.Outcome> outcomes = inParallel(options.threads(), thread -> new PowerCut<>(family,
          options.seed() * 1_000_003 + thread, Files.createDirectory(scratch.resolve(family.name() + thread)), true)
          .run((options.states() + options.threads() - 1) / options.threads()));
      outcomes.forEach(outcome -> faults.addAll(outcome.faults()));
      figure("%s: %d states, %d of them of an opening that was cut again, %d steps, %d s", family.name(),
          outcomes.stream().mapToLong(PowerCut.Outcome::states).sum(),
          outcomes.stream().mapToLong(PowerCut.Outcome::again).sum(),
          outcomes.stream().mapToLong(PowerCut.Outcome::steps).sum(), (System.nanoTime() - start) / 1_000_000_000L);
    }
    return faults;
  }

  private static List<String> damage(Options options, Path scratch) throws Exception {
    int each = options.isShort() ? 101 : 1; // a prime, so that every bit of a byte has its turn
    List<String> faults = Collections.synchronizedList(new ArrayList<>());
    List<Damage> parts = inParallel(options.threads(), thread -> {
      Damage damage = new Damage(Files.createDirectory(scratch.resolve("damage" + thread)));
      int first = (int) Math.floorMod(options.seed(), (long) each) + thread * each;
      try {
        for (int bit = first; bit < Damage.BYTES * Byte.SIZE; bit += each * options.threads()) {
          damage.flip(bit);
        }
        for (int at = first; at < Damage.BYTES; at += each * options.threads()) {
          damage.cut(at);
        }
      } catch (AssertionError | IOException fault) {
        faults.add(fault.toString());
      }
      return damage;
    });
    figure("%d bits flipped and %d cuts, %d of %d detected", (Damage.BYTES * Byte.SIZE + each - 1) / each,
        (Damage.BYTES + each - 1) / each, parts.stream().mapToLong(Damage::detected).sum(),
        (Damage.BYTES * Byte.SIZE + each - 1) / each + (Damage.BYTES + each - 1) / each);
    return faults;
  }

  /** Every fault at every step of every kind of store; the same in both forms. */
  static List<String> diskFaults(Path scratch) throws IOException {
    List<String> faults = new ArrayList<>();
    for (String name : FaultyStore.names()) {
      FaultyStore.Opening opening = Optional.ofNullable(FaultyStore.all().get(name)).orElseThrow();
      int steps = DiskFaults.steps(opening, Files.createDirectory(scratch.resolve(name), FileModes.newDirectory()));
      int struck = 0;
      for (DiskFaults.Fault fault : DiskFaults.Fault.values()) {
        for (int from = 0; from < steps; from++) {
          Path directory = Files.createDirectory(scratch.resolve(name + "-" + fault + from), FileModes.newDirectory());
          try {
            struck += new DiskFaults(opening, fault, from, directory).run() ? 1 : 0;
          } catch (AssertionError | IOException broken) {
            faults.add(name + ", " + fault + " from step " + from + ": " + broken);
          }
        }
      }
      figure("%s: %d steps, %d faults struck", name, steps, struck);
    }
    return faults;
  }

  static void figure(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  /** A part of a test, by its number. */
  interface Part<T> {
    T run(int number) throws Exception;
  }

  /** Runs parts 0 to {@code threads - 1} at once. */
  static <T> List<T> inParallel(int threads, Part<T> part) throws Exception {
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Callable<T>> parts = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int number = i;
        parts.add(() -> part.run(number));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> each : pool.invokeAll(parts)) {
        results.add(each.get());
      }
      return results;
    }
  }

  /** See the class. */
  public static void main(String[] arguments) {
    Optional<String> name = Arrays.stream(arguments).findFirst();
    Optional<Test> test = name.flatMap(known -> Optional.ofNullable(TESTS.get(known)));
    if (test.isEmpty()) {
      System.err.println("torture: name one of " + String.join(", ", TESTS.keySet()));
      System.exit(2);
    }
    System.exit(run(name.orElseThrow(), test.orElseThrow(), Options.parse(List.of(arguments))));
  }

  private static int run(String name, Test test, Options options) {
    try {
      figure("%s: seed %d%s", name, options.seed(), options.isShort() ? ", short form" : "");
      long start = System.nanoTime();
      Path scratch = Files.createTempDirectory("toq-torture-");
      List<String> faults = test.run(options, scratch);
      faults.forEach(fault -> System.out.println("  wrong: " + fault));
      figure("%s: %s, %d s", name, faults.isEmpty() ? "passed" : "FAILED with " + faults.size() + " faults",
          (System.nanoTime() - start) / 1_000_000_000L);
      remove(scratch);
      return faults.isEmpty() ? 0 : 1;
    } catch (Exception broken) {
      broken.printStackTrace();
      return 2;
    }
  }

  private static void remove(Path directory) throws IOException {
    try (var all = Files.walk(directory)) {
      for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
