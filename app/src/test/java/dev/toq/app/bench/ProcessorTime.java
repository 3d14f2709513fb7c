package dev.toq.app.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Processor time of this process, all threads together, by {@code clock_gettime}: Java's own counts in steps of 10 ms.
 */
final class ProcessorTime {
  /** CLOCK_PROCESS_CPUTIME_ID of Linux. */
  private static final int OF_PROCESS = 2;

  private static final MethodHandle CLOCK_GETTIME = Linker.nativeLinker().downcallHandle(
      Linker.nativeLinker().defaultLookup().findOrThrow("clock_gettime"),
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

  private ProcessorTime() {}

  static long nanos() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(ValueLayout.JAVA_LONG, 2); // struct timespec
      if ((int) CLOCK_GETTIME.invokeExact(OF_PROCESS, time) != 0) {
        throw new IllegalStateException("the system has no such clock");
      }
      return time.getAtIndex(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L + time.getAtIndex(ValueLayout.JAVA_LONG, 1);
    } catch (Throwable impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
