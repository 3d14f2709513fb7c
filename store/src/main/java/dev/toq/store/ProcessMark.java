package dev.toq.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Tells one process from a later one that got the same number.
 *
 * @param pid its number
 * @param mark when it began, in words that no later process of this number has; empty where the writer left none
 */
public record ProcessMark(long pid, Optional<String> mark) {
  /** What became of a process that a file names. */
  public enum Liveness {
    ALIVE,
    /** Gone, or a zombie that only waits for its parent: nothing runs, and no port is held. */
    DEAD,
    /** Another program has the number now. */
    FOREIGN
  }

  private static final Path PROC = Path.of("/proc");
  private static final Duration TOLERANCE = Duration.ofSeconds(2);

  /** This process. */
  public static ProcessMark own() {
    ProcessHandle self = ProcessHandle.current();
    return new ProcessMark(self.pid(), markOf(self));
  }

  /** Looks at the process now. */
  public Liveness liveness() {
    Optional<ProcessHandle> handle = pid > 0 ? ProcessHandle.of(pid) : Optional.empty();
    if (handle.isEmpty() || !handle.get().isAlive() || isZombie()) {
      return Liveness.DEAD;
    }
    if (mark.isEmpty()) {
      return looksLikeToq(handle.get()) ? Liveness.ALIVE : Liveness.FOREIGN;
    }
    return sameBeginning(mark.get(), markOf(handle.get())) ? Liveness.ALIVE : Liveness.FOREIGN;
  }

  private boolean isZombie() {
    String state = statFields(pid).map(fields -> fields[0]).orElse("");
    return state.equals("Z") || state.equals("X");
  }

  /** A process of the deployed reference leaves no mark: its command has to do. */
  private static boolean looksLikeToq(ProcessHandle handle) {
    return handle.info().commandLine().or(() -> handle.info().command()).filter(line -> line.contains("toq"))
        .isPresent();
  }

  /**
   * Where the system has it, the boot's id and the ticks since then, which no change of the clock moves; else the time
   * of the start.
   */
  private static Optional<String> markOf(ProcessHandle handle) {
    Optional<String> ticks = statFields(handle.pid()).filter(fields -> fields.length > 19).map(fields -> fields[19]);
    Optional<String> boot = text(PROC.resolve("sys/kernel/random/boot_id"));
    if (ticks.isPresent() && boot.isPresent()) {
      return Optional.of("boot:" + boot.get().strip() + ":" + ticks.get());
    }
    return handle.info().startInstant().map(start -> "start:" + start);
  }

  private static boolean sameBeginning(String written, Optional<String> found) {
    if (found.isEmpty() || written.equals(found.get())) {
      return found.isPresent();
    }
    String start = "start:";
    if (!written.startsWith(start) || !found.get().startsWith(start)) {
      return false;
    }
    Duration apart = Duration.between(
        Instant.parse(written.substring(start.length())), Instant.parse(found.get().substring(start.length())));
    return apart.abs().compareTo(TOLERANCE) <= 0;
  }

  /** The fields of {@code /proc/PID/stat} from the third, the state, on; a command may hold blanks and brackets. */
  private static Optional<String[]> statFields(long pid) {
    return text(PROC.resolve(Long.toString(pid)).resolve("stat"))
        .filter(stat -> stat.lastIndexOf(") ") >= 0)
        .map(stat -> stat.substring(stat.lastIndexOf(") ") + 2).split(" "));
  }

  private static Optional<String> text(Path file) {
    try {
      return Optional.of(Files.readString(file));
    } catch (IOException e) {
      return Optional.empty(); // no such process any more, or a system without /proc
    }
  }
}
