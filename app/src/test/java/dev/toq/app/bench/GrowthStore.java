package dev.toq.app.bench;

import dev.toq.launcher.Relaunch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Fills a store with messages in a process of its own, with the daemon's flags, and measures on the way what one more
 * message costs: by turns in this store and in a fresh one that holds {@value #FEW}. Cost is processor time of the
 * whole process, so that the disk's moods do not count, while snapshots of an index do. At last the process ends as by
 * a kill.
 */
final class GrowthStore {
  static final int FEW = 1_000;
  private static final int BLOCK = 1_000;
  /** So many messages let every index be written anew at least once. */
  private static final int ROUNDS = 60;
  private static final int WARM_UP = 100_000;
  private static final int WARM_UP_BLOCKS = 50;
  private static final int FILL = 5_000;

  /** What grows; {@link GrownInbox} and {@link GrownOutbox}. */
  interface Grown extends AutoCloseable {
    /** How many kinds of cost there are. */
    int kinds();

    /** Adds so many messages, the first of them with this number, and waits until all are durable. */
    void add(int first, int count) throws Exception;

    /** Prepares one block of a kind of cost, where {@code stored} messages are stored; kind 0 adds the block. */
    Block block(int kind, int stored, int count) throws Exception;

    @Override
    void close() throws IOException;
  }

  /** What is measured; it returns when all that must be durable is. */
  interface Block {
    void run() throws Exception;
  }

  /** Opens a store in a directory that is there. */
  interface Opening {
    Grown open(Path directory) throws IOException;
  }

  /**
   * What a block costs at one number of stored messages. {@code micros}: of one message, for each kind; and with few.
   */
  record Point(int stored, List<Double> micros, List<Double> microsWithFew) {
    double ratio(int kind) {
      return micros.get(kind) / microsWithFew.get(kind);
    }
  }

  private final Opening opening;
  private final Path directory;

  private GrowthStore(Opening opening, Path directory) {
    this.opening = opening;
    this.directory = directory;
  }

  /** Grows the store of this kind, {@code inbox} or {@code outbox}, in a new process. */
  static List<Point> inProcess(String kind, Path directory, List<Integer> sizes) throws Exception {
    List<String> words = new ArrayList<>(List.of(kind, directory.toString()));
    sizes.forEach(size -> words.add(Integer.toString(size)));
    List<Point> points = new ArrayList<>();
    for (String line : JavaProcess.run(Relaunch.flags(Relaunch.Kind.DAEMON), GrowthStore.class, words, 900)) {
      List<String> figures = List.of(line.split(" ", -1));
      List<Double> costs = figures.subList(1, figures.size()).stream().map(Double::valueOf).toList();
      points.add(new Point(Integer.parseInt(figures.getFirst()), costs.subList(0, costs.size() / 2),
          costs.subList(costs.size() / 2, costs.size())));
    }
    return points;
  }

  /** Kind, directory, sizes in ascending order; prints a line for each {@link Point}. */
  public static void main(String[] arguments) throws Exception {
    Opening opening = switch (arguments[0]) {
      case "inbox" -> GrownInbox::open;
      case "outbox" -> GrownOutbox::open;
      default -> throw new IllegalArgumentException(arguments[0]);
    };
    GrowthStore growth = new GrowthStore(opening, Path.of(arguments[1]));
    growth.warmUp();
    growth.grow(Stream.of(arguments).skip(2).map(Integer::valueOf).toList());
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  private void warmUp() throws Exception {
    Path scratch = Files.createTempDirectory(directory, "warm-up-");
    try (Grown grown = opening.open(scratch)) {
      fill(grown, 0, WARM_UP);
      for (int kind = 0; kind < grown.kinds(); kind++) {
        for (int block = 0; block < WARM_UP_BLOCKS; block++) {
          grown.block(kind, WARM_UP + (kind == 0 ? block * BLOCK : 0), BLOCK).run();
        }
      }
    }
    delete(scratch);
  }

  private void grow(List<Integer> sizes) throws Exception {
    Grown grown = opening.open(directory);
    int stored = 0;
    for (int size : sizes) {
      int rounds = Math.min(ROUNDS, (size - stored) / 2 / BLOCK);
      fill(grown, stored, size - rounds * BLOCK);
      stored = size - rounds * BLOCK;
      List<Double> costs = new ArrayList<>();
      List<Double> costsWithFew = new ArrayList<>();
      for (int kind = 0; kind < grown.kinds(); kind++) {
        long cost = 0;
        long costWithFew = 0;
        for (int round = 0; round < rounds; round++) {
          costWithFew += blockWithFew(kind);
          cost += block(grown, kind, stored);
          stored += kind == 0 ? BLOCK : 0;
        }
        costs.add(cost / 1e3 / rounds / BLOCK);
        costsWithFew.add(costWithFew / 1e3 / rounds / BLOCK);
      }
      print(size, costs, costsWithFew);
    }
  }

  private static void print(int size, List<Double> costs, List<Double> costsWithFew) {
    StringBuilder line = new StringBuilder(Integer.toString(size));
    costs.forEach(cost -> line.append(String.format(Locale.ROOT, " %.4f", cost)));
    costsWithFew.forEach(cost -> line.append(String.format(Locale.ROOT, " %.4f", cost)));
    System.out.println(line);
  }

  private long blockWithFew(int kind) throws Exception {
    Path scratch = Files.createTempDirectory(directory, "few-");
    long cost;
    try (Grown few = opening.open(scratch)) {
      few.add(0, FEW);
      cost = block(few, kind, FEW);
    }
    delete(scratch);
    return cost;
  }

  private static long block(Grown grown, int kind, int stored) throws Exception {
    Block prepared = grown.block(kind, stored, BLOCK);
    long before = ProcessorTime.nanos();
    prepared.run();
    return ProcessorTime.nanos() - before;
  }

  private static void fill(Grown grown, int from, int to) throws Exception {
    for (int at = from; at < to; at += FILL) {
      grown.add(at, Math.min(FILL, to - at));
    }
  }

  static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
