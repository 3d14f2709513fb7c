package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/** Permissions with denials, peers, and challenges, in one directory. */
record RulesPowerCut() implements PowerCutFamily<RulesPowerCut.Promise> {
  private static final TestClock CLOCK = new TestClock();
  private static final int OPERATIONS = 20;
  private static final int KEYS = 5;
  private static final int MOST = 100;

  /** What the rules come to. */
  record View(Set<Rule> approved, Set<Rule> blocked, Set<PublicKey> denied, Set<PublicKey> pending) {
    static View of(PermissionsFile rules) {
      return new View(Set.copyOf(rules.approved()), Set.copyOf(rules.blocked()), Set.copyOf(rules.denied()),
          rules.pending().stream().map(Permissions.Pending::key).collect(Collectors.toUnmodifiableSet()));
    }
  }

  /**
   * What these files have promised.
   *
   * @param history every view of the rules, in the course of the work
   * @param view which of these is durable; the next one may be
   * @param met peers that were met, {@code kept} those of them whose file was closed since
   * @param used challenges that were used, {@code known} those of them whose file was written anew since
   */
  record Promise(List<View> history, int view, Set<Integer> met, Set<Integer> kept, Set<Integer> used,
      Set<Integer> known) {}

  @Override
  public String name() {
    return "rules";
  }

  private static DataDirectory in(Path directory) {
    return new DataDirectory(directory, directory.resolve("agents"), DataDirectory.Origin.FLAG);
  }

  private static ChallengeFile challenges(FileLayer files, Path directory) throws IOException {
    return ChallengeFile.open(in(directory), files, CLOCK.instant(), MOST, MOST, Set::of);
  }

  private static boolean use(ChallengeFile challenges, int number) throws IOException {
    return challenges.firstUse(Keys.key(number % KEYS), new byte[] {(byte) number}, CLOCK.instant());
  }

  @Override
  public Work<Promise> begin(Random chance) {
    return new Working(chance);
  }

  private static final class Working implements Work<Promise> {
    private final Random chance;
    private final List<View> history = new ArrayList<>();
    private final Set<Integer> met = new HashSet<>();
    private final Set<Integer> kept = new HashSet<>();
    private final Set<Integer> used = new HashSet<>();
    private final Set<Integer> known = new HashSet<>();
    private int view;
    private int number;

    Working(Random chance) {
      this.chance = chance;
    }

    @Override
    public synchronized Promise promised() {
      return new Promise(history, view, Set.copyOf(met), Set.copyOf(kept), Set.copyOf(used), Set.copyOf(known));
    }

    private synchronized void change(Runnable change) {
      change.run();
    }

    @Override
    public void run(FileLayer files, Path directory) throws Exception {
      PermissionsFile rules = PermissionsFile.open(in(directory), files, CLOCK);
      history.add(View.of(rules));
      for (int i = 0; i < OPERATIONS; i++) {
        switch (chance.nextInt(6)) {
          case 0 -> meet(files, directory);
          case 1 -> challenge(files, directory);
          default -> {
            decide(rules);
            history.add(View.of(rules));
            change(() -> view++);
          }
        }
      }
    }

    private void decide(PermissionsFile rules) throws IOException {
      PublicKey key = Keys.key(chance.nextInt(KEYS));
      Rule rule = chance.nextInt(4) > 0 ? new Rule.ByKey(key) : new Rule.ByAddress("toq://lab.example/a");
      switch (chance.nextInt(6)) {
        case 0 -> rules.approve(rule);
        case 1 -> rules.revoke(rule);
        case 2 -> rules.block(rule);
        case 3 -> rules.unblock(rule);
        case 4 -> rules.deny(key);
        default -> rules.request(new Permissions.Pending(key, "toq://lab.example/b", CLOCK.instant()), KEYS - 1);
      }
    }

    private void meet(FileLayer files, Path directory) throws IOException {
      try (PeersFile peers = PeersFile.open(in(directory), files, MOST, Set::of)) {
        for (int i = chance.nextInt(3); i >= 0; i--) {
          int peer = chance.nextInt(MOST / 2);
          change(() -> met.add(peer));
          peers.touch(Keys.key(peer), "toq://lab.example/p" + peer, CLOCK.instant());
        }
      }
      change(() -> kept.addAll(met));
    }

    private void challenge(FileLayer files, Path directory) throws IOException {
      try (ChallengeFile challenges = challenges(files, directory)) {
        change(() -> known.addAll(used));
        for (int i = chance.nextInt(4); i >= 0; i--) {
          int next = number++;
          change(() -> used.add(next));
          assertTrue(use(challenges, next));
        }
      }
    }
  }

  @Override
  public void check(Promise promised, FileLayer files, Path directory) throws Exception {
    View found = View.of(PermissionsFile.open(in(directory), files, CLOCK));
    List<View> allowed = promised.history().subList(
        promised.view(), Math.min(promised.view() + 2, promised.history().size()));
    assertTrue(allowed.contains(found), () -> found + ", not one of " + allowed);
    try (PeersFile peers = PeersFile.open(in(directory), files, MOST, Set::of)) {
      Set<PublicKey> all = peers.all().stream().map(Peers.Peer::key).collect(Collectors.toSet());
      assertEquals(List.of(), peers.warnings());
      promised.kept().forEach(peer -> assertTrue(all.contains(Keys.key(peer)), () -> "peer lost: " + peer));
      promised.met().forEach(peer -> all.remove(Keys.key(peer)));
      assertEquals(Set.of(), all);
    }
    try (ChallengeFile challenges = challenges(files, directory)) {
      for (int number : promised.known()) {
        assertFalse(use(challenges, number), () -> "challenge forgotten: " + number);
      }
    }
  }
}
