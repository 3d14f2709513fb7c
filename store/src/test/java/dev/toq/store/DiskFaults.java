package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.RecordingFiles.Kind;
import dev.toq.store.RecordingFiles.PartialWrite;
import dev.toq.store.RecordingFiles.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A disk that fails at one step of a store's work, and from there on until two records were refused; then it works
 * again, and the store with it, without a restart.
 */
final class DiskFaults {
  /** What the disk does. */
  enum Fault {
    /** Half of a write is taken, and no file is made. */
    FULL("No space left on device", EnumSet.of(Kind.WRITE, Kind.CREATE)),
    /** One step fails alone. */
    ERROR_ONCE("Input/output error", EnumSet.complementOf(EnumSet.of(Kind.OPEN, Kind.CLOSE))),
    ERROR("Input/output error", EnumSet.complementOf(EnumSet.of(Kind.OPEN, Kind.CLOSE))),
    READ_ONLY("Read-only file system", EnumSet.complementOf(
        EnumSet.of(Kind.FORCE, Kind.FORCE_DIRECTORY, Kind.CLOSE))),
    /** Somebody deletes the directory; it is made again, empty. */
    DELETED("", EnumSet.noneOf(Kind.class));

    private final String words;
    private final Set<Kind> fails;

    Fault(String words, Set<Kind> fails) {
      this.words = words;
      this.fails = fails;
    }
  }

  private static final int RECORDS = 8;
  private static final int MOST_REFUSED = 2;

  private final FaultyStore.Opening opening;
  private final Fault fault;
  private final int from;
  private final Path directory;
  private final RecordingFiles files = new RecordingFiles();
  private final AtomicInteger struck = new AtomicInteger();
  private volatile boolean failing = true;

  private final Set<Integer> acknowledged = new TreeSet<>();
  private final Set<Integer> refused = new TreeSet<>();

  /** The fault begins at step {@code from}, counted from 0; the directory is there, and empty. */
  DiskFaults(FaultyStore.Opening opening, Fault fault, int from, Path directory) {
    this.opening = opening;
    this.fault = fault;
    this.from = from;
    this.directory = directory;
  }

  /** How many steps the work takes on a disk that does not fail. */
  static int steps(FaultyStore.Opening opening, Path directory) throws IOException {
    RecordingFiles files = new RecordingFiles();
    try (FaultyStore store = opening.open(files, directory)) {
      for (int number = 0; number < RECORDS; number++) {
        store.store(number);
      }
    }
    return files.steps().size();
  }

  private void strike(Step step) throws IOException {
    if (!failing || step.number() < from) {
      return;
    }
    if (fault == Fault.DELETED) {
      if (struck.getAndIncrement() == 0) {
        remove(directory);
      }
    } else if (fault.fails.contains(step.kind()) && (struck.getAndIncrement() == 0 || fault != Fault.ERROR_ONCE)) {
      throw step.kind() == Kind.WRITE
          ? new PartialWrite(fault.words, fault == Fault.READ_ONLY ? 0 : step.bytes().length / 2)
          : new IOException(fault.words);
    }
  }

  /**
   * Works through the fault.
   *
   * @return whether the fault struck
   * @throws AssertionError where a promise does not hold
   */
  boolean run() throws IOException {
    files.failing(this::strike);
    try (FaultyStore store = opened()) {
      for (int number = 0; number < RECORDS; number++) {
        store(store, number);
        if (refused.size() == MOST_REFUSED && failing) {
          lift(store);
        }
      }
      lift(store);
    }
    try (FaultyStore store = opening.open(UnforcedFiles.INSTANCE, directory)) {
      for (int number : acknowledged) {
        assertEquals(1, store.count(number), () -> "record " + number + " was acknowledged");
      }
    }
    return struck.get() > 0;
  }

  private FaultyStore opened() throws IOException {
    try {
      return opening.open(files, directory);
    } catch (IOException cannot) {
      heal();
      return opening.open(files, directory);
    }
  }

  private void store(FaultyStore store, int number) throws IOException {
    int struckBefore = struck.get();
    try {
      store.store(number);
    } catch (IOException refusal) {
      assertTrue(struck.get() > 0 && failing, () -> "record " + number + " was refused by a good disk: " + refusal);
      refused.add(number);
      if (fault != Fault.ERROR_ONCE) { // that one may be over by now
        store.degraded().ifPresent(told -> assertTrue(told, "nobody is told that the disk fails"));
      }
      return;
    }
    Optional<String> mark = store.mark(number);
    if (fault != Fault.DELETED) {
      assertTrue(mark.isEmpty() || files.isForced(mark.get()), () -> "record " + number + " is not forced");
      acknowledged.add(number);
    } else if (struckBefore == struck.get() && struckBefore > 0) { // not while it was being deleted
      assertTrue(!failing || mark.isEmpty(), () -> "record " + number + " was acknowledged and is nowhere");
      acknowledged.add(number);
    }
  }

  private void heal() throws IOException {
    failing = false;
    if (Files.notExists(directory)) {
      Files.createDirectory(directory, FileModes.newDirectory());
    }
  }

  /** The disk works again: what was refused is taken at once, and nobody is told of a fault any more. */
  private void lift(FaultyStore store) throws IOException {
    heal();
    for (int number : refused) {
      store.store(number);
    }
    if (!refused.isEmpty()) {
      store.degraded().ifPresent(told -> assertTrue(!told, "the disk works, and is called failing"));
    }
    acknowledged.addAll(refused);
    refused.clear();
  }

  private static void remove(Path directory) throws IOException {
    try (var all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
