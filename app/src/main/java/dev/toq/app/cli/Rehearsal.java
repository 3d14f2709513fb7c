package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.ConfigFile;
import dev.toq.store.DataDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Plays through what the daemon and the commands do most, in one process, so that the runtime can note which classes
 * that takes and put them into the start-up cache. A second daemon of its own is the peer. {@code scripts/toq} runs it
 * once for each jar, with the directory to play in; nothing outside that is read or written.
 */
final class Rehearsal {
  private static final Duration REQUEST = Duration.ofSeconds(10);
  private static final Duration STOP = Duration.ofSeconds(10);
  private static final int POLL_MILLIS = 50;
  private static final int POLLS = 300;

  private final Environment environment = Environment.ofProcess();
  private final Path directory;

  private Rehearsal(Path directory) {
    this.directory = directory;
  }

  /** Ends with 0 if all went as expected; whatever was loaded until then is noted either way. */
  public static void main(String[] args) throws Exception {
    System.exit(new Rehearsal(Path.of(args[0]).toAbsolutePath()).run());
  }

  private int run() throws Failure, IOException, InterruptedException {
    int port = setUp("first");
    int peerPort = setUp("second");
    Thread daemon = Thread.ofPlatform().name("daemon").start(() -> toq("first", "up", "--foreground"));
    int failures = toq("second", "up");
    for (int poll = 0; toq("first", "status") != Toq.SUCCESS; poll++) {
      if (poll == POLLS) {
        return Toq.FAILURE;
      }
      Thread.sleep(POLL_MILLIS);
    }
    String here = "toq://localhost:" + port + "/agent";
    String there = "toq://localhost:" + peerPort + "/agent";
    failures += toq("first", "send", there, "one there");
    failures += toq("second", "send", here, "one back");
    failures += toq("first", "send", there, "--no-wait", "another there");
    failures += toq("first", "ping", there);
    failures += toq("first", "messages");
    failures += toq("first", "whoami");
    failures += toq("first", "approvals");
    failures += toq("first", "--help");
    failures += toq("first", "--version");
    failures += toq("second", "down");
    new LocalApi(port).post("/v1/daemon/shutdown", JsonObject.builder().build(), REQUEST);
    return daemon.join(STOP) && failures == 0 ? Toq.SUCCESS : Toq.FAILURE;
  }

  /** A home with a port that nobody uses, so that a real agent on the usual one is not disturbed. */
  private int setUp(String name) throws IOException {
    toq(name, "setup", "--yes", "--connection-mode", "open");
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = socket.getLocalPort();
      Path home = directory.resolve(name);
      Path config = DataDirectory.resolve(environment.variables(), directory, Optional.of(home)).config();
      ConfigFile.setPort(config, port);
      return port;
    }
  }

  private int toq(String name, String... words) {
    List<String> line = new ArrayList<>(List.of("--config-dir", directory.resolve(name).toString()));
    line.addAll(List.of(words));
    return Toq.run(line, environment);
  }
}
