package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.store.OutboxState.Acked;
import dev.toq.store.OutboxState.Cancelled;
import dev.toq.store.OutboxState.Failed;
import dev.toq.store.OutboxState.Final;
import dev.toq.store.OutboxState.Refused;
import dev.toq.store.OutboxState.Unknown;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** An outbox: messages, transmissions, ends, small segments that are dropped by age, closed and opened in between. */
record OutboxPowerCut() implements PowerCutFamily<OutboxPowerCut.Promise> {
  private static final TestClock CLOCK = new TestClock();
  private static final int OPERATIONS = 20;

  /**
   * What an outbox has promised.
   *
   * @param offered messages that were handed in, by their number
   * @param kept those of them that are durable
   * @param noted those whose end was noted, and {@code ended} those whose end is durable
   * @param dropped whether old segments were dropped, or are about to be
   */
  record Promise(Set<Integer> offered, Set<Integer> kept, Set<Integer> noted, Set<Integer> ended, boolean dropped) {}

  @Override
  public String name() {
    return "outbox";
  }

  private static OutboxFile open(FileLayer files, Path directory) throws IOException {
    return OutboxFile.open(files, directory.resolve("outbox.jsonl"), CLOCK,
        new OutboxFile.Settings(1000, 1 << 20, 1000, 900, 1 << 20, Duration.ofHours(1)));
  }

  @Override
  public Work<Promise> begin(Random chance) {
    return new Working(chance);
  }

  private static final class Working implements Work<Promise> {
    private final Random chance;
    private final Set<Integer> offered = new HashSet<>();
    private final Set<Integer> kept = new HashSet<>();
    private final Set<Integer> noted = new HashSet<>();
    private final Set<Integer> ended = new HashSet<>();
    private boolean dropped;
    private int number;

    Working(Random chance) {
      this.chance = chance;
    }

    @Override
    public synchronized Promise promised() {
      return new Promise(Set.copyOf(offered), Set.copyOf(kept), Set.copyOf(noted), Set.copyOf(ended), dropped);
    }

    private synchronized void change(Runnable change) {
      change.run();
    }

    @Override
    public void run(FileLayer files, Path directory) throws Exception {
      int left = OPERATIONS;
      while (left > 0) {
        try (OutboxFile outbox = open(files, directory)) {
          for (int here = 1 + chance.nextInt(left); here > 0; here--, left--) {
            operate(outbox);
          }
        }
      }
    }

    private void operate(OutboxFile outbox) throws Exception {
      switch (chance.nextInt(12)) {
        case 0, 1, 2, 3, 4 -> accept(outbox, chance.nextInt(3) == 0 ? 1 + chance.nextInt(4) : 1);
        case 5 -> outbox.sent(OutboxMessages.key(1, chance.nextInt(number + 1)));
        case 6, 7, 8, 9 -> end(outbox, chance.nextInt(number + 1));
        case 10 -> {
          Set<Integer> riding = promised().noted();
          outbox.flush().get(30, TimeUnit.SECONDS);
          change(() -> ended.addAll(riding));
        }
        default -> {
          change(() -> dropped = true);
          outbox.dropBefore(CLOCK.instant().plus(Duration.ofDays(36_500)));
        }
      }
    }

    private void accept(OutboxFile outbox, int count) throws Exception {
      List<CompletableFuture<Void>> durable = new ArrayList<>();
      int first = number;
      for (; number < first + count; number++) {
        int one = number;
        change(() -> offered.add(one));
        durable.add(assertInstanceOf(Outbox.Acceptance.Taken.class, outbox.accept(message(one))).durable());
      }
      for (int i = 0; i < count; i++) {
        int one = first + i;
        durable.get(i).get(30, TimeUnit.SECONDS);
        change(() -> kept.add(one));
      }
    }

    private void end(OutboxFile outbox, int one) {
      Instant now = CLOCK.instant();
      List<Final> ends = List.of(new Acked(now), new Refused(now, "blocked", "no"), new Failed(now, "gave up"),
          new Unknown(now), new Cancelled(now));
      change(() -> {
        if (kept.contains(one)) {
          noted.add(one); // before it can be on the disk
        }
      });
      outbox.end(OutboxMessages.key(1, one), ends.get(chance.nextInt(ends.size())));
    }
  }

  private static OutboxMessage message(int number) {
    return OutboxMessages.message(
        OutboxMessages.key(1, number), "x".repeat(number * 37 % 150), CLOCK.instant());
  }

  @Override
  public void check(Promise promised, FileLayer files, Path directory) throws Exception {
    try (OutboxFile outbox = open(files, directory)) {
      Map<Integer, OutboxState> found = new HashMap<>();
      for (OutboxEntry entry : outbox.newest(1000, any -> true)) {
        int number = (int) entry.key().id().getLeastSignificantBits();
        assertTrue(promised.offered().contains(number), () -> "nobody sent " + number);
        assertEquals(null, found.put(number, entry.state()), () -> "twice: " + number);
        Optional<OutboxMessage> content = outbox.message(entry.key());
        if (content.isPresent() || !promised.dropped() || !(entry.state() instanceof Final)) {
          assertEquals(Optional.of(message(number)), content);
        }
      }
      Set<Integer> waiting = new HashSet<>();
      outbox.unfinished(OutboxMessages.key(1, 0).recipient(), Outbox.Cursor.START, 1000).entries()
          .forEach(entry -> waiting.add((int) entry.key().id().getLeastSignificantBits()));
      for (int number : promised.kept()) {
        boolean finished = found.get(number) instanceof Final;
        boolean mayBeGone = promised.dropped() && promised.noted().contains(number);
        assertTrue(waiting.contains(number) || finished && promised.noted().contains(number) || mayBeGone,
            () -> "lost: " + number + ", found " + found.get(number));
        assertFalse(promised.ended().contains(number) && waiting.contains(number), () -> "sent again: " + number);
      }
    }
  }
}
