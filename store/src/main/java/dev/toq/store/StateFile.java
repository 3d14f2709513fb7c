package dev.toq.store;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import dev.toq.store.ProcessMark.Liveness;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * {@code state.json} and {@code toq.pid}: the daemon that runs in a directory.
 *
 * <p>Promise: one daemon a directory, by a lock that the system takes back when its holder dies, however it dies. A
 * file that a dead daemon left, or whose number another program has now, never counts as a running daemon. One that
 * stops says so, {@code "status":"stopping"}, and counts as running until it has ended.
 *
 * <p>Limit: 64 KiB. Format: the deployed reference's, and a member {@code process} that tells processes of one number
 * apart.
 *
 * <pre>
 * {"active_connections":0,"address":"toq://localhost/scout","connection_mode":"approval","messages_in":0,
 *  "messages_out":0,"pid":4711,"port":9009,"status":"running","started_at":"…","process":"boot:5d1…:88231"}
 * toq.pid:   4711
 * </pre>
 *
 * <p>Commit point: the rename of {@code toq.pid}, written last and removed first. Recovery: the next start replaces
 * what a crash left.
 */
public final class StateFile {
  /**
   * A daemon that runs.
   *
   * @param address as peers may call it
   * @param port where it listens, 1 to 65535; nobody answers there any more where it is stopping
   * @param isStopping it lets its conversations end, and then ends itself
   */
  public record Running(Address address, int port, String connectionMode, ProcessMark process, Instant startedAt,
      boolean isStopping) {
    /** One that answers. */
    public Running(Address address, int port, String connectionMode, ProcessMark process, Instant startedAt) {
      this(address, port, connectionMode, process, startedAt, false);
    }

    public long pid() {
      return process.pid();
    }

    private Running stopping() {
      return new Running(address, port, connectionMode, process, startedAt, true);
    }
  }

  /** What the files of a directory say, and whether it is true. */
  public sealed interface Found {
    record Alive(Running running) implements Found {}

    /** The pid file names a process that is dead or another program; or one that lives, but says nothing readable. */
    record Stale(long pid, Liveness liveness) implements Found {}

    record Nothing() implements Found {}
  }

  private static final int MOST_BYTES = 65_536;
  private static final String STOPPING = "stopping";

  private StateFile() {}

  /** The right to be the daemon of a directory; given up by closing it, or by the end of the process. */
  public static final class Hold implements AutoCloseable {
    private final FileChannel channel;

