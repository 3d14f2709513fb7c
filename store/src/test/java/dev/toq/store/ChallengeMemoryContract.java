package dev.toq.store;

import static dev.toq.store.Keys.key;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What every memory of challenges must do. */
abstract class ChallengeMemoryContract {
  static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

  /** The memory; each call opens what was remembered, as after a crash of the daemon. */
  abstract ChallengeMemory open(Instant now) throws IOException;

  static byte[] challenge(int number) {
    byte[] challenge = new byte[32];
    challenge[0] = (byte) number;
    challenge[1] = (byte) (number >> 8);
    challenge[31] = 1;
    return challenge;
  }

  @Test
  @DisplayName("A challenge counts once for a key, and is another one for another key")
  void once() throws IOException {
    ChallengeMemory memory = open(NOON);
    assertTrue(memory.firstUse(key(1), challenge(1), NOON));
    assertFalse(memory.firstUse(key(1), challenge(1), NOON));
    assertTrue(memory.firstUse(key(1), challenge(2), NOON));
    assertTrue(memory.firstUse(key(2), challenge(1), NOON));
  }

  @Test
  @DisplayName("A challenge is remembered after a restart, for 24 hours")
  void persisted() throws IOException {
    assertTrue(open(NOON).firstUse(key(1), challenge(1), NOON));
    for (int hours = 0; hours <= 24; hours += 8) {
      Instant later = NOON.plus(Duration.ofHours(hours));
      assertFalse(open(later).firstUse(key(1), challenge(1), later), hours + " hours later");
    }
  }

  @Test
  @DisplayName("A clock that goes back makes no challenge fresh again")
  void clockBack() throws IOException {
    ChallengeMemory memory = open(NOON);
    assertTrue(memory.firstUse(key(1), challenge(1), NOON));
    Instant earlier = NOON.minus(Duration.ofDays(3));
    assertFalse(memory.firstUse(key(1), challenge(1), earlier));
    assertTrue(memory.firstUse(key(1), challenge(2), earlier));
    assertFalse(open(earlier).firstUse(key(1), challenge(1), earlier));
  }

  @Test
  @DisplayName("Of many that present one challenge at the same time one is first")
  void race() throws Exception {
    ChallengeMemory memory = open(NOON);
    AtomicInteger first = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 200; i++) {
        int number = i % 10;
        threads.submit(() -> memory.firstUse(key(1), challenge(number), NOON) ? first.incrementAndGet() : 0);
      }
    }
    assertTrue(first.get() == 10, first + " were first");
  }
}
