package dev.toq.app.dns;

import dev.toq.protocol.identity.DnsRecord;
import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * What domains publish, remembered for a while, because anyone can make us ask for any name: callers who want
 * the same domain at the same time share one question, and only so many questions are open at a time.
 */
public final class AgentDirectory implements NameSystem {
  /** An answer is kept for its own time to live, but no longer. */
  public static final Duration MOST_KEPT = Duration.ofSeconds(60);

  /** Where nobody answered, or nobody can be believed, we ask again soon, but not at once. */
  static final Duration FAILURE_KEPT = Duration.ofSeconds(5);

  /** So many domains are remembered; beyond, the one that was not wanted for the longest time is forgotten. */
  static final int MOST_DOMAINS = 1_000;

  /** So many questions are open at a time. */
  static final int MOST_OPEN = 64;

  private final NameSystem names;
  private final LongSupplier nanos;
  private final Semaphore open = new Semaphore(MOST_OPEN);
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Known> entries = new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
      return size() > MOST_DOMAINS;
    }
  };

  private final class Known {
    private final CompletableFuture<DnsAnswer<DnsRecord>> answer;
    private volatile Optional<Long> until = Optional.empty();

    Known(CompletableFuture<DnsAnswer<DnsRecord>> asked) {
      this.answer = asked.whenComplete((told, failed) -> until = Optional.of(nanos.getAsLong() + kept(told).toNanos()));
    }

    boolean isGood() {
      return until.isEmpty() || until.get() - nanos.getAsLong() > 0;
    }
  }

  /** @param nanos a clock that never jumps, in nanoseconds from any origin */
  public AgentDirectory(NameSystem names, LongSupplier nanos) {
    this.names = names;
    this.nanos = nanos;
  }

  @Override
  public CompletableFuture<DnsAnswer<DnsRecord>> agents(String domain) {
    return agents(domain, () -> true);
  }

  /**
   * As {@link #agents(String)}.
   *
   * @param mayAsk asked, once, where the answer is not known and nobody else waits for it; false leaves it open
   */
  public CompletableFuture<DnsAnswer<DnsRecord>> agents(String domain, BooleanSupplier mayAsk) {
    lock.lock();
    try {
      Known known = entries.get(domain);
      if (known != null && known.isGood()) {
        return known.answer.copy();
      }
      if (!mayAsk.getAsBoolean()) {
        return unanswered("too many names were to be looked up for one source");
      }
      if (!open.tryAcquire()) {
        return unanswered("too many names are being looked up");
      }
      CompletableFuture<DnsAnswer<DnsRecord>> asked = names.agents(domain);
      asked.whenComplete((told, failed) -> open.release());
      Known entry = new Known(asked);
      entries.put(domain, entry);
      return entry.answer.copy();
    } finally {
      lock.unlock();
    }
  }

  private static CompletableFuture<DnsAnswer<DnsRecord>> unanswered(String reason) {
    return CompletableFuture.completedFuture(new DnsAnswer.Unanswered<>(reason));
  }

  @Override
  public CompletableFuture<DnsAnswer<InetAddress>> addresses(String host) {
    return names.addresses(host);
  }

  private static Duration kept(DnsAnswer<DnsRecord> answer) {
    return switch (answer) {
      case DnsAnswer.Found<DnsRecord> found -> least(found.ttl());
      case DnsAnswer.Nothing<DnsRecord> nothing -> least(nothing.ttl());
      case DnsAnswer.Bogus<DnsRecord> bogus -> FAILURE_KEPT;
      case DnsAnswer.Unanswered<DnsRecord> unanswered -> FAILURE_KEPT;
    };
  }

  private static Duration least(Duration ttl) {
    return ttl.compareTo(MOST_KEPT) < 0 ? ttl : MOST_KEPT;
  }

  /** For the tests of this package. */
  int domains() {
    lock.lock();
    try {
      return entries.size();
    } finally {
      lock.unlock();
    }
  }
}
