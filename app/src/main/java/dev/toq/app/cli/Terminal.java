package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonValue;
import java.io.PrintStream;
import java.util.List;

/**
 * What commands print. The rules:
 *
 * <ul>
 *   <li>Answers go to standard output, one fact per line; with {@code --json} exactly one line of JSON and nothing
 *       else.
 *   <li>An error is two lines on standard error: {@code toq: error: what happened} and {@code toq: hint: what to do}.
 *       Warnings are one line, also on standard error.
 *   <li>Colour only where a person looks ({@code System.console()}) and {@code NO_COLOR} is unset; errors and pictures
 *       have it.
 *   <li>Text that a peer or a file chose is passed through {@link dev.toq.protocol.wire.PeerText} by whoever prints it
 *       (A-71).
 *   <li>All output is UTF-8.
 * </ul>
 */
final class Terminal {
  private static final String RED = "\u001b[31m";
  private static final String LIGHT_ON_DARK = "\u001b[97;40m";
  private static final String PLAIN = "\u001b[0m";

  private final Environment environment;

  Terminal(Environment environment) {
    this.environment = environment;
  }

  void line(String text) {
    print(environment.out(), text);
  }

  /** One fact: a label of fixed width, then its value. */
  void fact(String label, String value) {
    StringBuilder line = new StringBuilder(label);
    for (int i = label.length(); i < 14; i++) {
      line.append(' ');
    }
    line(line.append(value).toString());
  }

  /** Lines of blocks, which are light: where a person looks, light on dark whatever the terminal's own colours. */
  void picture(List<String> lines) {
    boolean colour = coloured();
    lines.forEach(one -> line(colour ? LIGHT_ON_DARK + one + PLAIN : one));
  }

  private boolean coloured() {
    return environment.variable("NO_COLOR").isEmpty() && environment.questions().atTerminal();
  }

  void json(JsonValue value) {
    line(Json.text(value));
  }

  void warning(String text) {
    print(environment.err(), "toq: warning: " + text);
  }

  void error(String error, String hint) {
    print(environment.err(), coloured() ? RED + "toq: error:" + PLAIN + " " + error : "toq: error: " + error);
    print(environment.err(), "toq: hint: " + hint);
  }

  private static void print(PrintStream stream, String text) {
    // One write per line, never the platform's line separator: output must be the same bytes everywhere.
    stream.print(text.concat("\n"));
    stream.flush();
  }
}
