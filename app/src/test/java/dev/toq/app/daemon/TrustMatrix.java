package dev.toq.app.daemon;

import dev.toq.store.Config.ConnectionMode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What becomes of whom, in which mode: as it is expected, and as it was observed. */
final class TrustMatrix {
  /** One call that is made. */
  record Cell(ConnectionMode mode, String situation, Caller.Kind kind) {
    @Override
    public String toString() {
      return mode.wire() + ", " + situation + ", " + kind.shown();
    }
  }

  /** What comes of it: the decision, the frames that the peer gets, what is kept of it. */
  record Result(String decision, String frames, String kept) {}

  private static final String TABLE = "/trust/matrix.tsv";
  private static final String BEGIN = "<!-- trust matrix: begin -->\n";
  private static final String END = "<!-- trust matrix: end -->\n";

  private final Map<Cell, Result> results;

  TrustMatrix(Map<Cell, Result> results) {
    this.results = new LinkedHashMap<>(results);
  }

  /** The table that was written by hand, for both kinds of peers. */
  static TrustMatrix expected() throws IOException {
    Map<Cell, Result> results = new LinkedHashMap<>();
    try (InputStream in = TrustMatrix.class.getResourceAsStream(TABLE)) {
      if (in == null) {
        throw new IOException(TABLE + " is missing");
      }
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (!line.startsWith("#")) {
          List<String> fields = List.of(line.split("\t"));
          ConnectionMode mode = ConnectionMode.valueOf(fields.get(0).replace('-', '_').toUpperCase(Locale.ROOT));
          for (Caller.Kind kind : Caller.Kind.values()) {
            results.put(new Cell(mode, fields.get(1), kind), new Result(fields.get(2), fields.get(3), fields.get(4)));
          }
        }
      }
    }
    return new TrustMatrix(results);
  }

  List<Cell> cells() {
    return List.copyOf(results.keySet());
  }

  Result at(Cell cell) {
    Result result = results.get(cell);
    if (result == null) {
      throw new IllegalArgumentException("there is no cell " + cell);
    }
    return result;
  }

  /** This one with another result in one cell. */
  TrustMatrix with(Cell cell, Result result) {
    Map<Cell, Result> changed = new LinkedHashMap<>(results);
    changed.put(cell, result);
    return new TrustMatrix(changed);
  }

  /** The cells in which both differ, or that only one of them has. */
  List<Cell> differences(TrustMatrix other) {
    List<Cell> different = new ArrayList<>();
    for (Cell cell : results.keySet()) {
      if (!at(cell).equals(other.results.get(cell))) {
        different.add(cell);
      }
    }
    other.results.keySet().stream().filter(cell -> !results.containsKey(cell)).forEach(different::add);
    return different;
  }

  /** As docs/trust.md shows it: a table for each mode. */
  String markdown() {
    StringBuilder text = new StringBuilder();
    for (ConnectionMode mode : ConnectionMode.values()) {
      text.append("\n### Mode `").append(mode.wire()).append("`\n\n");
      text.append("| the peer is | kind | decision | it gets | kept of it |\n|---|---|---|---|---|\n");
      for (String situation : results.keySet().stream().map(Cell::situation).distinct().toList()) {
        Result reference = at(new Cell(mode, situation, Caller.Kind.REFERENCE));
        Result ours = at(new Cell(mode, situation, Caller.Kind.OURS));
        if (reference.equals(ours)) {
          append(text, situation, "both", ours);
        } else {
          append(text, situation, Caller.Kind.REFERENCE.shown(), reference);
          append(text, situation, Caller.Kind.OURS.shown(), ours);
        }
      }
    }
    return text.append('\n').toString();
  }

  private static void append(StringBuilder text, String situation, String kind, Result result) {
    String frames = result.frames.equals("nothing") ? "not one byte" : String.join(", ",
        Arrays.stream(result.frames.split(" ")).map(frame -> "`" + frame + "`").toList());
    text.append("| ").append(situation).append(" | ").append(kind).append(" | ").append(result.decision)
        .append(" | ").append(frames).append(" | ").append(String.join(", ", result.kept.split(" "))).append(" |\n");
  }

  /** Puts the tables between the two marks of this page. */
  void printInto(Path page) throws IOException {
    String text = Files.readString(page);
    Files.writeString(page, text.substring(0, text.indexOf(BEGIN) + BEGIN.length()) + markdown()
        + text.substring(text.indexOf(END)));
  }

  /** What stands between the two marks of this page. */
  static String printedIn(Path page) throws IOException {
    String text = Files.readString(page);
    return text.substring(text.indexOf(BEGIN) + BEGIN.length(), text.indexOf(END));
  }
}
