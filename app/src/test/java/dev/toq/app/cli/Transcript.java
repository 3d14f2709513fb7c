package dev.toq.app.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs a session at the command line that is written down as text, and compares what comes.
 *
 * <pre>
 * # A comment; the first one is the name of the test.
 * $ toq whoami --json        a command; words are split at spaces, quotes hold them together
 * < yes                      an answer that the user types; with one, the command believes to be at a terminal
 * anything                   a line of standard output
 * ! anything                 a line of standard error
 * ? 1                        the exit code; 0 where there is no such line
 * @ write FILE TEXT          replaces a file below the home; \n is a line break
 * @ append FILE TEXT         adds a line to it
 * @ replace FILE FROM => TO  replaces text that must be there
 * @ mode FILE rwxrwxrwx      sets its mode
 * @ delete FILE              removes it
 * @ has FILE / @ lacks FILE  checks that it is there, or not
 * @ listen NAME              takes a free port until the end and calls it {NAME}
 * @ taken PORT               takes this port until the end, unless another program has it
 * @ text NAME COUNT          calls a text of so many letters {NAME}
 * @ kill DIRECTORY           ends its daemon as kill -9 does, and waits until it is gone
 * @ port NAME                finds a free port and calls it {NAME}
 * @ set VARIABLE TEXT        sets an environment variable
 * @ unset VARIABLE           leaves one out; NO_COLOR is set until then
 * </pre>
 *
 * In expected lines {@code …} stands for any text, and alone on its line for any lines; {@code {name}} stands for the
 * text that was called so, and gives a name to what it meets first. {@code {home}} is the home directory.
 */
final class Transcript implements AutoCloseable {
  private final Path home;
  private final Map<String, String> variables = new HashMap<>();
  private final Map<String, String> names = new HashMap<>();
  private final List<ServerSocket> listeners = new ArrayList<>();

  Transcript(Path home) {
    this.home = home;
    names.put("home", home.toString());
    variables.putAll(System.getenv());
    variables.remove("TOQ_CONFIG_DIR");
    variables.put("HOME", home.toString());
    variables.put("NO_COLOR", "1");
  }

  /** Runs the whole session; an {@link AssertionError} shows the command and what came. */
  void play(List<String> lines) throws IOException {
    int next = 0;
    while (next < lines.size()) {
      String line = lines.get(next++);
      if (line.startsWith("@ ")) {
        act(line.substring(2));
      } else if (line.startsWith("$ ")) {
        int end = next;
        while (end < lines.size() && !isStep(lines.get(end))) {
          end++;
        }
        command(line.substring(2), lines.subList(next, end));
        next = end;
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        throw new IllegalArgumentException("not a step: " + line);
      }
    }
  }

  private static boolean isStep(String line) {
    return line.startsWith("$ ") || line.startsWith("@ ") || line.startsWith("# ");
  }

  private void command(String line, List<String> block) {
    List<String> words = words(filled(line));
    List<String> wantedOut = new ArrayList<>();
    List<String> wantedErr = new ArrayList<>();
    Deque<String> answers = new ArrayDeque<>();
    int wantedCode = 0;
    for (String given : block) {
      if (given.startsWith("! ")) {
        wantedErr.add(given.substring(2));
      } else if (given.startsWith("? ")) {
        wantedCode = Integer.parseInt(given.substring(2));
      } else if (given.startsWith("< ") || given.equals("<")) {
        answers.add(given.substring(1).strip());
      } else {
        wantedOut.add(given);
      }
    }
    while (!wantedOut.isEmpty() && wantedOut.getLast().isEmpty()) {
      wantedOut.removeLast();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Environment environment =
        new Environment(
            Map.copyOf(variables),
            home,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            new Answers(answers));
    int code = Toq.run(words.subList(1, words.size()), environment);
    String all =
        "$ " + line + "\n" + out.toString(StandardCharsets.UTF_8) + err.toString(StandardCharsets.UTF_8)
            + "exit " + code;
    compare(wantedErr, err, all);
    compare(wantedOut, out, all);
    if (code != wantedCode) {
      throw new AssertionError("exit code is not " + wantedCode + "\n" + all);
    }
  }

  private void compare(List<String> wanted, ByteArrayOutputStream came, String all) {
    List<String> lines = came.toString(StandardCharsets.UTF_8).lines().toList();
    Map<String, String> before = Map.copyOf(names);
    if (!matches(wanted, lines)) {
      names.clear();
      names.putAll(before);
      throw new AssertionError("wanted:\n" + String.join("\n", wanted) + "\nbut came:\n" + all);
    }
  }

  private boolean matches(List<String> wanted, List<String> came) {
    if (wanted.isEmpty()) {
      return came.isEmpty();
    }
    if (wanted.getFirst().equals("…")) {
      for (int skipped = 0; skipped <= came.size(); skipped++) {
        if (matches(wanted.subList(1, wanted.size()), came.subList(skipped, came.size()))) {
          return true;
        }
      }
      return false;
    }
    return !came.isEmpty()
        && lineMatches(wanted.getFirst(), came.getFirst())
        && matches(wanted.subList(1, wanted.size()), came.subList(1, came.size()));
  }

  /** Both {@code …} and an unnamed {@code {x}} take as little as lets the rest match. */
  private boolean lineMatches(String wanted, String came) {
    int open = next(wanted);
    if (open < 0) {
      return wanted.equals(came);
    }
    if (!came.startsWith(wanted.substring(0, open))) {
      return false;
    }
    String rest = came.substring(open);
    boolean named = wanted.charAt(open) == '{';
    int close = named ? wanted.indexOf('}', open) : open;
    String after = wanted.substring(close + 1);
    String name = named ? wanted.substring(open + 1, close) : "";
    String known = names.get(name);
    if (known != null) {
      return rest.startsWith(known) && lineMatches(after, rest.substring(known.length()));
    }
    for (int taken = named ? 1 : 0; taken <= rest.length(); taken++) {
      if (named) {
        names.put(name, rest.substring(0, taken));
      }
      if (lineMatches(after, rest.substring(taken))) {
        return true;
      }
    }
    names.remove(name);
    return false;
  }

  private static int next(String wanted) {
    for (int i = 0; i < wanted.length(); i++) {
      boolean name = wanted.charAt(i) == '{' && i + 1 < wanted.length() && Character.isLetter(wanted.charAt(i + 1));
      if (wanted.charAt(i) == '…' || name) {
        return i;
      }
    }
    return -1;
  }

  private String filled(String text) {
    String filled = text;
    for (Map.Entry<String, String> name : names.entrySet()) {
      filled = filled.replace("{" + name.getKey() + "}", name.getValue());
    }
    return filled;
  }

  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean quoted = false;
    boolean begun = false;
    for (char c : line.toCharArray()) {
      if (c == '\'') {
        quoted = !quoted;
        begun = true;
      } else if (c == ' ' && !quoted) {
        if (begun) {
          words.add(word.toString());
        }
        word.setLength(0);
        begun = false;
      } else {
        word.append(c);
        begun = true;
      }
    }
    if (begun) {
      words.add(word.toString());
    }
    return words;
  }

