package dev.toq.app.torture;

import dev.toq.launcher.Relaunch;
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

/**
 * An agent as a process of its own in a home of its own, open to strangers. It is started by the command that the
 * system property {@code toq.command} names, or from this class path.
 */
final class DaemonProcess implements AutoCloseable {
  static final String NAME = "target";
  private static final long PATIENCE_SECONDS = 60;

  private final Path home;
  private final int port;
  private final Process process;

  /** Sets it up, with these lines of the configuration file replaced, and waits until it answers. */
  static DaemonProcess start(Map<String, String> settings) throws Exception {
    Path home = Files.createTempDirectory("toq-torture-");
    DaemonProcess.run(home, "setup", "--non-interactive", "--agent-name", NAME, "--connection-mode", "open", "--host",
        "localhost");
    int port = freePort();
    Path config = home.resolve(".toq/config.toml");
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(config)) {
      String key = line.replaceAll(" *=.*", "");
      lines.add(key.equals("port") ? "port = " + port
          : settings.containsKey(key) ? key + " = " + settings.get(key) : line);
    }
    Files.write(config, lines);
    return new DaemonProcess(home, port);
  }

  private DaemonProcess(Path home, int port) throws Exception {
    this.home = home;
    this.port = port;
    this.process = builder(home, "up", "--foreground").redirectOutput(home.resolve("printed").toFile())
        .redirectError(home.resolve("errors").toFile()).start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!isHealthy()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("the daemon does not start: " + Files.readString(home.resolve("errors")));
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  int port() {
    return port;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Sends it this signal: STOP, CONT. */
  void signal(String name) throws Exception {
    int code = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IOException("kill -" + name + " failed");
    }
  }

  /** Resident memory in MB. */
  double residentMegabytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024;
      }
    }
    throw new IOException("the process has no VmRSS");
  }

  /** File descriptors that are sockets. */
  long sockets() throws IOException {
    return Descriptors.sockets(process.pid());
  }

  /** The lines of its log at level ERROR, and what it wrote to standard error of errors and exceptions. */
  List<String> errorLines() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<String> lines = Files.lines(home.resolve("errors"), StandardCharsets.ISO_8859_1)) {
      lines.filter(line -> line.matches("ERROR:.*|Exception .*|Error: .*|[a-z.]+[A-Z][A-Za-z]*(Exception|Error)\\b.*"))
          .forEach(found::add);
    }
    try (Stream<Path> logs = Files.list(home.resolve(".toq/logs"))) {
      for (Path log : logs.filter(Files::isRegularFile).toList()) {
        try (Stream<String> lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
          lines.filter(line -> line.matches("[0-9T:.Z-]+ ERROR .*")).forEach(found::add);
        }
      }
    }
    return found;
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

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static ProcessBuilder builder(Path home, String... words) {
    List<String> command = new ArrayList<>();
    String named = System.getProperty("toq.command");
    if (named == null) {
      command.addAll(Relaunch.daemon());
    } else {
      command.add(named);
    }
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
    builder.environment().put("HOME", home.toString());
    builder.environment().remove("TOQ_CONFIG_DIR");
    return builder;
  }

  private static void run(Path home, String... words) throws Exception {
    Process process = builder(home, words).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", words) + " failed: " + output);
    }
  }

  @Override
  public void close() throws Exception {
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
