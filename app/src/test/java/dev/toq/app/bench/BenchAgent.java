package dev.toq.app.bench;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One agent as a process of its own, in a home of its own, driven by the command that its owner would type. */
final class BenchAgent implements AutoCloseable {
  private final List<String> command;
  private final Map<String, String> environment;
  private final Path home;
  private final int port;
  private final String name;
  private Process daemon;
  private double readyMillis;

  /**
   * Sets an agent up in a fresh home and starts it in the foreground.
   *
   * @param command what the owner types for {@code toq}
   * @param javaOptions for {@code TOQ_JAVA_OPTS}
   */
  static BenchAgent start(List<String> command, String name, String javaOptions) throws Exception {
    return start(command, name, javaOptions, Map.of());
  }

  /** The same, with these lines of its configuration file replaced. */
  static BenchAgent start(List<String> command, String name, String javaOptions, Map<String, String> settings)
      throws Exception {
    BenchAgent agent = setUp(command, name, javaOptions, settings);
    agent.start();
    return agent;
  }

  /** Sets an agent up that does not run yet. */
  static BenchAgent setUp(List<String> command, String name, String javaOptions, Map<String, String> settings)
      throws Exception {
    Path home = Files.createTempDirectory("toq-bench-");
    Map<String, String> environment = Map.of("HOME", home.toString(), "TOQ_JAVA_OPTS", javaOptions);
    run(command, environment, "setup", "--non-interactive", "--agent-name", name, "--connection-mode", "open",
        "--host", "localhost");
    int port = freePort();
    Path config = home.resolve(".toq/config.toml");
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(config)) {
      String key = line.replaceAll(" *=.*", "");
      lines.add(key.equals("port") ? "port = " + port
          : settings.containsKey(key) ? key + " = " + settings.get(key) : line);
    }
    Files.write(config, lines);
    return new BenchAgent(command, environment, home, port, name);
  }

  private BenchAgent(List<String> command, Map<String, String> environment, Path home, int port, String name)
      throws IOException {
    this.command = command;
    this.environment = environment;
    this.home = home;
    this.port = port;
    this.name = name;
    this.daemon = new ProcessBuilder("true").start(); // none yet
  }

  /** Starts the daemon, and returns when it answers. */
  void start() throws Exception {
    long start = System.nanoTime();
    daemon = process(command, environment, "up", "--foreground")
        .redirectOutput(new File("/dev/null")).redirectError(new File("/dev/null")).start();
    while (!isHealthy()) {
      if (!daemon.isAlive()) {
        throw new IOException(name + " did not start");
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
    readyMillis = (System.nanoTime() - start) / 1e6;
  }

  /** Kills the daemon as {@code kill -9} does. */
  void kill() throws InterruptedException {
    daemon.destroyForcibly();
    daemon.waitFor();
  }

  /** Stops the daemon as its owner does. */
  void stop() throws Exception {
    run(command, environment, "down");
    if (!daemon.waitFor(10, TimeUnit.SECONDS)) {
      kill();
    }
  }

  /** The directory of its files. */
  Path directory() {
    return home.resolve(".toq");
  }

  int port() {
    return port;
  }

  String address() {
    return "toq://localhost:" + port + "/" + name;
  }

  /** From starting the process to its first answer to {@code GET /v1/health}. */
  double readyMillis() {
    return readyMillis;
  }

  /** Resident memory of the daemon and its children, in MB. */
  double residentMegabytes() throws IOException {
    double sum = 0;
    for (ProcessHandle process : Stream.concat(Stream.of(daemon.toHandle()), daemon.descendants()).toList()) {
      for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
        if (line.startsWith("VmRSS:")) {
          sum += Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024;
        }
      }
    }
    return sum;
  }

  /** Milliseconds of one run of a command against this agent. */
  double commandMillis(List<String> toq, String... arguments) throws Exception {
    long start = System.nanoTime();
    run(toq, environment, arguments);
    return (System.nanoTime() - start) / 1e6;
  }

  private boolean isHealthy() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(2_000);
      socket.getOutputStream().write(("GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1:" + port
          + "\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII).equals("HTTP/1.1 200");
    } catch (IOException notYet) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static ProcessBuilder process(
      List<String> command, Map<String, String> environment, String... arguments) {
    List<String> line = new ArrayList<>(command);
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().putAll(environment);
    builder.directory(new File(String.valueOf(environment.get("HOME"))));
    return builder;
  }

  private static void run(List<String> command, Map<String, String> environment, String... arguments)
      throws Exception {
    ProcessBuilder builder = process(command, environment, arguments).redirectErrorStream(true);
    builder.environment().remove("TOQ_JAVA_OPTS"); // they are the daemon's: a second recording would replace its own
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", arguments) + " failed: " + output);
    }
  }

  @Override
  public void close() throws Exception {
    if (daemon.isAlive()) {
      stop();
    }
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
