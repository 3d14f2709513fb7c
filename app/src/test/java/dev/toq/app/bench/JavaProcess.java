package dev.toq.app.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A class of this class path that runs in a process of its own, takes words on its input and answers in lines. */
final class JavaProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  /** Starts {@code main} with these flags of the runtime, beside those that every process of ours has. */
  JavaProcess(List<String> flags, Class<?> main, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:-UsePerfData", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Runs it to its end and returns its lines; it fails where the process does, or takes longer. */
  static List<String> run(List<String> flags, Class<?> main, List<String> arguments, long patienceSeconds)
      throws Exception {
    try (JavaProcess process = new JavaProcess(flags, main, arguments)) {
      return process.lines(patienceSeconds);
    }
  }

  private List<String> lines(long patienceSeconds) throws Exception {
    List<String> lines = within(patienceSeconds, () -> output.lines().toList());
    if (process.waitFor() != 0) {
      throw new IOException("a process of the load failed: " + lines);
    }
    return lines;
  }

  /** Writes one line to its input. */
  void tell(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Its next line, which must begin with this word; the words after it. */
  List<String> answer(String word, long patienceSeconds) throws Exception {
    String line = within(patienceSeconds, () -> String.valueOf(output.readLine()));
    List<String> words = List.of(line.split(" ", -1));
    if (!words.getFirst().equals(word)) {
      throw new IOException("expected \"" + word + "\", but a process of the load says: " + line);
    }
    return words.subList(1, words.size());
  }

  private interface Reading<T> {
    T read() throws IOException;
  }

  private static <T> T within(long seconds, Reading<T> reading) throws Exception {
    CompletableFuture<T> result = CompletableFuture.supplyAsync(() -> {
      try {
        return reading.read();
      } catch (IOException broken) {
        throw new UncheckedIOException(broken);
      }
    }, task -> Thread.ofPlatform().daemon().start(task));
    try {
      return result.get(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException silent) {
      throw new IOException("a process of the load says nothing for " + seconds + " s", silent);
    } catch (ExecutionException broken) {
      throw new IOException("a process of the load cannot be read", broken.getCause());
    }
  }

  /** Ends it, whatever it does. */
  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }
}
