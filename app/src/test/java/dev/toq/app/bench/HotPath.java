package dev.toq.app.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where the processor time of a process went, from its recording: each sample counts for the method of ours that is
 * nearest to what ran, with all that this method called outside of our code.
 */
final class HotPath {
  /** So many methods are printed. */
  private static final int TOP = 5;
  private static final String OURS = "dev.toq.";

  private HotPath() {}

  /** Flags of a runtime that write such a recording at its end. */
  static List<String> flags(Path recording) {
    return List.of("-XX:StartFlightRecording=settings=profile,jdk.CPUTimeSample#enabled=true,"
        + "jdk.CPUTimeSample#throttle=2ms,dumponexit=true,filename="
        + recording.toAbsolutePath());
  }

  /** Prints the methods that took most, each with its share of all samples, and what it called most. */
  static void print(String title, Path recording, PrintStream out) throws IOException {
    Map<String, Integer> methods = new HashMap<>();
    Map<String, Map<String, Integer>> called = new HashMap<>();
    int samples = 0;
    try (RecordingFile file = new RecordingFile(recording)) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        if (event.getEventType().getName().equals("jdk.CPUTimeSample") && event.getStackTrace() != null) {
          List<RecordedFrame> frames = event.getStackTrace().getFrames();
          String method = nearest(frames);
          methods.merge(method, 1, Integer::sum);
          called.computeIfAbsent(method, unused -> new HashMap<>())
              .merge(name(frames.getFirst().getMethod()), 1, Integer::sum);
          samples++;
        }
      }
    }
    out.printf(Locale.ROOT, "%s: %d samples%n", title, samples);
    for (Map.Entry<String, Integer> method : largest(methods)) {
      Map<String, Integer> within = Optional.ofNullable(called.get(method.getKey())).orElseGet(Map::of);
      out.printf(Locale.ROOT, "  %4.1f %%  %s, most in %s%n", 100.0 * method.getValue() / samples, method.getKey(),
          largest(within).getFirst().getKey());
    }
  }

  private static List<Map.Entry<String, Integer>> largest(Map<String, Integer> counts) {
    return counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey()))
        .limit(TOP).toList();
  }

  private static String nearest(List<RecordedFrame> frames) {
    for (RecordedFrame frame : frames) {
      if (frame.getMethod().getType().getName().startsWith(OURS)) {
        return name(frame.getMethod());
      }
    }
    return "(none of ours) " + name(frames.getLast().getMethod());
  }

  private static String name(RecordedMethod method) {
    String type = method.getType().getName();
    return type.substring(type.lastIndexOf('.') + 1) + "." + method.getName();
  }
}
