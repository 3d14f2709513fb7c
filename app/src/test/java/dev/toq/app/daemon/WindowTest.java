package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class WindowTest {
  private static final long SOON = Duration.ofSeconds(1).toNanos();
  private static final long LATE = Duration.ofSeconds(3).toNanos();

  private final Window window = new Window(Duration.ofSeconds(10));

  @Test
  @DisplayName("prompt answers open the window one by one, late ones halve it, and one message may always go")
  void follows() {
    int first = window.limit();
    window.sent();
    window.answered(0, SOON, LATE);
    assertEquals(first + 1, window.limit());
    long now = LATE;
    for (int i = 0; i < 20; i++) {
      now += LATE;
      window.sent();
      window.answered(0, LATE, now);
    }
    assertEquals(1, window.limit());
    assertTrue(window.hasRoom());
    window.sent();
    assertFalse(window.hasRoom());
  }

  @Test
  @DisplayName("many late answers of one moment halve it once")
  void onceAMoment() {
    int first = window.limit();
    for (int i = 0; i < 10; i++) {
      window.sent();
    }
    for (int i = 0; i < 10; i++) {
      window.answered(0, LATE, LATE);
    }
    assertEquals(first / 2, window.limit());
  }

  @Test
  @DisplayName("what is in flight is bounded in bytes too, but a large message goes alone")
  void bytes() {
    window.sent();
    window.weighs(17 << 20);
    assertFalse(window.hasRoom());
    window.left(17 << 20);
    assertTrue(window.hasRoom());
  }
}
