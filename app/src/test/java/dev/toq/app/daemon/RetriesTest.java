package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RetriesTest {
  @Test
  @DisplayName("R-12.3-01: the pauses between transmissions are 1, 2, 4, 8 and 16 seconds")
  void afterTransmissions() {
    assertEquals(List.of(1L, 2L, 4L, 8L, 16L),
        IntStream.rangeClosed(1, 5).mapToObj(n -> Retries.afterTransmission(n).toSeconds()).toList());
  }

  @Test
  @DisplayName("after a lost connection the first repetition comes at once, the others after growing pauses")
  void afterLosses() {
    assertEquals(List.of(0L, 1L, 2L, 4L, 8L),
        IntStream.rangeClosed(1, 5).mapToObj(n -> Retries.afterLoss(n).toSeconds()).toList());
  }

  @Test
  @DisplayName("a peer that is not there is dialled ever less often, at the end every five minutes, at random moments")
  void afterFailedDials() {
    Random random = new Random(7);
    for (int failures = 1; failures < 100; failures++) {
      long most = Math.min(1000L << Math.min(failures - 1, 20), 300_000);
      Duration pause = Retries.afterFailedDial(failures, random);
      assertTrue(pause.toMillis() >= most / 2 && pause.toMillis() <= most, failures + ": " + pause);
    }
  }
}
