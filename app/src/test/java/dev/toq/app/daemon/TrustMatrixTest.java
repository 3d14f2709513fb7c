package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.daemon.TrustMatrix.Cell;
import dev.toq.app.daemon.TrustMatrix.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every mode, every situation, both kinds of peers: a real agent is called over a real socket, and what was decided,
 * what the peer got and what was kept is held against a table that was written from the decisions of docs/gaps.md.
 *
 * <p>{@code -Dtoq.trust.page=FILE} prints what was observed between the marks of that page, which is docs/trust.md.
 */
@Timeout(300)
class TrustMatrixTest {
  private static final Path PAGE = Path.of("../docs/trust.md");
  private static final int ALTERED = 5;
  private static final int AT_ONCE = 8;

  @TempDir static Path home;
  private static TrustMatrix observed = new TrustMatrix(Map.of());

  @BeforeAll
  static void play() throws Exception {
    Map<Cell, Result> results = new LinkedHashMap<>();
    for (Cell cell : TrustMatrix.expected().cells()) {
      try (TrustScene scene = new TrustScene(home.resolve("scene-" + results.size()), cell.kind())) {
        results.put(cell, scene.play(cell.situation(), cell.mode()));
      }
    }
    observed = new TrustMatrix(results);
    String page = System.getProperty("toq.trust.page", "");
    if (!page.isEmpty()) {
      observed.printInto(Path.of(page));
    }
  }

  @Test
  @DisplayName("R-16.1-02, R-16.1-03, R-16.1-04, R-16.1-05, R-16.6-01: in every mode each peer is decided about, told "
      + "and remembered as the table says")
  void asExpected() throws Exception {
    TrustMatrix expected = TrustMatrix.expected();
    List<String> wrong = expected.differences(observed).stream()
        .map(cell -> cell + ": expected " + expected.at(cell) + ", was " + observed.at(cell)).toList();
    assertEquals(List.of(), wrong, String.join("\n", wrong));
    assertEquals(4 * 13 * 2, observed.cells().size());
  }

  @Test
  @DisplayName("Five cells of the table that are altered are found, and no other")
  void alteredCellsAreFound() throws Exception {
    long seed = Long.getLong("toq.seed", System.nanoTime());
    System.out.println("trust matrix: cells altered by -Dtoq.seed=" + seed);
    Random random = new Random(seed);
    List<Cell> cells = new ArrayList<>(TrustMatrix.expected().cells());
    Collections.shuffle(cells, random);
    List<Cell> chosen = cells.subList(0, ALTERED);
    TrustMatrix altered = TrustMatrix.expected();
    for (Cell cell : chosen) {
      altered = altered.with(cell, altered(altered.at(cell), random));
    }
    Comparator<Cell> order = Comparator.comparing(Cell::toString);
    assertEquals(chosen.stream().sorted(order).toList(),
        altered.differences(observed).stream().sorted(order).toList(), "seed " + seed);
  }

  /** One of the three is another than it was. */
  private static Result altered(Result was, Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> new Result(was.decision().equals("admit") ? "refuse" : "admit", was.frames(), was.kept());
      case 1 -> new Result(was.decision(), was.frames().equals("nothing") ? "credentials" : "nothing", was.kept());
      default -> new Result(was.decision(), was.frames(), was.kept().equals("nothing") ? "challenge" : "nothing");
    };
  }

  @Test
  @EnabledIfEnvironmentVariable(named = "TOQ_REFERENCE", matches = ".+")
  @DisplayName("The deployed reference itself is decided about, told and remembered as the table says of its kind")
  void referenceProgram() throws Exception {
    TrustMatrix expected = TrustMatrix.expected();
    ReferenceProgram program = new ReferenceProgram(Path.of(System.getenv("TOQ_REFERENCE")), home.resolve("program"));
    List<Cell> cells =
        expected.cells().stream().filter(cell -> cell.kind() == Caller.Kind.REFERENCE).toList();
    try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) { // it may take seconds to start
      List<Future<Result>> results = new ArrayList<>();
      for (Cell cell : cells) {
        results.add(threads.submit(() -> {
          try (TrustScene scene = new TrustScene(home.resolve("program-" + cells.indexOf(cell)), cell.kind())) {
            return scene.play(cell.situation(), cell.mode(), program);
          }
        }));
      }
      List<String> wrong = new ArrayList<>();
      for (Cell cell : cells) {
        // It sends no proof that its key replaced another: with a new key it is a squatter.
        Result due = cell.situation().equals("rotated")
            ? expected.at(new Cell(cell.mode(), "squatter", cell.kind())) : expected.at(cell);
        Result was = results.get(cells.indexOf(cell)).get();
        if (!was.equals(due)) {
          wrong.add(cell + ": expected " + due + ", was " + was);
        }
      }
      System.out.println(
          "trust matrix: " + cells.size() + " calls of the reference, " + wrong.size() + " not as expected");
      assertEquals(List.of(), wrong, String.join("\n", wrong));
      assertEquals(4 * 13, cells.size());
    }
  }

  @Test
  @DisplayName("docs/trust.md shows the table as it was observed; scripts/trust-matrix prints it")
  void printed() throws Exception {
    assertTrue(Files.exists(PAGE), "docs/trust.md");
    assertEquals(observed.markdown(), TrustMatrix.printedIn(PAGE));
  }
}
