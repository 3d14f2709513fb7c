package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The short form of the power cuts; {@link StoreTorture} runs the long one. */
@Timeout(120)
class PowerCutTest {
  private static final long SEED = 20261124;
  private static final int STATES = 300;

  @TempDir Path scratch;

  static List<PowerCutFamily<?>> families() {
    return StoreTorture.families();
  }

  @DisplayName("R-8.9-03, A-87: whatever a power cut leaves, also one while that is opened, no promise is broken")
  @ParameterizedTest(name = "R-8.9-03, A-87: no power cut breaks a promise of {0}")
  @MethodSource("families")
  void nothingIsLost(PowerCutFamily<?> family) throws Exception {
    System.out.println("power-cut of " + family.name() + ": seed " + SEED + ", short form");
    PowerCut.Outcome outcome = new PowerCut<>(family, SEED, scratch, true).run(STATES);
    assertEquals(List.of(), outcome.faults());
    assertTrue(outcome.states() >= STATES, outcome.states() + " states");
  }

  @DisplayName("The same search finds what is lost where nothing is forced")
  @ParameterizedTest(name = "without a force losses of {0} are found")
  @MethodSource("families")
  void lossIsFound(PowerCutFamily<?> family) throws Exception {
    assertFalse(new PowerCut<>(family, SEED, scratch, false).run(STATES).faults().isEmpty());
  }
}
