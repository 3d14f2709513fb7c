package dev.toq.app.cli;

import dev.toq.app.cli.Command.Argument;
import dev.toq.app.cli.Command.Flag;
import dev.toq.app.cli.Command.Group;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The command table, and the one place that leads from a name to its code. */
final class Commands {
  static final List<Flag> GLOBAL =
      List.of(
          Flag.of("--config-dir", "dir", "use this data directory (default: ./.toq if it exists, else ~/.toq)"),
          Flag.alone("--help", "show help (-h)"),
          Flag.alone("--version", "show the version (-V)"));

  static final List<Command> ALL =
      List.of(
          new Command(
              "help",
              Group.HELP,
              "Show all commands, or one in detail",
              List.of(new Argument("command", false)),
              List.of(),
              List.of()));

  private Commands() {}

  static @Nullable Command find(String name) {
    for (Command command : ALL) {
      if (command.name().equals(name)) {
        return command;
      }
    }
    return null;
  }

  /** Runs a command. A plain switch, so that a quick command loads no other's classes. */
  static int run(Invocation call) throws Failure {
    return switch (call.command().name()) {
      case "help" -> Help.run(call);
      default -> throw new IllegalStateException("command without code: " + call.command().name());
    };
  }
}
