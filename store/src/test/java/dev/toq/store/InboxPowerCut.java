package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * An inbox: messages alone and several at once, closed and opened in between; {@code segments} makes segments small and
 * drops them by age and all together.
 */
record InboxPowerCut(boolean segments) implements PowerCutFamily<InboxPowerCut.Promise> {
  private static final TestClock CLOCK = new TestClock();
  private static final int OPERATIONS = 14;

  /**
   * What an inbox has promised.
   *
   * @param offered ids that were handed in
   * @param stored those of them that were acknowledged
   * @param mayBeGone those of them that were dropped, or are about to be
   */
  record Promise(Set<String> offered, Set<String> stored, Set<String> mayBeGone) {}

  @Override
  public String name() {
    return segments ? "inbox-segments" : "inbox-append";
  }

  private InboxFile open(FileLayer files, Path directory) throws IOException {
    return InboxFile.open(files, directory.resolve("messages.jsonl"), CLOCK, new Random(3),
        new InboxFile.Settings(Duration.ofSeconds(600), 1000, segments ? 900 : 1 << 20, 1 << 20), Set::of);
  }

  private static StoredMessage message(String id) {
    return Messages.message(1, id, CLOCK.instant());
  }

  @Override
  public Work<Promise> begin(Random chance) {
    return new Working(chance);
  }

  private final class Working implements Work<Promise> {
    private final Random chance;
    private Promise promise = new Promise(Set.of(), Set.of(), Set.of());
    private int number;

    Working(Random chance) {
      this.chance = chance;
    }

    @Override
    public synchronized Promise promised() {
      return promise;
    }

    private synchronized void promise(Set<String> moreOffered, Set<String> moreStored, Set<String> moreGone) {
      promise = new Promise(union(promise.offered(), moreOffered), union(promise.stored(), moreStored),
          union(promise.mayBeGone(), moreGone));
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
      Set<String> all = new HashSet<>(some);
      all.addAll(others);
      return Set.copyOf(all);
    }

    @Override
    public void run(FileLayer files, Path directory) throws Exception {
      int left = OPERATIONS;
      while (left > 0) {
        try (InboxFile inbox = open(files, directory)) {
          for (int here = 1 + chance.nextInt(left); here > 0; here--, left--) {
            operate(inbox);
          }
        }
      }
    }

    private void operate(InboxFile inbox) throws Exception {
      switch (segments ? chance.nextInt(8) : 2) {
        case 0 -> {
          promise(Set.of(), Set.of(), promise.stored());
          inbox.clear();
        }
        case 1 -> {
          promise(Set.of(), Set.of(), promise.stored());
          inbox.dropBefore(CLOCK.instant().plus(Duration.ofDays(36_500)));
        }
        default -> accept(inbox, chance.nextInt(3) == 0 ? 1 + chance.nextInt(6) : 1);
      }
    }

    private void accept(InboxFile inbox, int count) throws Exception {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        ids.add("m" + number++ + "-" + "x".repeat(chance.nextInt(chance.nextInt(8) == 0 ? 400 : 40)));
      }
      promise(Set.copyOf(ids), Set.of(), Set.of());
      List<CompletableFuture<Void>> durable = ids.stream().map(id -> inbox.accept(message(id)).durable()).toList();
      for (int i = 0; i < count; i++) {
        durable.get(i).get(30, TimeUnit.SECONDS);
        promise(Set.of(), Set.of(ids.get(i)), Set.of());
      }
    }
  }

  @Override
  public void check(Promise promised, FileLayer files, Path directory) throws Exception {
    try (InboxFile inbox = open(files, directory)) {
      List<StoredMessage> shown = inbox.newest(1000, any -> true).toList();
      Set<String> ids = new HashSet<>();
      for (StoredMessage message : shown) {
        assertTrue(ids.add(message.id()), () -> "twice: " + message.id());
        assertTrue(promised.offered().contains(message.id()), () -> "nobody sent " + message.id());
        assertEquals(message(message.id()), message);
      }
      for (String id : promised.stored()) {
        assertTrue(ids.contains(id) || promised.mayBeGone().contains(id), () -> "lost: " + id);
        assertTrue(inbox.knows(Messages.key(1), id), () -> "forgotten, and would be taken again: " + id);
      }
    }
  }
}
