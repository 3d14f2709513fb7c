package dev.toq.app.torture;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a process holds: its sockets, and the threads of this one by their kind. */
final class Descriptors {
  /**
   * The kinds of virtual threads that live no longer than a connection (docs/threads.md). A lane, {@code toq-send}, is
   * none of them: it lives as long as a message that was sent and not acknowledged.
   */
  private static final List<String> KINDS = List.of("toq-in", "toq-out", "toq-ack", "toq-ping");

  private Descriptors() {}

  /** How many sockets this process has open. */
  static long sockets(long pid) throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return all.filter(Descriptors::isSocket).count();
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException gone) {
      return false; // closed since it was listed
    }
  }

  /** The daemon's threads in this process that live, virtual ones among them, counted by their kind. */
  static Map<String, Integer> threads() throws IOException {
    Path directory = Files.createTempDirectory("toq-threads-");
    Path dump = directory.resolve("threads.json");
    try {
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
          .dumpThreads(dump.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.JSON);
      JsonObject root = JsonParser.parseString(Files.readString(dump)).getAsJsonObject();
      Map<String, Integer> found = new TreeMap<>();
      for (JsonElement container : root.getAsJsonObject("threadDump").getAsJsonArray("threadContainers")) {
        for (JsonElement thread : container.getAsJsonObject().getAsJsonArray("threads")) {
          String name = thread.getAsJsonObject().get("name").getAsString();
          KINDS.stream().filter(name::startsWith).forEach(kind -> found.merge(kind, 1, Integer::sum));
        }
      }
      return found;
    } finally {
      Files.deleteIfExists(dump);
      Files.delete(directory);
    }
  }
}
