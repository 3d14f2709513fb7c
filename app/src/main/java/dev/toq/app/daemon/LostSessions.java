package dev.toq.app.daemon;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.ResumableSession;
import dev.toq.protocol.session.ResumableSessions;
import dev.toq.protocol.session.Resume;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The sessions whose connections were lost, and that can be resumed for {@code session_resume_timeout} (specification
 * 8.6): those that peers opened, which they may go on with, and those that we opened, with which we may. In memory only
 * (R-8.9-06), at most {@value #MOST}, of one key {@value #MOST_OF_ONE_KEY}; the oldest goes first. Safe for use by many
 * threads.
 */
final class LostSessions implements ResumableSessions {
  static final int MOST = 1_000;
  static final int MOST_OF_ONE_KEY = 4;

  private record Lost(ResumableSession session, boolean openedByUs) {}

  private final Registry registry;
  private final InstantSource clock;
  private final Duration timeout;
  private final ReentrantLock lock = new ReentrantLock();
  /** The oldest first. */
  private final Deque<Lost> lost = new ArrayDeque<>();

  LostSessions(Registry registry, InstantSource clock, Duration timeout) {
    this.registry = registry;
    this.clock = clock;
    this.timeout = timeout;
  }

  /** How long a session can be resumed after its connection was lost. */
  Duration timeout() {
    return timeout;
  }

  /** Keeps what a lost connection left, unless nobody could go on with it. */
  void remember(ResumableSession session, boolean openedByUs) {
    boolean granted = !openedByUs || Resume.isAnnounced(session.agreed());
    if (!granted || Spec.isNearLastSequence(session.highestSent() + 1)) {
      return;
    }
    locked(() -> {
      List<Lost> ofKey = lost.stream().filter(other -> other.session.peerKey().equals(session.peerKey())).toList();
      if (ofKey.size() >= MOST_OF_ONE_KEY) {
        lost.remove(ofKey.getFirst());
      } else if (lost.size() >= MOST) {
        lost.removeFirst();
      }
      return lost.add(new Lost(session, openedByUs));
    });
  }

  /** The latest session that we opened with this key, and could go on with; it is taken out, older ones dropped. */
  Optional<ResumableSession> takeOwn(PublicKey peer) {
    return locked(() -> {
      Predicate<Lost> own = entry -> entry.openedByUs && entry.session.peerKey().equals(peer);
      Optional<ResumableSession> latest = lost.reversed().stream().filter(own).map(Lost::session).findFirst();
      lost.removeIf(own);
      return latest;
    });
  }

  /** A peer's connection is often lost on its side first: one that still stands here is cut, and leaves its session. */
  @Override
  public Optional<ResumableSession> find(String name, PublicKey peerKey) {
    for (Session standing : registry.matching(session -> session.peerKey().equals(peerKey) && session.isNamed(name))) {
      standing.cut("the peer goes on with this session on another connection");
      standing.awaitLeft(Spec.GOODBYE_ACKS);
    }
    return locked(() -> lost.stream().filter(entry -> !entry.openedByUs).map(Lost::session)
        .filter(session -> session.peerKey().equals(peerKey) && session.isNamed(name)).findFirst());
  }

  @Override
  public boolean claim(ResumableSession session) {
    return locked(() -> lost.removeIf(entry -> entry.session == session));
  }

  /** The owner's rules about these keys have changed. */
  void forget(Predicate<PublicKey> whose) {
    locked(() -> lost.removeIf(entry -> whose.test(entry.session.peerKey())));
  }

  private <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      dropExpired();
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  private void dropExpired() {
    lost.removeIf(entry -> entry.session.isExpired(clock.instant(), timeout)); // R-8.6-07
  }
}
