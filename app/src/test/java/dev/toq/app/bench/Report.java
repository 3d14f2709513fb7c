package dev.toq.app.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The table of figures: each with its goal, whether it was reached, and the other implementation's beside it. What is
 * acknowledged once it is durable has a table of its own, with a row for each way to get there.
 */
final class Report {
  private static final String BEGIN = "<!-- figures: written by scripts/bench -->";
  private static final String END = "<!-- end of figures -->";

  private record Figure(String name, String goal, String ours, String theirs, String verdict) {}

  private record Durable(String name, Samples samples, Optional<Double> residentMegabytes) {}

  private final List<Figure> figures = new ArrayList<>();
  private final List<Durable> durables = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  void atMost(String name, double goal, double ours, Optional<Double> theirs) {
    add(name, "≤ " + number(goal), ours, theirs, ours <= goal ? "met" : "missed");
  }

  void atLeast(String name, double goal, double ours, Optional<Double> theirs) {
    add(name, "≥ " + number(goal), ours, theirs, ours >= goal ? "met" : "missed");
  }

  /** A figure without a goal. */
  void told(String name, double ours, Optional<Double> theirs) {
    add(name, "", ours, theirs, "");
  }

  /** A figure of the other implementation alone. */
  void theirs(String name, Optional<Double> theirs) {
    theirs.ifPresent(value -> figures.add(new Figure(name + ": messages/s, reference", "", "", number(value), "")));
  }

  /**
   * A way to have messages kept.
   *
   * @param samples of messages acknowledged after they were forced to disk
   * @param residentMegabytes of what keeps them
   */
  void durable(String name, Samples samples, Optional<Double> residentMegabytes) {
    durables.add(new Durable(name, samples, residentMegabytes));
  }

  void missing(String name, String why) {
    figures.add(new Figure(name + " (" + why + ")", "", "", "", "missed"));
  }

  void note(String note) {
    notes.add(note);
  }

  boolean allMet() {
    return figures.stream().noneMatch(figure -> figure.verdict.equals("missed"));
  }

  void print(PrintStream out) throws IOException {
    out.println(text());
  }

  /** Writes the table into docs/performance.md and README.md, between their marks. */
  void write(Path top) throws IOException {
    for (Path page : List.of(top.resolve("docs/performance.md"), top.resolve("README.md"))) {
      String before = Files.readString(page);
      int begin = before.indexOf(BEGIN);
      int end = before.indexOf(END);
      if (begin < 0 || end < begin) {
        throw new IOException(page + " has no marks for the figures");
      }
      Files.writeString(page, before.substring(0, begin) + BEGIN + "\n" + text() + "\n" + before.substring(end));
    }
  }

  private String text() throws IOException {
    StringBuilder text = new StringBuilder("Machine: " + machine() + "\n\n");
    if (!figures.isEmpty()) {
      appendFigures(text);
    }
    if (!durables.isEmpty()) {
      appendDurables(text);
    }
    notes.forEach(note -> text.append(note).append("\n\n"));
    return text.toString().stripTrailing();
  }

  private void appendFigures(StringBuilder text) {
    text.append("| figure | goal | ours | reference | |\n|---|---|---|---|---|\n");
    for (Figure figure : figures) {
      text.append(String.format(
          "| %s | %s | %s | %s | %s |%n", figure.name, figure.goal, figure.ours, figure.theirs, figure.verdict));
    }
    text.append('\n');
  }

  private void appendDurables(StringBuilder text) {
    text.append("| durable messages | messages/s | p50 ms | p99 ms | memory, MB |\n|---|---|---|---|---|\n");
    for (Durable durable : durables) {
      text.append(String.format("| %s | %s | %s | %s | %s |%n", durable.name, number(durable.samples.perSecond()),
          number(durable.samples.p50Millis()), number(durable.samples.p99Millis()),
          durable.residentMegabytes.map(Report::number).orElse("")));
    }
    text.append('\n');
  }

  private static String machine() throws IOException {
    String processor = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("model name")).findFirst().map(line -> line.substring(line.indexOf(':') + 2))
        .orElse("unknown processor");
    return Runtime.getRuntime().availableProcessors() + " cores of " + processor + ", " + System.getProperty("os.name")
        + ", Java " + Runtime.version().feature() + "; both agents and the load on the same machine";
  }

  private void add(String name, String goal, double ours, Optional<Double> theirs, String verdict) {
    figures.add(new Figure(name, goal, number(ours), theirs.map(Report::number).orElse(""), verdict));
  }

  private static String number(double value) {
    return value >= 100 ? String.format(Locale.ROOT, "%,.0f", value) : String.format(Locale.ROOT, "%.2f", value);
  }
}
