package dev.toq.app.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * All that a command may know of the process around it, handed in so that tests can run commands beside each other.
 *
 * @param variables environment variables
 * @param workingDirectory absolute
 * @param questions asks the user; empty where nobody is there to answer
 */
record Environment(
    Map<String, String> variables, Path workingDirectory, PrintStream out, PrintStream err, Asking questions) {

  /** How a command reaches the user who started it. */
  interface Asking {
    /** Whether a person sits at a terminal. Asked late, because finding out costs milliseconds. */
    boolean atTerminal();

    /** Shows the question and reads one line; empty at the end of input. */
    Optional<String> ask(String question);
  }

  static Environment ofProcess() {
    return new Environment(
        System.getenv(),
        Path.of("").toAbsolutePath(),
        utf8(FileDescriptor.out),
        utf8(FileDescriptor.err),
        new ConsoleAsking());
  }

  Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name));
  }

  /** Always UTF-8: in a container without a locale the platform's own stream would print question marks. */
  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), false, StandardCharsets.UTF_8);
  }
}
