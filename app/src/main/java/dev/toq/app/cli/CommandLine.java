package dev.toq.app.cli;

import dev.toq.app.cli.Command.Argument;
import dev.toq.app.cli.Command.Flag;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the words of a command line against the command table. Flags may stand anywhere, as {@code --flag value} or
 * {@code --flag=value}; {@code --} ends them, so that a message may begin with a dash.
 */
final class CommandLine {
  private final List<String> words;
  private final List<String> arguments = new ArrayList<>();
  private final Map<String, String> flags = new LinkedHashMap<>();
  private @Nullable Command command;
  private int next;

  private CommandLine(List<String> words) {
    this.words = words;
  }

  /**
   * What was read. {@code command} is empty where only global flags were given. Whether required words are present is
   * not yet checked, so that {@code --help} works without them.
   */
  record Parsed(Optional<Command> command, List<String> arguments, Map<String, String> flags) {}

  static Parsed parse(List<String> words) throws Failure {
    CommandLine line = new CommandLine(words);
    line.read();
    return new Parsed(Optional.ofNullable(line.command), List.copyOf(line.arguments), line.flags);
  }

  /** Refuses missing and surplus words. */
  static void checkArguments(Command command, List<String> given) throws Failure {
    List<Argument> known = command.arguments();
    if (given.size() > known.size()) {
      throw Failure.usage(
          "unexpected word \"" + PeerText.shown(given.get(known.size())) + "\"",
          "usage: " + command.usage() + "; a text with spaces needs quotes");
    }
    for (int i = given.size(); i < known.size(); i++) {
      if (known.get(i).required()) {
        throw Failure.usage("missing " + known.get(i).shown(), "usage: " + command.usage());
      }
    }
  }

  private void read() throws Failure {
    boolean flagsEnded = false;
    while (next < words.size()) {
      String word = words.get(next++);
      if (flagsEnded || word.length() < 2 || word.charAt(0) != '-') {
        word(word);
      } else if (word.equals("--")) {
        flagsEnded = true;
      } else {
        flag(word);
      }
    }
  }

  private void word(String word) throws Failure {
    if (command != null) {
      arguments.add(word);
      return;
    }
    Command named = Commands.find(word);
    if (named == null) {
      throw unknownCommand(word);
    }
    command = named;
  }

  static Failure unknownCommand(String word) {
    List<String> names = new ArrayList<>();
    for (Command known : Commands.ALL) {
      names.add(known.name());
    }
    return Failure.usage(
        "unknown command \"" + PeerText.shown(word) + "\"", meant(word, names, "\"toq help\" lists all commands"));
  }

  private static String meant(String word, List<String> names, String advice) {
    Optional<String> near = Nearest.of(word, names);
    return near.isPresent() ? "did you mean \"" + near.get() + "\"? " + advice : advice;
  }

  private void flag(String word) throws Failure {
    int equals = word.indexOf('=');
    String name = longName(equals < 0 ? word : word.substring(0, equals));
    Flag flag = find(name);
    if (flag == null) {
      throw unknownFlag(name);
    }
    String value = "";
    if (flag.value().isEmpty()) {
      if (equals >= 0) {
        throw Failure.usage(name + " takes no value", "write " + name + " alone");
      }
    } else if (equals >= 0) {
      value = word.substring(equals + 1);
    } else if (next < words.size()) {
      value = words.get(next++);
    } else {
      throw Failure.usage(name + " needs a value", "write " + flag.shown());
    }
    if (flags.putIfAbsent(name, value) != null && flag.value().isPresent()) {
      throw Failure.usage(name + " is given twice", "give it once");
    }
  }

  private static String longName(String name) {
    return switch (name) {
      case "-h" -> "--help";
      case "-V" -> "--version";
      default -> name;
    };
  }

  private @Nullable Flag find(String name) {
    for (Flag flag : known()) {
      if (flag.name().equals(name)) {
        return flag;
      }
    }
    return null;
  }

  private List<Flag> known() {
    List<Flag> known = new ArrayList<>(Commands.GLOBAL);
    if (command != null) {
      known.addAll(command.flags());
    }
    return known;
  }

  private Failure unknownFlag(String name) {
    List<String> names = new ArrayList<>();
    for (Flag flag : known()) {
      names.add(flag.name());
    }
    String of = command == null ? "toq" : "toq " + command.name();
    String help = "\"" + of + " --help\" lists its flags; words after -- are taken as they are";
    return Failure.usage("unknown flag \"" + PeerText.shown(name) + "\"", meant(name, names, help));
  }
}
