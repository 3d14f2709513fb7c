package dev.toq.app.daemon;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Permissions;
import dev.toq.store.Permissions.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Holds live connections and lost sessions against the owner's rules: what a new block covers, or an approval that is
 * gone, ends at once and without a word. A rule changed by a command counts when the command returns; one that
 * was edited by hand within about half a second.
 */
final class RulesInForce implements AutoCloseable {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);
  private static final int MOST_STEPS = 64;

  private final Permissions permissions;
  private final Policy policy;
  private final Registry registry;
  private final LostSessions lost;
  private final Function<PublicKey, Optional<PublicKey>> successor;
  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closing = lock.newCondition();
  private List<Rule> approved;
  private List<Rule> blocked;
  private boolean closed;

  RulesInForce(Permissions permissions, Policy policy, Registry registry, LostSessions lost,
      Function<PublicKey, Optional<PublicKey>> successor, Ticker ticker) {
    this.permissions = permissions;
    this.policy = policy;
    this.registry = registry;
    this.lost = lost;
    this.successor = successor;
    this.ticker = ticker;
    this.approved = permissions.approved();
    this.blocked = permissions.blocked();
  }

  /** Begins to look for edits by hand. */
  void watch() {
    Thread.ofVirtual().name("toq-rules").start(this::lookAgainAndAgain);
  }

  private void lookAgainAndAgain() {
    lock.lock();
    try {
      while (!closed) {
        enforce();
        long due = ticker.getAsLong() + BETWEEN_LOOKS.toNanos();
        for (long left = BETWEEN_LOOKS.toNanos(); left > 0 && !closed; left = due - ticker.getAsLong()) {
          ticker.await(closing, left);
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** These blocks are new: what they cover ends. Only closes sockets, which never waits for a peer. */
  void blocked(List<Rule> rules) {
    lock.lock();
    try {
      end(rules, session -> true);
    } finally {
      lock.unlock();
    }
  }

  /** This approval is gone, or this key was denied: what is let in by nothing else ends. */
  void revoked(Rule rule) {
    lock.lock();
    try {
      end(List.of(rule), session -> !mayStay(session));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes up what was edited by hand. What comes and goes between two looks is not seen, so a command says itself what
   * it changed. Called with the lock held.
   */
  private void enforce() {
    List<Rule> approvedNow = permissions.approved();
    List<Rule> blockedNow = permissions.blocked();
    List<Rule> added = without(blockedNow, blocked);
    List<Rule> removed = without(approved, approvedNow);
    approved = approvedNow;
    blocked = blockedNow;
    end(added, session -> true);
    end(removed, session -> !mayStay(session));
  }

  private void end(List<Rule> rules, Predicate<Session> wanted) {
    if (rules.isEmpty()) {
      return;
    }
    boolean byAddress = rules.stream().anyMatch(Rule.ByAddress.class::isInstance);
    lost.forget(key -> byAddress || rules.contains(new Rule.ByKey(key)));
    List<Session> covered = registry.matching(session -> rules.stream().anyMatch(rule -> covers(rule, session)));
    covered.stream().filter(wanted).forEach(session -> session.expel("the owner's rules changed"));
  }

  private boolean covers(Rule rule, Session session) {
    return any(session, key -> Policy.covers(rule, key, session.peerAddress()))
        || Policy.covers(rule, session.peerKey(), session.counterpart());
  }

  private boolean mayStay(Session session) {
    return any(session, key -> policy.stillAdmits(key, session.peerAddress()));
  }

  /**
   * A session goes on under the key that it began with, and rules go over to the next one: so whatever
   * holds for a key that this one replaced, or that replaced it, holds for the session.
   */
  private boolean any(Session session, Predicate<PublicKey> holds) {
    return session.keys().any(holds) || PeerKeys.successors(session.peerKey(), successor).anyMatch(holds);
  }

  private static List<Rule> without(List<Rule> rules, List<Rule> others) {
    List<Rule> rest = new ArrayList<>(rules);
    rest.removeAll(others);
    return rest;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      closing.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
