package dev.toq.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The sources")
final class SourcesTest {
  private static final int MOST_COLUMNS = 120;

  @Test
  @DisplayName("have no line of more than 120 columns")
  void columns() throws IOException {
    List<String> tooLong = new ArrayList<>();
    int read = 0;
    for (String folder : List.of("protocol/src", "store/src", "app/src", "spec-tests/src", "scripts/lib")) {
      for (Path file : sources(Path.of("..", folder))) {
        read++;
        List<String> lines = Files.readAllLines(file);
        for (int number = 1; number <= lines.size(); number++) {
          String line = lines.get(number - 1);
          if (line.codePointCount(0, line.length()) > MOST_COLUMNS) {
            tooLong.add(file + ":" + number);
          }
        }
      }
    }
    assertEquals(List.of(), tooLong);
    assertTrue(read > 100, "only " + read + " files were found");
  }

  private static List<Path> sources(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }
}
