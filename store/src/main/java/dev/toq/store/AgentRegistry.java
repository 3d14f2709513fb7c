package dev.toq.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code HOME/.toq/agents/}: a file for each agent of this user that runs, wherever its directory is.
 *
 * <p>Promise: a convenience for finding agents; the truth about one stands in its own directory, and an agent runs also
 * where nothing can be written here. Entries of processes that ended are removed when an agent starts.
 *
 * <p>Limit: 64 KiB a file. Format: the deployed reference's five lines, and a sixth that tells processes of one number
 * apart.
 *
 * <pre>
 * name = "scout"
 * port = 9009
 * pid = 4711
 * config_dir = "/home/me/.toq"
 * started_at = "1795521600"
 * process = "boot:5d1…:88231"
 * </pre>
 *
 * <p>Commit point: the rename. Recovery: a file that cannot be read is passed over. The second agent of one name is
 * written as {@code name-PID.toml}.
 */
public final class AgentRegistry {
  /** One running agent. */
  public record Entry(String name, int port, ProcessMark process, Path directory, Instant startedAt) {}

  private static final int MOST_BYTES = 65_536;

  private record Found(Path file, Entry entry) {}

  private final Path folder;

  public AgentRegistry(DataDirectory directory) {
    this.folder = directory.registry();
  }

  /** The agents whose processes are alive, by name. */
  public List<Entry> running() throws IOException {
    return found().stream()
        .map(Found::entry)
        .filter(entry -> entry.process.liveness() == ProcessMark.Liveness.ALIVE)
        .sorted(Comparator.comparing(Entry::name).thenComparing(entry -> entry.process.pid()))
        .toList();
  }

  /** Adds an agent, and removes those that ended. */
  void add(Entry entry) throws IOException {
    Files.createDirectories(folder, FileModes.newDirectory());
    boolean nameTaken = false;
    for (Found found : found()) {
      boolean gone = found.entry.process.liveness() != ProcessMark.Liveness.ALIVE;
      if (gone || found.entry.directory.equals(entry.directory)) {
        Files.deleteIfExists(found.file);
      } else {
        nameTaken |= found.file.getFileName().toString().equals(entry.name + ".toml");
      }
    }
    String name = nameTaken ? entry.name + "-" + entry.process.pid() : entry.name;
    StringBuilder text = new StringBuilder();
    line(text, "name", entry.name);
    line(text, "port", (long) entry.port);
    line(text, "pid", entry.process.pid());
    line(text, "config_dir", entry.directory.toString());
    line(text, "started_at", Long.toString(entry.startedAt.getEpochSecond()));
    entry.process.mark().ifPresent(mark -> line(text, "process", mark));
    WholeFile.write(folder.resolve(name + ".toml"), text.toString());
  }

  private static void line(StringBuilder text, String key, Object value) {
    text.append(key).append(" = ").append(TomlText.value(value)).append('\n');
  }

  /** Removes the entry of this process. */
  void remove(ProcessMark process) throws IOException {
    for (Found found : found()) {
      if (found.entry.process.equals(process)) {
        Files.deleteIfExists(found.file);
      }
    }
  }

  private List<Found> found() throws IOException {
    List<Found> all = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return all;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.toml")) {
      for (Path file : entries) {
        entry(file).ifPresent(entry -> all.add(new Found(file, entry)));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return all;
  }

  private static Optional<Entry> entry(Path file) throws IOException {
    try {
      return WholeFile.read(file, MOST_BYTES).flatMap(AgentRegistry::read);
    } catch (StoreException | InvalidPathException e) {
      return Optional.empty(); // one file that cannot be read hides no other agent
    }
  }

  private static Optional<Entry> read(byte[] bytes) {
    Map<String, Object> root = TomlDocument.read(bytes, false).root();
    if (!(root.get("name") instanceof String name)
        || !(root.get("port") instanceof Long port)
        || !(root.get("pid") instanceof Long pid)
        || !(root.get("config_dir") instanceof String directory)
        || port < 0
        || port > 65_535) {
      return Optional.empty();
    }
    Optional<String> mark = root.get("process") instanceof String text ? Optional.of(text) : Optional.empty();
    Instant started = root.get("started_at") instanceof String seconds && seconds.matches("[0-9]{1,12}")
        ? Instant.ofEpochSecond(Long.parseLong(seconds))
        : Instant.EPOCH;
    return Optional.of(new Entry(name, port.intValue(), new ProcessMark(pid, mark), Path.of(directory), started));
  }
}