    private Hold(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /**
   * Becomes the daemon of this directory.
   *
   * @throws StoreException where another one is
   */
  public static Hold hold(DataDirectory directory) throws IOException {
    if (look(directory) instanceof Found.Alive(Running running) && running.pid() != ProcessHandle.current().pid()) {
      throw taken("process " + running.pid() + ", port " + running.port());
    }
    FileChannel channel = FileChannel.open(
        directory.root().resolve("toq.lock"),
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
        FileModes.newFile());
    boolean ours = false;
    try {
      FileLock lock = channel.tryLock();
      ours = lock != null;
    } catch (OverlappingFileLockException e) {
      throw taken("in this very process", e);
    } finally {
      if (!ours) {
        channel.close();
      }
    }
    if (!ours) {
      throw taken("another process holds " + directory.root().resolve("toq.lock"));
    }
    return new Hold(channel);
  }

  private static StoreException taken(String by) {
    return new StoreException("already running (" + by + ")", "'toq status' shows it, 'toq down' stops it");
  }

  private static StoreException taken(String by, Throwable cause) {
    return new StoreException(
        "already running (" + by + ")", "'toq status' shows it, 'toq down' stops it", cause);
  }

  /**
   * Tells the world that the daemon answers now. The caller holds the directory.
   *
   * @return a warning for the owner where the agent cannot be entered into the list of those that run
   */
  public static Optional<String> publish(DataDirectory directory, Running running) throws IOException {
    writeState(directory, running);
    AgentRegistry.Entry entry = new AgentRegistry.Entry(
        running.address().agent(), running.port(), running.process(), directory.root(), running.startedAt());
    Optional<String> warning = listed(directory, registry -> registry.add(entry));
    WholeFile.write(directory.pid(), Long.toString(running.pid()));
    return warning;
  }

  /**
   * Tells the world that the daemon answers no more, and takes it from the list of those that run. Its files stay.
   * Nothing keeps it from stopping, such as a disk that is full.
   *
   * @return a warning for the owner where files cannot be changed
   */
  public static Optional<String> leave(DataDirectory directory, Running running) {
    Optional<String> warning = listed(directory, registry -> registry.remove(running.process()));
    try {
      writeState(directory, running.stopping());
    } catch (IOException e) {
      return Optional.of(directory.state() + " does not say that this agent is stopping: " + DataDirectory.reason(e));
    }
    return warning;
  }

  private static void writeState(DataDirectory directory, Running running) throws IOException {
    JsonObject state = JsonObject.builder()
        .put("active_connections", 0)
        .put("address", running.address().toString())
        .put("connection_mode", running.connectionMode())
        .put("messages_in", 0)
        .put("messages_out", 0)
        .put("pid", running.pid())
        .put("port", running.port())
        .put("status", running.isStopping() ? STOPPING : "running")
        .put("started_at", running.startedAt().toString())
        .putText("process", running.process().mark())
        .build();
    WholeFile.write(directory.state(), StrictJson.write(state));
  }

  /** Removes the files of a daemon that has ended, where they still speak of this process. */
  public static void withdraw(DataDirectory directory, ProcessMark process) throws IOException {
    if (pid(directory).equals(Optional.of(process.pid()))) {
      Files.deleteIfExists(directory.pid());
      Files.deleteIfExists(directory.state());
    }
  }

  private interface Listing {
    void in(AgentRegistry registry) throws IOException;
  }

  /** Agents are found by the list; they run without it. */
  private static Optional<String> listed(DataDirectory directory, Listing change) {
    try {
      change.in(new AgentRegistry(directory));
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("the list of running agents in " + directory.registry()
          + " cannot be kept, so --name may not find this one: " + DataDirectory.reason(e));
    }
  }

  /** The daemon that runs in this directory. */
  public static Optional<Running> running(DataDirectory directory) throws IOException {
    return look(directory) instanceof Found.Alive(Running running) ? Optional.of(running) : Optional.empty();
  }

  /** What the files say. Changes nothing. */
  public static Found look(DataDirectory directory) throws IOException {
    Optional<Long> pid = pid(directory);
    if (pid.isEmpty()) {
      return new Found.Nothing();
    }
    Optional<JsonObject> state = state(directory);
    boolean same = state.flatMap(s -> whole(s, "pid")).equals(pid);
    Optional<String> mark = same ? state.flatMap(s -> s.text("process")) : Optional.empty();
    ProcessMark process = new ProcessMark(pid.get(), mark);
    Liveness liveness = process.liveness();
    Optional<Running> running = state.filter(s -> same).flatMap(s -> read(s, process));
    return liveness == Liveness.ALIVE // R-8.9-05: what a crash left behind keeps nobody from starting
            && running.isPresent()
        ? new Found.Alive(running.get())
        : new Found.Stale(pid.get(), liveness);
  }

  private static Optional<Running> read(JsonObject state, ProcessMark process) {
    Optional<Long> port = whole(state, "port").filter(p -> p > 0 && p <= 65_535);
    try {
      Address address = Address.parse(state.text("address").orElse(""));
      Instant started = Instant.parse(state.text("started_at").orElse(Instant.EPOCH.toString()));
      String mode = state.text("connection_mode").orElse("");
      boolean stopping = state.text("status").equals(Optional.of(STOPPING));
      return port.map(p -> new Running(address, p.intValue(), mode, process, started, stopping));
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty(); // a state that says too little is as good as none: look() calls it stale
    }
  }

  private static Optional<Long> pid(DataDirectory directory) throws IOException {
    return WholeFile.read(directory.pid(), MOST_BYTES)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8).strip())
        .filter(text -> text.matches("[0-9]{1,18}"))
        .map(Long::valueOf);
  }

  private static Optional<JsonObject> state(DataDirectory directory) throws IOException {
    Optional<byte[]> bytes = WholeFile.read(directory.state(), MOST_BYTES);
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    try {
      return StrictJson.parse(bytes.get()) instanceof JsonObject object ? Optional.of(object) : Optional.empty();
    } catch (JsonException e) {
      return Optional.empty(); // cut off by a crash of another program: the process alone decides
    }
  }

  private static Optional<Long> whole(JsonObject object, String name) {
    JsonValue value = object.members().get(name);
    return value instanceof JsonNumber(String text) && text.matches("[0-9]{1,18}")
        ? Optional.of(Long.valueOf(text))
        : Optional.empty();
  }
}
