package dev.toq.store;

import dev.toq.protocol.identity.AddressPattern;
import dev.toq.protocol.identity.PublicKey;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The owner's rules about who may connect, and the requests that wait for a decision. A change is on disk before its
 * method returns. Safe for use by many threads.
 */
public interface Permissions {
  /** A rule names a key or an address pattern ({@code toq://host/*}, {@code toq://host/agent}, {@code *}). */
  sealed interface Rule {
    record ByKey(PublicKey key) implements Rule {}

    record ByAddress(String pattern) implements Rule {
      /** Throws IllegalArgumentException with a sentence where no address can match the pattern. */
      public ByAddress {
        AddressPattern.check(pattern);
      }
    }
  }

  /** A stranger who waits for the owner's decision. */
  record Pending(PublicKey key, String address, Instant requestedAt) {}

  /**
   * The rules that a block by this rule stands for: one by address also names the keys that were last seen there, so
   * that the blocked cannot come back under another address (A-41). Not one that covers every address: it needs none.
   */
  static List<Rule> blockOf(Rule rule, List<Peers.Peer> met) {
    if (!(rule instanceof Rule.ByAddress(String pattern)) || AddressPattern.coversAll(pattern)) {
      return List.of(rule);
    }
    return Stream.concat(Stream.of(rule), met.stream().filter(peer -> peer.isAt(pattern))
        .map(peer -> new Rule.ByKey(peer.key()))).toList();
  }

  List<Rule> approved();

  /** The keys that are approved by name: what is kept of them goes last, where there is no room for all. */
  default Set<PublicKey> approvedKeys() {
    return approved().stream().flatMap(rule -> switch (rule) {
      case Rule.ByKey(PublicKey key) -> Stream.of(key);
      case Rule.ByAddress byAddress -> Stream.<PublicKey>empty();
    }).collect(Collectors.toUnmodifiableSet());
  }

  List<Rule> blocked();

  List<Pending> pending();

  /** Keys that the owner denied: they may not ask again until cleared (A-49). */
  List<PublicKey> denied();

  /** Adds an approval; approving a key ends its pending request and its denial. Never lifts a block. */
  void approve(Rule rule) throws IOException;

  /** Removes an approval; a denial of the key is forgotten too, so that it may ask again. */
  void revoke(Rule rule) throws IOException;

  /** Adds a block; blocking a key removes its approval and its pending request. */
  void block(Rule rule) throws IOException;

  /** Removes a block. An approval that the block removed does not come back. */
  void unblock(Rule rule) throws IOException;

  /**
   * Ends a pending request and remembers the denial. A key that is approved stays so, and is not remembered.
   *
   * @return false where the key is approved, and nothing was denied
   */
  boolean deny(PublicKey key) throws IOException;

  /**
   * Records a request, or refreshes the one of the same key; an implementation may leave the time of a request as it is
   * that is repeated within a minute. A key that is approved by now gets no entry.
   *
   * @return false where there is no entry and no approval: the queue is full and the key was not yet in it (A-50), or
   * the
   *     key is blocked or denied (A-49)
   */
  boolean request(Pending request, int limit) throws IOException;
}
