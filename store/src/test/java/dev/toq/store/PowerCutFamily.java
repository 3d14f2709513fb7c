package dev.toq.store;

import java.nio.file.Path;
import java.util.Random;

/**
 * Files that belong together, for {@link PowerCut}: how they are worked with, and what must be found afterwards.
 *
 * @param <P> what is promised at one moment; compared by value, and never changed
 */
interface PowerCutFamily<P> {
  String name();

  /** Work that is about to begin in an empty directory. */
  Work<P> begin(Random chance);

  /** One piece of work. */
  interface Work<P> {
    /** Works through this layer and waits for what it does; returns when all files are closed. */
    void run(FileLayer files, Path directory) throws Exception;

    /** What is promised now, and what may be expected. Asked on any thread. */
    P promised();
  }

  /**
   * Opens what a power cut has left, through this layer, and closes it again.
   *
   * @throws AssertionError with a sentence where a promise does not hold
   * @throws Exception where the files cannot be opened, which is a fault too
   */
  void check(P promised, FileLayer files, Path directory) throws Exception;
}
