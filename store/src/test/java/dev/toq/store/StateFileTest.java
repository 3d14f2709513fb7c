package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import dev.toq.store.ProcessMark.Liveness;
import dev.toq.store.StateFile.Found;
import dev.toq.store.StateFile.Running;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateFileTest {
  private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

  @TempDir Path folder;

  private DataDirectory directory = new DataDirectory(Path.of("/"), Path.of("/"), DataDirectory.Origin.HOME);

  @BeforeEach
  void create() throws IOException {
    directory = other("agent");
  }

  private DataDirectory other(String name) throws IOException {
    DataDirectory made =
        DataDirectory.resolve(Map.of("HOME", folder.toString()), folder, Optional.of(Path.of(name)));
    made.create();
    return made;
  }

  private static Running running(ProcessMark process) {
    return new Running(Address.parse("toq://192.0.2.1:9010/scout"), 9010, "approval", process, NOON);
  }

  @Test
  @DisplayName("A published daemon is found with its port, in files of mode 600 that the SDKs can read")
  void published() throws Exception {
    Running running = running(ProcessMark.own());
    StateFile.publish(directory, running);

    assertEquals(Optional.of(running), StateFile.running(directory));
    JsonObject state = (JsonObject) StrictJson.parse(Files.readAllBytes(directory.state()));
    assertEquals(Optional.of(new JsonNumber("9010")), state.get("port"));
    assertEquals(Optional.of("running"), state.text("status"));
    assertEquals(Long.toString(ProcessHandle.current().pid()), Files.readString(directory.pid()), "no line end");
    for (Path file : List.of(directory.state(), directory.pid(), folder.resolve(".toq/agents/scout.toml"))) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }
  }

  @Test
  @DisplayName("A daemon that ended well leaves no file, and takes no file that is not its own")
  void withdrawn() throws IOException {
    StateFile.publish(directory, running(ProcessMark.own()));
    StateFile.withdraw(directory, new ProcessMark(1, Optional.empty()));
    assertTrue(StateFile.running(directory).isPresent());
    StateFile.withdraw(directory, ProcessMark.own());
    assertEquals(new Found.Nothing(), StateFile.look(directory));
    assertFalse(Files.exists(directory.state()));
  }

  @Test
  @DisplayName("A daemon that stops is in no list any more, and found as one that stops until it has ended")
  void stopping() throws IOException {
    Running running = running(ProcessMark.own());
    StateFile.publish(directory, running);
    assertEquals(Optional.empty(), StateFile.leave(directory, running));

    assertEquals(List.of(), new AgentRegistry(directory).running());
    Running found = StateFile.running(directory).orElseThrow();
    assertTrue(found.isStopping());
    assertEquals(running.pid(), found.pid());
  }

  @Test
  @DisplayName("A daemon stops also where its state cannot be written; its owner is told")
  void stoppingUntold() throws IOException {
    StateFile.publish(directory, running(ProcessMark.own()));
    Files.delete(directory.state());
    Files.createDirectories(directory.state().resolve("in the way"));
    String warning = StateFile.leave(directory, running(ProcessMark.own())).orElse("");
    assertTrue(warning.startsWith(directory.state() + " does not say that this agent is stopping: "), warning);
    assertEquals(List.of(), new AgentRegistry(directory).running());
  }

  @Test
  @DisplayName("A pid file that names a dead process is stale")
  void dead() throws Exception {
    Process process = new ProcessBuilder("true").start();
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    ProcessMark gone = new ProcessMark(process.pid(), ProcessMark.own().mark());
    StateFile.publish(directory, running(gone));
    assertEquals(new Found.Stale(process.pid(), Liveness.DEAD), StateFile.look(directory));
    assertEquals(Optional.empty(), StateFile.running(directory));
  }

  @Test
  @DisplayName("A pid file whose number another program has by now is stale")
  void foreign() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    try {
      StateFile.publish(directory, running(new ProcessMark(process.pid(), ProcessMark.own().mark())));
      assertEquals(new Found.Stale(process.pid(), Liveness.FOREIGN), StateFile.look(directory));
      Files.delete(directory.state());
      assertEquals(new Found.Stale(process.pid(), Liveness.FOREIGN), StateFile.look(directory),
          "its command is not toq");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  @DisplayName("A zombie counts as dead")
  void zombie() throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/stat")), "there is no /proc on this system");
    // The shell becomes a sleep that never asks for its child's end, so the child stays a zombie. The child lives until
    // it is told to end, because a shell that still is one would bury it.
    Process parent = new ProcessBuilder("sh", "-c", "exec 3<&0; { read x <&3; } & echo $!; exec sleep 60").start();
    try (BufferedReader out = parent.inputReader(); Writer in = parent.outputWriter()) {
      long pid = Long.parseLong(String.valueOf(out.readLine()).strip());
      awaitProc(parent.pid(), "comm", "sleep");
      in.write("\n");
      in.flush();
      awaitProc(pid, "stat", ") Z ");
      assertEquals(Liveness.DEAD, new ProcessMark(pid, Optional.empty()).liveness());
    } finally {
      parent.destroyForcibly();
    }
  }

  private static void awaitProc(long pid, String file, String text) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!Files.readString(Path.of("/proc/" + pid + "/" + file)).contains(text)) {
      assertTrue(System.nanoTime() < deadline, "no " + text + " within 20 s");
      Thread.onSpinWait();
    }
  }

  @Test
  @DisplayName("A daemon of the deployed reference, which leaves no mark, is known by its command")
  void reference() throws Exception {
    Path toq = folder.resolve("toq");
    Files.copy(Path.of("/bin/sleep"), toq, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    Process process = new ProcessBuilder(toq.toString(), "60").start();
    try {
      Files.writeString(directory.pid(), Long.toString(process.pid()));
      Files.writeString(
          directory.state(),
          "{\"address\": \"toq://localhost/scout\", \"port\": 9009, \"status\": \"running\", \"pid\": " + process.pid()
              + "}");
      assertInstanceOf(Found.Alive.class, StateFile.look(directory));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  @DisplayName("Nonsense in the pid file, and a state that says too little, are no running daemon")
  void nonsense() throws IOException {
    for (String text : List.of("", "x", "-1", "99999999999999999999", "0")) {
      Files.writeString(directory.pid(), text);
      assertEquals(Optional.empty(), StateFile.running(directory), text);
    }
    StateFile.publish(directory, running(ProcessMark.own()));
    for (String text : List.of("", "{", "[]", "{\"pid\":" + ProcessHandle.current().pid() + "}")) {
      Files.writeString(directory.state(), text);
      assertEquals(Optional.empty(), StateFile.running(directory), text);
    }
  }

  @Test
  @DisplayName("A directory has one daemon at a time; its end gives the right back")
  void hold() throws IOException {
    StateFile.Hold hold = StateFile.hold(directory);
    StoreException refused = assertThrows(StoreException.class, () -> StateFile.hold(directory));
    assertTrue(String.valueOf(refused.getMessage()).startsWith("already running"), refused.getMessage());
    hold.close();
    StateFile.hold(directory).close();
  }

  @Test
  @DisplayName("The list of agents holds five lines that the deployed reference reads, and drops those that ended")
  void registry() throws Exception {
    Process process = new ProcessBuilder("true").start();
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    StateFile.publish(other("one"), running(new ProcessMark(process.pid(), Optional.of("boot:x:1"))));
    StateFile.publish(directory, running(ProcessMark.own()));

    List<AgentRegistry.Entry> found = new AgentRegistry(directory).running();

    assertEquals(
        List.of(new AgentRegistry.Entry("scout", 9010, ProcessMark.own(), directory.root(), NOON)), found);
    List<String> lines = Files.readAllLines(folder.resolve(".toq/agents/scout.toml"));
    assertEquals(
        List.of(
            "name = \"scout\"", "port = 9010", "pid = " + ProcessHandle.current().pid(),
            "config_dir = \"" + directory.root() + "\"", "started_at = \"" + NOON.getEpochSecond() + "\""),
        lines.subList(0, 5));
  }

  @Test
  @DisplayName("Two agents of one name do not overwrite each other")
  void sameName() throws IOException {
    StateFile.publish(other("one"), running(ProcessMark.own()));
    StateFile.publish(other("two"), running(ProcessMark.own()));
    assertTrue(Files.exists(folder.resolve(".toq/agents/scout.toml")));
    assertTrue(Files.exists(folder.resolve(".toq/agents/scout-" + ProcessHandle.current().pid() + ".toml")));
    assertEquals(2, new AgentRegistry(directory).running().size());
    StateFile.publish(other("one"), running(ProcessMark.own()));
    assertEquals(2, new AgentRegistry(directory).running().size(), "one entry a directory");
  }

  @Test
  @DisplayName("An agent runs, and ends, where the list of agents cannot be written; its owner is told")
  void noRegistry() throws IOException {
    Files.writeString(folder.resolve(".toq"), "in the way");
    Optional<String> warning = StateFile.publish(directory, running(ProcessMark.own()));
    assertTrue(warning.orElse("").startsWith("the list of running agents in " + folder.resolve(".toq/agents")),
        warning.toString());
    assertTrue(StateFile.running(directory).isPresent());
    StateFile.withdraw(directory, ProcessMark.own());
    assertEquals(new Found.Nothing(), StateFile.look(directory));
  }

  @Test
  @DisplayName("A file in the list of agents that cannot be read is passed over, by whoever starts and whoever asks")
  void unreadableEntry() throws IOException {
    Path agents = Files.createDirectories(folder.resolve(".toq/agents"));
    Files.createDirectory(agents.resolve("folder.toml"));
    Files.write(agents.resolve("large.toml"), new byte[65_537]);
    Files.writeString(agents.resolve("place.toml"),
        "name = \"a\"\nport = 1\npid = 1\nconfig_dir = \"/a\\u0000b\"\n");
    Files.writeString(agents.resolve("damaged.toml"), "name = ");

    assertEquals(Optional.empty(), StateFile.publish(directory, running(ProcessMark.own())));

    assertEquals(List.of("scout"),
        new AgentRegistry(directory).running().stream().map(AgentRegistry.Entry::name).toList());
    assertEquals(Optional.empty(), StateFile.leave(directory, running(ProcessMark.own())));
    assertTrue(Files.exists(agents.resolve("large.toml")), "what is not ours to judge stays");
  }
}
