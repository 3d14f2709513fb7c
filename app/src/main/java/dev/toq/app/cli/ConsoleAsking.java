package dev.toq.app.cli;

import java.io.Console;
import java.util.Optional;

/** The terminal that the process was started from. */
final class ConsoleAsking implements Environment.Asking {
  @Override
  public boolean atTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  @Override
  public Optional<String> ask(String question) {
    Console console = System.console();
    return console == null ? Optional.empty() : Optional.ofNullable(console.readLine("%s", question));
  }
}
