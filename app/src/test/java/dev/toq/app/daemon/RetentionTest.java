package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.toq.app.ManualTicker;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RetentionTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
  private final ManualTicker ticker = new ManualTicker();
  private final LinkedBlockingQueue<Instant> cutoffs = new LinkedBlockingQueue<>();

  private Retention keeping(Duration kept) {
    return new Retention(cutoffs::add, () -> NOW, ticker, kept);
  }

  private Instant next() throws InterruptedException {
    return cutoffs.poll(10, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("what ended longer ago than is kept is dropped, when something is added, and then once a day")
  void onceADay() throws Exception {
    Retention retention = keeping(Duration.ofDays(7));
    retention.added();
    assertEquals(NOW.minus(Duration.ofDays(7)), next());
    ticker.pass(Duration.ofDays(1).minusNanos(1));
    retention.added();
    retention.added();
    assertNull(cutoffs.peek());
    ticker.pass(Duration.ofNanos(1));
    retention.added();
    retention.added();
    assertEquals(NOW.minus(Duration.ofDays(7)), next());
    assertNull(cutoffs.peek());
  }

  @Test
  @DisplayName("a day is kept in any case")
  void aDay() throws Exception {
    keeping(Duration.ofSeconds(1)).added();
    assertEquals(NOW.minus(Duration.ofDays(1)), next());
  }

  @Test
  @DisplayName("a disk that does not let go is asked again the next day")
  void failing() throws Exception {
    Retention retention = new Retention(cutoff -> {
      cutoffs.add(cutoff);
      throw new IOException("read-only file system");
    }, () -> NOW, ticker, Duration.ofDays(7));
    retention.added();
    next();
    ticker.pass(Duration.ofDays(1));
    retention.added();
    assertEquals(NOW.minus(Duration.ofDays(7)), next());
  }
}
