package dev.toq.app.cli;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Plays every transcript in {@code src/test/resources/cli}, each in a home of its own. */
class TranscriptTest {
  @TempDir Path homes;

  @TestFactory
  List<DynamicTest> transcripts() throws IOException, URISyntaxException {
    Path folder = Path.of(Objects.requireNonNull(TranscriptTest.class.getResource("/cli")).toURI());
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, "*.txt")) {
      found.forEach(files::add);
    }
    files.sort(null);
    List<DynamicTest> tests = new ArrayList<>();
    for (Path file : files) {
      List<String> lines = Files.readAllLines(file);
      String name = lines.getFirst().replaceFirst("^# ", "");
      tests.add(DynamicTest.dynamicTest(name, file.toUri(), () -> play(file, lines)));
    }
    return tests;
  }

  private void play(Path file, List<String> lines) throws IOException {
    Path home = homes.resolve(file.getFileName().toString());
    Files.createDirectory(home, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (Transcript transcript = new Transcript(home)) {
      transcript.play(lines);
    }
  }
}
