package dev.toq.app.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The words of this process's command line as UTF-8. In a container without a locale the runtime replaces every letter
 * beyond ASCII before {@code main} is called; the system still has the bytes.
 */
final class ProcessWords {
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
  private static final char REPLACED = '\ufffd';

  private ProcessWords() {}

  static List<String> exact(String[] args) {
    List<String> given = List.of(args);
    for (String word : given) {
      if (word.indexOf(REPLACED) >= 0) {
        return reread(given);
      }
    }
    return given;
  }

  private static List<String> reread(List<String> given) {
    byte[] line;
    try {
      line = Files.readAllBytes(COMMAND_LINE);
    } catch (IOException e) {
      return given; // no such file on this system: what the runtime made of the words is all there is
    }
    List<String> words = split(line);
    return words.size() < given.size() ? given : words.subList(words.size() - given.size(), words.size());
  }

  /** Each word ends with a zero byte. */
  static List<String> split(byte[] line) {
    List<String> words = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < line.length; i++) {
      if (line[i] == 0) {
        words.add(new String(line, start, i - start, StandardCharsets.UTF_8));
        start = i + 1;
      }
    }
    return words;
  }
}
