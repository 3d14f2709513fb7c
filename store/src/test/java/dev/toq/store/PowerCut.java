package dev.toq.store;

import dev.toq.store.DiskTrace.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Cuts the power: works with a family of files, takes states that the disk may be left in after each of its steps, and
 * opens each of them. What opening it does is traced as well, and its power is cut too. Used by one thread.
 */
final class PowerCut<P> {
  private static final int STATES_A_STEP = 12;
  private static final int OPENINGS_CUT = 4;
  private static final int STATES_OF_AN_OPENING = 3;
  private static final int MOST_FAULTS = 5;

  /**
   * What came out.
   *
   * @param states distinct states that were opened, {@code again} those of them that an interrupted opening left
   * @param steps changes of the disk that the work consisted of
   */
  record Outcome(long states, long again, long steps, List<String> faults) {}

  private final PowerCutFamily<P> family;
  private final Random chance;
  private final Path scratch;
  private final boolean forced;
  private final List<String> faults = new ArrayList<>();
  private long states;
  private long again;
  private long steps;

  /** {@code forced}: whether forces count; without them faults have to be found. */
  PowerCut(PowerCutFamily<P> family, long seed, Path scratch, boolean forced) {
    this.family = family;
    this.chance = new Random(seed);
    this.scratch = scratch;
    this.forced = forced;
  }

  /** Works and cuts until so many states were opened, or some faults were found. */
  Outcome run(long mostStates) throws Exception {
    while (states < mostStates && faults.size() < MOST_FAULTS) {
      round(mostStates);
    }
    return new Outcome(states, again, steps, List.copyOf(faults));
  }

  private void round(long mostStates) throws Exception {
    long seed = chance.nextLong();
    PowerCutFamily.Work<P> work = family.begin(new Random(seed));
    Path directory = emptied("work");
    DiskTrace<P> trace = new DiskTrace<>(directory, work::promised);
    work.run(forced ? trace : trace.withoutForce(), directory);
    steps += trace.steps().size();
    Set<Long> seen = new HashSet<>();
    DiskAfterPowerCut disk = new DiskAfterPowerCut(trace.atStart());
    for (Step<P> step : trace.steps()) {
      for (int i = 0; i < STATES_A_STEP && states < mostStates && faults.size() < MOST_FAULTS; i++) {
        Map<Path, byte[]> state = disk.draw(chance);
        if (seen.add(fingerprint(step.promised(), state))) {
          open(step.promised(), state, seen, "round " + seed + ", before " + step.change());
        }
      }
      disk.pass(step.change());
    }
    open(work.promised(), DiskTrace.content(directory), seen, "round " + seed + ", at its end");
  }

  private void open(P promised, Map<Path, byte[]> state, Set<Long> seen, String moment) throws IOException {
    DiskTrace<P> opening = check(promised, state, moment);
    if (opening.steps().isEmpty() || chance.nextInt(OPENINGS_CUT) > 0) {
      return;
    }
    DiskAfterPowerCut disk = new DiskAfterPowerCut(opening.atStart());
    int cut = chance.nextInt(opening.steps().size() + 1);
    opening.steps().subList(0, cut).forEach(step -> disk.pass(step.change()));
    for (int i = 0; i < STATES_OF_AN_OPENING; i++) {
      Map<Path, byte[]> left = disk.draw(chance);
      if (seen.add(fingerprint(promised, left))) {
        again++;
        check(promised, left, moment + ", and again " + cut + " steps into opening it");
      }
    }
  }

  /** Opens a state twice; returns the trace of the first time. */
  private DiskTrace<P> check(P promised, Map<Path, byte[]> state, String moment) throws IOException {
    states++;
    Path directory = emptied("state");
    for (Map.Entry<Path, byte[]> file : state.entrySet()) {
      Path path = directory.resolve(file.getKey());
      Files.createDirectories(path.resolveSibling("."), FileModes.newDirectory());
      try (FileLayer.Output out = RealFiles.INSTANCE.createNew(path)) {
        out.write(ByteBuffer.wrap(file.getValue()));
      }
    }
    DiskTrace<P> trace = new DiskTrace<>(directory, () -> promised);
    try {
      family.check(promised, trace, directory);
      family.check(promised, UnforcedFiles.INSTANCE, directory);
    } catch (AssertionError | Exception fault) {
      faults.add(family.name() + ", " + moment + ": " + fault + " with " + state.keySet());
    }
    return trace;
  }

  private Path emptied(String name) throws IOException {
    Path directory = scratch.resolve(name);
    if (Files.exists(directory)) {
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    return Files.createDirectories(directory, FileModes.newDirectory());
  }

  private static long fingerprint(Object promised, Map<Path, byte[]> state) {
    long sum = promised.hashCode();
    for (Map.Entry<Path, byte[]> file : state.entrySet()) {
      sum = (sum * 31 + file.getKey().hashCode()) * 0x9E3779B97F4A7C15L + Arrays.hashCode(file.getValue());
    }
    return sum;
  }
}
