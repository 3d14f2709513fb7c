package dev.toq.app.cli;

import dev.toq.protocol.wire.PeerText;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One call of a command, after its words were checked against the table.
 *
 * @param arguments the words after the command's name
 * @param flags the given flags; one that stands alone has an empty value
 */
record Invocation(
    Command command, List<String> arguments, Map<String, String> flags, Environment environment, Terminal terminal) {

  boolean has(String flag) {
    return flags.containsKey(flag);
  }

  Optional<String> value(String flag) {
    return Optional.ofNullable(flags.get(flag));
  }

  Optional<String> argument(int index) {
    return index < arguments.size() ? Optional.of(arguments.get(index)) : Optional.empty();
  }

  /** A word that the table calls required, so that the parser has seen it. */
  String required(int index) {
    return arguments.get(index);
  }

  /** Reads a flag's value as a whole number between the bounds, both included. */
  int number(String flag, int absent, int least, int most) throws Failure {
    String text = flags.get(flag);
    if (text == null) {
      return absent;
    }
    int value;
    try {
      value = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw outOfBounds(flag, text, least, most);
    }
    if (value < least || value > most) {
      throw outOfBounds(flag, text, least, most);
    }
    return value;
  }

  private static Failure outOfBounds(String flag, String text, int least, int most) {
    return Failure.usage(
        flag + " \"" + PeerText.shown(text) + "\" is not a number from " + least + " to " + most,
        "give a whole number, as in " + flag + " " + least);
  }
}
