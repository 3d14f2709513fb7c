package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Lines that {@code scripts/lib/torture/canonical} wrote, which computes the canonical form by itself. */
class CanonicalVectorsTest {
  @Test
  @DisplayName("R-4.4-01: numbers, names and strings have the canonical form that was computed without this code")
  void vectors() throws IOException {
    int lines = 0;
    try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/canonical.tsv"))) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", 0)) {
        int tab = line.indexOf('\t');
        byte[] json = line.substring(0, tab).getBytes(StandardCharsets.UTF_8);
        assertEquals(line.substring(tab + 1), canonical(json), line);
        lines++;
      }
    }
    assertTrue(lines > 1_000, lines + " lines");
  }

  private static String canonical(byte[] json) {
    try {
      return new String(
          CanonicalJson.bytes(StrictJson.parse(json), CanonicalJson.Numbers.CANONICAL), StandardCharsets.UTF_8);
    } catch (JsonException refused) {
      return "!";
    }
  }
}
