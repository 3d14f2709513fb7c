package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The short form: some bits and some cuts; {@link StoreTorture} takes all of them. */
@Timeout(120)
class DamageTest {
  private static final int BETWEEN_BITS = 509;
  private static final int BETWEEN_CUTS = 97;

  @TempDir Path directory;

  @Test
  @DisplayName("A flipped bit anywhere in an inbox is detected, costs one message at most, and is never shown")
  void bits() throws Exception {
    Damage damage = new Damage(directory);
    int cases = 0;
    for (int bit = 0; bit < Damage.BYTES * Byte.SIZE; bit += BETWEEN_BITS) {
      damage.flip(bit);
      cases++;
    }
    assertEquals(cases, damage.detected());
  }

  @Test
  @DisplayName("An inbox that is cut anywhere shows whole messages alone, and all that stand before and beside the cut")
  void cuts() throws Exception {
    Damage damage = new Damage(directory);
    int cases = 0;
    for (int at = 0; at < Damage.BYTES; at += BETWEEN_CUTS) {
      damage.cut(at);
      cases++;
    }
    assertEquals(cases, damage.detected());
  }
}
