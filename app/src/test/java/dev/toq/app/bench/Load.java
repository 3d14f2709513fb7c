package dev.toq.app.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs callers side by side for a time and collects the latency of each of their calls. */
final class Load {
  /** One call, whose duration counts where it returns true. */
  interface Caller extends AutoCloseable {
    boolean call() throws Exception;

    @Override
    void close() throws Exception;
  }

  private Load() {}

  /** One run: every caller calls without pause until the time is over. */
  static Samples run(List<? extends Caller> callers, long seconds) throws Exception {
    long start = System.nanoTime();
    long end = start + seconds * 1_000_000_000L;
    try (ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().factory())) {
      List<Future<long[]>> results = new ArrayList<>();
      for (Caller caller : callers) {
        Callable<long[]> task = () -> callUntil(caller, end);
        results.add(threads.submit(task));
      }
      List<long[]> all = new ArrayList<>();
      for (Future<long[]> result : results) {
        all.add(result.get());
      }
      return Samples.of(all.stream().flatMapToLong(Arrays::stream).toArray(), System.nanoTime() - start);
    } catch (ExecutionException failed) {
      throw new IllegalStateException("a caller failed", failed.getCause());
    }
  }

  private static long[] callUntil(Caller caller, long end) throws Exception {
    long[] latencies = new long[1024];
    int count = 0;
    long before = System.nanoTime();
    while (before < end) {
      boolean counts = caller.call();
      long after = System.nanoTime();
      if (!counts) {
        before = after;
        continue;
      }
      if (count == latencies.length) {
        latencies = Arrays.copyOf(latencies, count * 2);
      }
      latencies[count++] = after - before;
      before = after;
    }
    return Arrays.copyOf(latencies, count);
  }
}
