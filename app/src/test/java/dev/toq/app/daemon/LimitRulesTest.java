package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.ManualTicker;
import dev.toq.app.admission.Rate;
import dev.toq.store.Config;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The counting behind the limits, each at its edge. */
@Timeout(60)
class LimitRulesTest {
  private final ManualTicker ticker = new ManualTicker();

  @Test
  @DisplayName("R-21.1-02, R-21.1-03: the defaults are the specification's, but for the rate of messages, which is not "
      + "set")
  void defaults() {
    Config standard = Config.standard();
    assertEquals(10, standard.rateConnectionsPerIp());
    assertEquals(1000, standard.maxConnections());
    assertEquals(100, standard.maxThreadsPerConnection());
    assertEquals(10_000, standard.maxMessageQueue());
    assertEquals(0, standard.rateMessages());
  }

  @Test
  @DisplayName("no second has more than twice the number, wherever it begins, and a steady source gets its number")
  void rate() {
    RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
    Rate rate = new Rate(ticker, 10);
    ArrayDeque<Long> taken = new ArrayDeque<>();
    int all = 0;
    for (int i = 0; i < 100_000; i++) {
      ticker.pass(Duration.ofMillis(random.nextInt(20)));
      if (rate.allowsOne()) {
        all++;
        taken.add(ticker.getAsLong());
        while (ticker.getAsLong() - taken.peekFirst() >= Duration.ofSeconds(1).toNanos()) {
          taken.removeFirst();
        }
        assertTrue(taken.size() <= 14, "in one second: " + taken.size());
      }
    }
    double seconds = ticker.getAsLong() / 1e9;
    assertTrue(all > seconds * 9 && all < seconds * 11, all + " in " + seconds + " s");
  }

  @Test
  @DisplayName("R-21.3-01: the queue of messages takes its number and no more, presses from four fifths on until it is "
      + "half empty, and where nothing leaves it for 2.5 s")
  void queue() {
    MessageQueue queue = new MessageQueue(ticker, 10);
    for (int i = 0; i < 10; i++) {
      assertEquals(i >= 8, queue.presses(), "with " + i);
      assertTrue(queue.enter());
    }
    assertFalse(queue.enter());
    for (int left = 9; left >= 0; left--) {
      queue.leave();
      assertEquals(left > 5, queue.presses(), "with " + left);
    }
    assertTrue(queue.enter());
    ticker.pass(MessageQueue.SLOW);
    assertFalse(queue.presses());
    ticker.pass(Duration.ofMillis(1));
    assertTrue(queue.presses());
    queue.leave();
    assertFalse(queue.presses());
  }

  @Test
  @DisplayName("R-21.2-02, A-67: a peer is asked for a pause once while the pause lasts, and told once when it is over")
  void pressure() {
    MessageQueue queue = new MessageQueue(ticker, 1);
    Pressure pressure = new Pressure(ticker, queue, 0);
    assertEquals(Optional.empty(), pressure.wanted());
    assertTrue(queue.enter());
    assertEquals(Optional.of(Duration.ofSeconds(5)), pressure.wanted());
    assertEquals(Optional.empty(), pressure.wanted());
    assertFalse(pressure.isOver());
    ticker.pass(Duration.ofSeconds(5));
    assertEquals(Optional.of(Duration.ofSeconds(5)), pressure.wanted());
    queue.leave();
    assertTrue(pressure.isOver());
    assertFalse(pressure.isOver());
  }

  @Test
  @DisplayName("A-65: a thread waits five seconds for a slot that the disk frees, and is refused then; one that has a "
      + "slot waits for nothing")
  void slots() throws Exception {
    ThreadSlots slots = new ThreadSlots(ticker, 1, Set::of);
    Optional<String> first = Optional.of("first");
    Optional<String> second = Optional.of("second");
    assertTrue(slots.enter(first));
    assertTrue(slots.enter(first));
    assertTrue(slots.enter(Optional.empty()));
    AtomicInteger answer = new AtomicInteger(-1);
    Thread waits = Thread.startVirtualThread(() -> answer.set(slots.enter(second) ? 1 : 0));
    slots.stored(first);
    slots.stored(first);
    waits.join();
    assertEquals(1, answer.get());
    AtomicLong waited = new AtomicLong();
    Thread refused = Thread.startVirtualThread(() -> {
      long since = ticker.getAsLong();
      answer.set(slots.enter(first) ? 1 : 0);
      waited.set(ticker.getAsLong() - since);
    });
    while (refused.isAlive()) {
      ticker.pass(Duration.ofMillis(100));
      Thread.onSpinWait();
    }
    assertEquals(0, answer.get());
    assertTrue(waited.get() >= Duration.ofSeconds(5).toNanos(), waited.get() + " ns");
    assertFalse(slots.hasRoom(first));
    slots.stored(second);
    assertTrue(slots.hasRoom(first));
  }
}
