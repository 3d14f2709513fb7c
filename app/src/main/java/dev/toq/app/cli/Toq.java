package dev.toq.app.cli;

import dev.toq.app.Version;
import java.util.List;

/** The program {@code toq}. */
public final class Toq {
  static final int SUCCESS = 0;
  static final int FAILURE = 1;
  static final int USAGE = 2;

  private Toq() {}

  public static void main(String[] args) {
    System.exit(run(List.of(args), Environment.ofProcess()));
  }

  /** Runs one command line and returns the exit code: 0 done, 1 failed, 2 wrong usage. */
  static int run(List<String> args, Environment environment) {
    Terminal terminal = new Terminal(environment);
    try {
      return run(CommandLine.parse(args), environment, terminal);
    } catch (Failure e) {
      terminal.error(e.sentence(), e.hint());
      return e.exitCode();
    }
  }

  private static int run(CommandLine.Parsed line, Environment environment, Terminal terminal) throws Failure {
    if (line.flags().containsKey("--version")) {
      terminal.line("toq " + Version.NUMBER);
      return SUCCESS;
    }
    if (line.command().isEmpty()) {
      Help.overview(terminal);
      return SUCCESS;
    }
    Command command = line.command().get();
    if (line.flags().containsKey("--help")) {
      Help.of(command, terminal);
      return SUCCESS;
    }
    CommandLine.checkArguments(command, line.arguments());
    return Commands.run(new Invocation(command, line.arguments(), line.flags(), environment, terminal));
  }
}
