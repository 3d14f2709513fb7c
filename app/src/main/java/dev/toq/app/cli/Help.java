package dev.toq.app.cli;

import dev.toq.app.cli.Command.Flag;
import java.util.List;

/** Help texts, made from the command table. */
final class Help {
  private Help() {}

  static int run(Invocation call) throws Failure {
    String topic = call.argument(0).orElse("");
    if (topic.isEmpty()) {
      overview(call.terminal());
      return Toq.SUCCESS;
    }
    Command command = Commands.find(topic);
    if (command == null) {
      throw CommandLine.unknownCommand(topic);
    }
    of(command, call.terminal());
    return Toq.SUCCESS;
  }

  static void overview(Terminal terminal) {
    terminal.line("toq: a secure address for your agent");
    terminal.line("");
    terminal.line("Usage: toq <command> [arguments] [options]");
    for (Command.Group group : Command.Group.values()) {
      terminal.line("");
      terminal.line(group.title() + ":");
      for (Command command : Commands.ALL) {
        if (command.group() == group) {
          terminal.line(row(command.name(), 14, command.summary()));
        }
      }
    }
    terminal.line("");
    terminal.line("Everywhere:");
    flags(Commands.GLOBAL, terminal);
    terminal.line("");
    terminal.line("Exit codes: 0 done, 1 failed, 2 wrong usage. \"toq help <command>\" says more about one command.");
  }

  static void of(Command command, Terminal terminal) {
    terminal.line(command.summary());
    terminal.line("");
    terminal.line("Usage: " + command.usage());
    if (!command.flags().isEmpty()) {
      terminal.line("");
      terminal.line("Options:");
      flags(command.flags(), terminal);
    }
    terminal.line("");
    terminal.line("Everywhere:");
    flags(Commands.GLOBAL, terminal);
    if (!command.notes().isEmpty()) {
      terminal.line("");
      for (String note : command.notes()) {
        terminal.line(note);
      }
    }
  }

  private static void flags(List<Flag> flags, Terminal terminal) {
    for (Flag flag : flags) {
      terminal.line(row(flag.shown(), 26, flag.summary()));
    }
  }

  private static String row(String name, int width, String summary) {
    StringBuilder row = new StringBuilder("  ").append(name);
    do {
      row.append(' ');
    } while (row.length() < width + 2);
    return row.append(summary).toString();
  }
}
