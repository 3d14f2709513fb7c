package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.toq.store.RecentLines.Line;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RecentLinesTest {
  private static final long SEED = 20261126;

  @Test
  @DisplayName("the newest lines are known, as many as the limit says, whatever is added and dropped")
  void againstQueue() {
    Random random = new Random(SEED);
    for (int limit : List.of(0, 1, 2, 15, 16, 17, 100)) {
      RecentLines lines = new RecentLines(limit);
      ArrayDeque<Line> expected = new ArrayDeque<>();
      int segment = 1;
      for (int step = 0; step < 1000; step++) {
        switch (random.nextInt(40)) {
          case 0 -> {
            int before = segment - random.nextInt(3);
            lines.dropBefore(before);
            expected.removeIf(line -> line.at().segment() < before);
          }
          case 1 -> segment++;
          case 2 -> {
            if (random.nextInt(8) == 0) {
              lines.clear();
              expected.clear();
            }
          }
          default -> {
            Line line = new Line(new LogPosition(segment, random.nextLong(1L << 40)), random.nextInt(1 << 20));
            lines.add(line.at(), line.length());
            expected.addLast(line);
            while (expected.size() > limit) {
              expected.removeFirst();
            }
          }
        }
        assertEquals(List.copyOf(expected), lines.all(), "limit " + limit + ", step " + step);
      }
    }
  }
}
