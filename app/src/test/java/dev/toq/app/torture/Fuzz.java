package dev.toq.app.torture;

import com.sun.management.ThreadMXBean;
import dev.toq.spectests.RawMutations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * Spoils sound input, again and again, and gives it to every reader of what strangers or owners write: each answers
 * with a value or with the exceptions that it documents, and takes memory in proportion. The input of each reader is
 * kept as a resource, {@code torture/NAME.txt}, one a line, with {@code \xNN} for bytes beyond printable ASCII; what a
 * run found wrong is printed in this form and belongs there.
 */
final class Fuzz implements Torture.Test {
  /** What a reader may take for one input, in bytes: twice the largest frame. */
  private static final long MOST_MEMORY = 2L << 20;
  private static final int MOST_KEPT = 400;
  private static final long NANOS_A_SECOND = 1_000_000_000L;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Override
  public void run(Options options, Findings findings) throws Exception {
    int seconds = options.number("seconds", 0, 60);
    try (FuzzTargets targets = FuzzTargets.make()) {
      int part = 0;
      for (FuzzTargets.Target target : targets.all()) {
        new Run(target, options.chance(part++), findings).go(seconds, target.inFiles() ? 150 : 3_000);
      }
    }
  }

  /** One reader's run. */
  private static final class Run {
    private final FuzzTargets.Target target;
    private final Random chance;
    private final RawMutations mutations;
    private final Findings findings;
    private final List<byte[]> kept;
    private long most;
    /** Whether the reader has read before: the first times load its classes. */
    private boolean warm;

    Run(FuzzTargets.Target target, Random chance, Findings findings) throws IOException {
      this.target = target;
      this.chance = chance;
      this.mutations = new RawMutations(chance);
      this.findings = findings;
      this.kept = new ArrayList<>(corpus(target.name()));
    }

    void go(int seconds, int least) {
      int sound = kept.size();
      int faults = findings.count();
      List.copyOf(kept).forEach(this::give);
      warm = true;
      long end = System.nanoTime() + seconds * NANOS_A_SECOND;
      long cases = 0;
      while (cases < least || System.nanoTime() < end && findings.count() == faults) {
        byte[] spoiled = mutations.bytes(kept.get(chance.nextInt(kept.size())));
        if (give(spoiled) && kept.size() < MOST_KEPT) {
          kept.add(spoiled); // what is still taken leads further than what is refused at once
        } else if (chance.nextInt(50) == 0 && kept.size() < MOST_KEPT) {
          kept.add(spoiled);
        }
        cases++;
      }
      findings.figure("%s: %d inputs and %d spoiled ones, at most %d KiB taken for one, %d faults", target.name(),
          sound, cases, most >> 10, findings.count() - faults);
    }

    /** Whether the input was taken for sound. */
    private boolean give(byte[] input) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      try {
        boolean taken = target.reader().takes(input);
        long memory = THREADS.getCurrentThreadAllocatedBytes() - before;
        most = warm ? Math.max(most, memory) : 0;
        findings.require(!warm || memory <= MOST_MEMORY + 64L * input.length,
            target.name() + " took " + memory + " bytes for " + shown(input));
        return taken;
      } catch (Throwable fault) { // an error of the machine, such as a full stack, is a fault as well
        findings.wrong(target.name() + ": " + fault + " at " + fault.getStackTrace()[0] + " for " + shown(input));
        return false;
      }
    }
  }

  private static List<byte[]> corpus(String name) throws IOException {
    try (InputStream in = Objects.requireNonNull(Fuzz.class.getResourceAsStream("/torture/" + name + ".txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().map(Fuzz::read).toList();
    }
  }

  private static byte[] read(String line) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < line.length(); i++) {
      if (line.startsWith("\\x", i)) {
        bytes.write(Integer.parseInt(line.substring(i + 2, i + 4), 16));
        i += 3;
      } else {
        bytes.write(line.charAt(i));
      }
    }
    return bytes.toByteArray();
  }

  private static String shown(byte[] input) {
    StringBuilder shown = new StringBuilder();
    for (byte each : input) {
      boolean plain = each >= ' ' && each < 0x7F && each != '\\';
      shown.append(plain ? String.valueOf((char) each) : "\\x%02x".formatted(each & 0xFF));
    }
    return shown.toString();
  }
}
