package dev.toq.app.cli;

import dev.toq.app.up.Daemon;
import dev.toq.launcher.Relaunch;
import dev.toq.store.StateFile.Running;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Starts the daemon as a process of its own: in a session of its own where the system has {@code setsid}, with no
 * stream of this process, its output in {@code logs/toq.log}: the errors of a start, and what the Java runtime says.
 * What it logs is in the log alone.
 */
final class BackgroundDaemon {
  private static final Duration LIMIT = Duration.ofSeconds(15);
  private static final Duration HEALTH = Duration.ofMillis(500);
  private static final int POLL_MILLIS = 20;
  private static final Path SETSID = Path.of("/usr/bin/setsid");
  private static final String ERROR = "toq: error: ";
  private static final String HINT = "toq: hint: ";

  private final Home home;
  private final Map<String, String> variables;
  private final Path log;

  /** @param variables the environment that the daemon inherits */
  BackgroundDaemon(Home home, Map<String, String> variables) {
    this.home = home;
    this.variables = variables;
    this.log = home.directory().daemonLog();
  }

  /**
   * Starts it and waits until it answers.
   *
   * @param flags of {@code toq up} that it is to have too
   */
  Running start(List<String> flags) throws Failure, IOException, InterruptedException {
    home.emptyDaemonLog();
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      command.add(SETSID.toString()); // the same process: it executes the rest, so the pid stays
    }
    List<String> java = Relaunch.daemon();
    java.add(1, "-D" + Daemon.BACKGROUND + "=true");
    command.addAll(java);
    command.addAll(List.of("up", "--foreground", "--config-dir", home.directory().root().toString()));
    command.addAll(flags);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectErrorStream(true);
    builder.environment().keySet().retainAll(variables.keySet());
    builder.environment().putAll(variables);
    Process daemon = builder.start();
    long end = System.nanoTime() + LIMIT.toNanos();
    Optional<Running> running = answering(daemon.pid());
    while (running.isEmpty()) {
      if (daemon.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        throw ended(daemon.exitValue());
      }
      if (System.nanoTime() > end) {
        daemon.destroyForcibly();
        throw Failure.of(
            "the daemon did not answer within " + LIMIT.toSeconds() + " s and was stopped",
            "look into the files in " + home.directory().logs());
      }
      running = answering(daemon.pid());
    }
    return running.get();
  }

  private Optional<Running> answering(long pid) throws IOException {
    Optional<Running> running = home.running();
    boolean answers =
        running.isPresent() && running.get().pid() == pid && new LocalApi(running.get().port()).healthy(HEALTH);
    return answers ? running : Optional.empty();
  }

  /** The daemon's own last error, as if it were this command's. */
  private Failure ended(int exitCode) throws IOException {
    String error = "";
    String hint = "";
    for (String line : new String(Files.readAllBytes(log), StandardCharsets.UTF_8).split("\n", -1)) {
      if (line.startsWith(ERROR)) {
        error = line.substring(ERROR.length());
      } else if (line.startsWith(HINT)) {
        hint = line.substring(HINT.length());
      }
    }
    return error.isEmpty()
        ? Failure.of("the daemon ended with exit code " + exitCode + " before it answered", "look into its log: " + log)
        : Failure.of(error, hint.isEmpty() ? "look into its log: " + log : hint);
  }
}
