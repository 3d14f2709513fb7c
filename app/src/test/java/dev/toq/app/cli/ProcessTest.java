package dev.toq.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.AgentRegistry;
import dev.toq.store.DataDirectory;
import dev.toq.store.KeyStore;
import dev.toq.store.Permissions;
import dev.toq.store.PermissionsFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only a process of its own can show: streams, signals, the encoding of the command line. */
class ProcessTest {
  private static final long DEADLINE_SECONDS = 60;

  @TempDir Path home;

  @AfterEach
  void stop() throws Exception {
    toq("down").waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  private Process toq(String... words) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(
        "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), "dev.toq.app.cli.Toq"));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
    builder.environment().put("HOME", home.toString());
    builder.environment().put("LC_ALL", "C");
    builder.environment().remove("TOQ_CONFIG_DIR");
    return builder.start();
  }

  /** All that the process writes until nobody holds its stream any more. */
  private static String untilEnd(InputStream stream) throws Exception {
    return CompletableFuture.supplyAsync(
            () -> {
              try {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .get(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  private int freePortSetUp() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Process setup = toq("setup", "--yes");
    assertEquals("", untilEnd(setup.getErrorStream()));
    assertEquals(0, setup.waitFor());
    Path config = home.resolve(".toq/config.toml");
    Files.writeString(config, Files.readString(config).replace("port = 9009", "port = " + port));
    return port;
  }

  @Test
  @DisplayName("R-26.2-01: the daemon that up started holds no stream of its caller, and answers when up returns")
  void background() throws Exception {
    int port = freePortSetUp();
    Process up = toq("up");
    assertTrue(untilEnd(up.getInputStream()).startsWith("toq is running\n"));
    assertEquals("", untilEnd(up.getErrorStream()));
    assertTrue(up.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS));
    assertEquals(0, up.exitValue());
    assertTrue(new LocalApi(port).healthy(Duration.ofSeconds(5)));
    assertEquals("rw-------", mode(home.resolve(".toq/logs/toq.log")));
  }

  @Test
  @DisplayName("R-22.1-01: in the background each event is logged once, in the file of its day; toq.log holds only "
      + "output")
  void loggedOnce() throws Exception {
    freePortSetUp();
    informative();
    assertEquals(0, toq("up").waitFor());
    assertEquals(0, toq("block", "--from", "toq://nobody.example/*").waitFor());
    List<Path> files;
    try (Stream<Path> logs = Files.list(home.resolve(".toq/logs"))) {
      files = logs.filter(Files::isRegularFile).sorted().toList();
    }
    assertEquals(2, files.size(), files.toString());
    assertEquals(0, lines(files.get(0), "rule changed blocked"), "toq.log");
    assertEquals(1, lines(files.get(1), "rule changed blocked"));
  }

  private void informative() throws IOException {
    Path config = home.resolve(".toq/config.toml");
    String text = Files.readString(config);
    assertTrue(text.contains("log_level = \"warn\""), text);
    Files.writeString(config, text.replace("log_level = \"warn\"", "log_level = \"info\""));
  }

  private static long lines(Path file, String words) throws IOException {
    return Files.readAllLines(file).stream().filter(line -> line.contains(words)).count();
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  @DisplayName("R-26.2-02: in the foreground it says who it is, stays, and a TERM signal ends it and frees its port")
  void foreground() throws Exception {
    int port = freePortSetUp();
    informative();
    Process up = toq("up", "--foreground");
    BufferedReader out = up.inputReader(StandardCharsets.UTF_8);
    assertEquals("Agent         agent", out.readLine());
    assertEquals("Address       toq://localhost:" + port + "/agent", out.readLine());
    awaitHealth(port);
    assertEquals(0, toq("block", "--from", "toq://nobody.example/*").waitFor());
    String line = out.readLine();
    while (line != null && !line.contains("rule changed blocked")) {
      line = out.readLine();
    }
    assertTrue(line != null, "the log is on standard output");
    up.destroy();
    assertTrue(up.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS));
    assertFalse(new LocalApi(port).listens());
    assertFalse(Files.exists(home.resolve(".toq/toq.pid")));
  }

  @Test
  @DisplayName("R-8.5-01: a TERM signal leaves rules, requests and peers on the disk and no entry in the list of "
      + "agents")
  void terminated() throws Exception {
    int port = freePortSetUp();
    DataDirectory directory = directory();
    RawIdentity friend = RawIdentity.of("toq://localhost:7001/friend");
    RawIdentity stranger = RawIdentity.of("toq://localhost:7002/stranger");
    PublicKey foe = PublicKey.parse(RawIdentity.of("toq://localhost:7003/foe").publicKey());
    Permissions rules = PermissionsFile.open(directory, InstantSource.system());
    rules.approve(new Permissions.Rule.ByKey(PublicKey.parse(friend.publicKey())));
    rules.block(new Permissions.Rule.ByKey(foe));
    Process up = toq("up", "--foreground");
    awaitHealth(port);
    assertEquals(1, new AgentRegistry(directory).running().size());
    try (RawPeer peer = RawPeer.active(friend, "127.0.0.1", port)) {
      askIn(stranger, port);
      up.destroy();
      assertTrue(up.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS));
      peer.expectEof(RawPeer.PATIENCE);
    }
    String permissions = Files.readString(directory.permissions());
    for (String key : List.of(friend.publicKey(), stranger.publicKey(), foe.toString())) {
      assertTrue(permissions.contains(key), key);
    }
    assertTrue(Files.readString(directory.peers()).contains(friend.publicKey()));
    assertFalse(Files.exists(directory.pid()));
    try (Stream<Path> entries = Files.list(home.resolve(".toq/agents"))) {
      assertEquals(List.of(), entries.toList());
    }
  }

  @Test
  @DisplayName("While an agent lets its conversations end, commands say that it is stopping, and down cuts that short")
  void stopping() throws Exception {
    int port = freePortSetUp();
    RawIdentity friend = RawIdentity.of("toq://localhost:7001/friend");
    PermissionsFile.open(directory(), InstantSource.system())
        .approve(new Permissions.Rule.ByKey(PublicKey.parse(friend.publicKey())));
    Process up = toq("up", "--foreground");
    awaitHealth(port);
    try (RawPeer peer = RawPeer.active(friend, "127.0.0.1", port)) {
      Process graceful = toq("down", "--graceful");
      peer.readEnvelope(RawPeer.PATIENCE, "session.disconnect"); // and this peer says no goodbye
      assertTrue(untilEnd(toq("status").getInputStream()).startsWith("toq is stopping"));
      assertTrue(untilEnd(toq("status", "--json").getInputStream()).contains("\"status\":\"stopping\""));
      for (String command : List.of("up", "approvals", "peers", "rotate-keys", "send toq://localhost/friend hello")) {
        String error = untilEnd(toq(command.split(" ")).getErrorStream());
        assertTrue(error.startsWith("toq: error: toq is stopping"), command + ": " + error);
      }
      assertTrue(up.isAlive(), "it still waits for the peer");
      assertEquals("toq is stopped\n", untilEnd(toq("down").getInputStream()));
      assertTrue(up.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS));
      assertEquals("toq is stopped\n", untilEnd(graceful.getInputStream()));
    }
    assertFalse(Files.exists(directory().pid()));
  }

  @Test
  @DisplayName("R-16.7-01: a mode that is edited in config.toml counts for strangers while the daemon runs")
  void modeEdited() throws Exception {
    int port = freePortSetUp();
    DataDirectory directory = directory();
    RawIdentity stranger = RawIdentity.of("toq://localhost:7002/stranger");
    Process up = toq("up", "--foreground");
    awaitHealth(port);
    askIn(stranger, port);
    Files.writeString(directory.config(), Files.readString(directory.config())
        .replace("connection_mode = \"approval\"", "connection_mode = \"open\""));
    boolean isIn = false;
    for (long end = System.nanoTime() + RawPeer.PATIENCE.toNanos(); !isIn && System.nanoTime() < end;) {
      isIn = getsIn(stranger, port);
    }
    assertTrue(isIn, "the mode is not taken up");
    up.destroy();
    assertTrue(up.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS));
  }

  private static boolean getsIn(RawIdentity stranger, int port) throws IOException {
    try (RawPeer peer = RawPeer.afterHandshake(stranger, "127.0.0.1", port)) {
      return peer.negotiate().get("type").getAsString().equals("negotiate.response");
    }
  }

  @Test
  @DisplayName("R-8.9-05: after a kill the agent starts again, knows its keys, rules and messages, and peers connect "
      + "afresh")
  void killed() throws Exception {
    int port = freePortSetUp();
    DataDirectory directory = directory();
    RawIdentity friend = RawIdentity.of("toq://localhost:7001/friend");
    PermissionsFile.open(directory, InstantSource.system())
        .approve(new Permissions.Rule.ByKey(PublicKey.parse(friend.publicKey())));
    Process up = toq("up", "--foreground");
    awaitHealth(port);
    JsonObject message;
    String key;
    try (RawPeer peer = RawPeer.active(friend, "127.0.0.1", port)) {
      key = peer.peerKey();
      message = peer.sendMessage("{\"text\":\"before\"}");
      peer.readAck(message);
      up.destroyForcibly();
      assertTrue(up.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS));
    }
    assertTrue(Files.exists(directory.pid()), "what the killed process left");
    Process again = toq("up", "--foreground");
    awaitHealth(port);
    try (RawPeer peer = RawPeer.active(friend, "127.0.0.1", port)) {
      assertEquals(key, peer.peerKey());
      message.addProperty("sequence", 9);
      peer.readAck(peer.sendSigned(message)); // known, so it is not stored a second time
    }
    again.destroy();
    assertTrue(again.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS));
    String id = message.get("id").getAsString();
    assertEquals(1, Files.readAllLines(directory.messages()).stream().filter(line -> line.contains(id)).count());
  }

  @Test
  @DisplayName("R-14.4-02, T20: an agent that is killed while it rotates its key has the old identity or the new one, "
      + "and a peer that met it follows either")
  void killedWhileItRotates() throws Exception {
    int port = freePortSetUp();
    DataDirectory directory = directory();
    PublicKey met = KeyStore.load(directory).identity().publicKey();
    long seed = System.nanoTime();
    Random chance = new Random(seed);
    for (int round = 0; round < 4; round++) {
      Process up = toq("up", "--foreground");
      awaitHealth(port);
      CompletableFuture<Optional<String>> answered = CompletableFuture.supplyAsync(() -> rotated(port));
      killAfter(chance.nextInt(40_000), answered, up);
      assertTrue(up.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS));
      Optional<String> answer = answered.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
      KeyStore.Keys left = KeyStore.load(directory);
      PublicKey inUse = left.identity().publicKey();
      assertTrue(inUse.equals(met) || left.rotations().leadsFrom(met), "seed " + seed);
      answer.ifPresent(promised -> assertEquals(promised, inUse.toString(), "seed " + seed));
    }
  }

  private static void killAfter(int micros, CompletableFuture<?> unlessBefore, Process process) throws Exception {
    try {
      unlessBefore.get(micros, TimeUnit.MICROSECONDS);
    } catch (TimeoutException now) {
      assertTrue(process.isAlive(), "it is killed while it is asked");
    }
    process.destroyForcibly();
  }

  /** The new key, where the daemon lived to tell it. */
  private static Optional<String> rotated(int port) {
    try {
      return new LocalApi(port).ask("POST", "/v1/keys/rotate", Optional.empty(), Duration.ofSeconds(30)).json()
          .text("new_public_key");
    } catch (IOException killed) {
      return Optional.empty();
    }
  }

  /** A stranger who is told that the owner has to approve first. */
  private static void askIn(RawIdentity stranger, int port) throws IOException {
    try (RawPeer peer = RawPeer.afterHandshake(stranger, "127.0.0.1", port)) {
      assertEquals("approval.request", peer.negotiate().get("type").getAsString());
    }
  }

  private DataDirectory directory() throws IOException {
    return DataDirectory.resolve(Map.of("HOME", home.toString()), home, Optional.of(home.resolve(".toq")));
  }

  private static void awaitHealth(int port) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    while (!new LocalApi(port).healthy(Duration.ofSeconds(5))) {
      assertTrue(System.nanoTime() < end, "the daemon does not answer");
      Thread.onSpinWait();
    }
  }

  @Test
  @DisplayName("Letters beyond ASCII survive where the system has no locale")
  void noLocale() throws Exception {
    Process process = toq("grüße 你好");
    assertTrue(untilEnd(process.getErrorStream()).startsWith("toq: error: unknown command \"grüße 你好\"\n"));
    assertEquals(2, process.waitFor());
  }
}
