package dev.toq.app.dns;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** What became of a question to the domain name system. */
public sealed interface DnsAnswer<T> {
  /**
   * There are such records.
   *
   * @param isSecure whether their signatures were checked and hold, by whom the owner chose; false also for a zone
   *     that has none
   * @param ttl how long they may be kept
   */
  record Found<T>(List<T> all, boolean isSecure, Duration ttl) implements DnsAnswer<T> {
    public Found {
      all = List.copyOf(all);
    }
  }

  /** There are none, says the name system. */
  record Nothing<T>(Duration ttl) implements DnsAnswer<T> {}

  /**
   * A name server failed, which is how one that checks signatures tells that they do not hold; or we found so. Nothing
   * is to be built on the name (R-15.4-03).
   *
   * @param reason a sentence, not safe to show: it may quote a server
   */
  record Bogus<T>(String reason) implements DnsAnswer<T> {}

  /**
   * Nobody answered in time, or nothing that can be understood.
   *
   * @param reason as above
   */
  record Unanswered<T>(String reason) implements DnsAnswer<T> {}

  /** The same answer about other things; {@code reading} makes any number of them of one record. */
  default <S> DnsAnswer<S> read(Function<T, List<S>> reading) {
    return switch (this) {
      case Found<T>(var all, boolean isSecure, Duration ttl) -> {
        List<S> read = all.stream().flatMap(one -> reading.apply(one).stream()).toList();
        yield read.isEmpty() ? new Nothing<>(ttl) : new Found<>(read, isSecure, ttl);
      }
      case Nothing<T>(Duration ttl) -> new Nothing<>(ttl);
      case Bogus<T>(String reason) -> new Bogus<>(reason);
      case Unanswered<T>(String reason) -> new Unanswered<>(reason);
    };
  }
}