  private void act(String step) throws IOException {
    String[] words = filled(step).split(" ", 3);
    Path file = home.resolve(words[1]);
    String rest = words.length > 2 ? words[2].replace("\\n", "\n") : "";
    switch (words[0]) {
      case "write" -> {
        Files.createDirectories(
            file.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(file, rest);
      }
      case "append" -> Files.writeString(file, Files.readString(file) + rest + "\n");
      case "replace" -> {
        String text = Files.readString(file);
        String from = rest.substring(0, rest.indexOf(" => "));
        if (!text.contains(from)) {
          throw new AssertionError(words[1] + " does not hold: " + from);
        }
        Files.writeString(file, text.replace(from, rest.substring(rest.indexOf(" => ") + 4)));
      }
      case "mode" -> Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(rest));
      case "delete" -> Files.delete(file);
      case "has" -> check(Files.exists(file), words[1] + " is missing");
      case "lacks" -> check(!Files.exists(file), words[1] + " is there");
      case "listen" -> names.put(words[1], Integer.toString(listen().getLocalPort()));
      case "port" -> {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
          names.put(words[1], Integer.toString(socket.getLocalPort()));
        }
      }
      case "taken" -> takePort(Integer.parseInt(words[1]));
      case "text" -> names.put(words[1], "x".repeat(Integer.parseInt(rest)));
      case "kill" -> kill(file.resolve("toq.pid"));
      case "set" -> variables.put(words[1], rest);
      case "unset" -> variables.remove(words[1]);
      default -> throw new IllegalArgumentException("not an action: " + step);
    }
  }

  private ServerSocket listen() throws IOException {
    ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    listeners.add(socket);
    return socket;
  }

  private void takePort(int port) throws IOException {
    ServerSocket socket = new ServerSocket();
    listeners.add(socket);
    try {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (BindException e) {
      socket.close(); // taken by another program, which is as good
    }
  }

  private static void kill(Path pidFile) throws IOException {
    Optional<ProcessHandle> daemon = ProcessHandle.of(Long.parseLong(Files.readString(pidFile).strip()));
    if (daemon.isPresent()) {
      daemon.get().destroyForcibly();
      daemon.get().onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }
  }

  private static void check(boolean holds, String sentence) {
    if (!holds) {
      throw new AssertionError(sentence);
    }
  }

  @Override
  public void close() throws IOException {
    for (ServerSocket listener : listeners) {
      listener.close();
    }
    List<Path> pidFiles;
    try (Stream<Path> files = Files.walk(home)) {
      pidFiles = files.filter(file -> file.endsWith("toq.pid")).toList();
    }
    for (Path left : pidFiles) {
      String pid = Files.readString(left).strip();
      boolean ours = ProcessHandle.of(Long.parseLong(pid))
          .flatMap(p -> p.info().commandLine()).orElse("").contains(home.toString());
      if (ours) {
        kill(left);
      }
    }
  }

  /** A user who types what the transcript says. */
  private record Answers(Deque<String> answers, boolean atTerminal) implements Environment.Asking {
    Answers(Deque<String> answers) {
      this(answers, !answers.isEmpty());
    }

    @Override
    public Optional<String> ask(String question) {
      return Optional.ofNullable(answers.poll());
    }
  }
}
