package dev.toq.app.cli;

import java.util.List;
import java.util.Optional;

/**
 * One row of the command table: all that the parser and the help text know about a command.
 *
 * @param notes lines that the command's own help shows at its end
 */
record Command(
    String name, Group group, String summary, List<Argument> arguments, List<Flag> flags, List<String> notes) {

  /** Headings of the help text, in their order. */
  enum Group {
    START("Getting started"),
    DAEMON("Daemon"),
    MESSAGES("Messaging"),
    SECURITY("Security"),
    MAINTENANCE("Maintenance"),
    HELP("Help");

    private final String title;

    Group(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  /** A word that follows the command's name. Optional ones come last. */
  record Argument(String name, boolean required) {
    String shown() {
      return required ? "<" + name + ">" : "[" + name + "]";
    }
  }

  /**
   * A flag with its two dashes.
   *
   * @param value the name of its value, or empty where the flag stands alone
   */
  record Flag(String name, Optional<String> value, String summary) {
    static Flag alone(String name, String summary) {
      return new Flag(name, Optional.empty(), summary);
    }

    static Flag of(String name, String value, String summary) {
      return new Flag(name, Optional.of(value), summary);
    }

    String shown() {
      return value.isPresent() ? name + " <" + value.get() + ">" : name;
    }
  }

  /** The first line of the command's help. */
  String usage() {
    StringBuilder line = new StringBuilder("toq ").append(name);
    for (Argument argument : arguments) {
      line.append(' ').append(argument.shown());
    }
    if (!flags.isEmpty()) {
      line.append(" [options]");
    }
    return line.toString();
  }
}
