package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.AddressPattern;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Config;
import dev.toq.store.Permissions;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who may connect (specification section 16). A decision reads the rules and returns; no lock is held while a peer may
 * be silent.
 */
final class Policy {
  /** Strangers from one source who may wait for the owner at a time. */
  static final int PENDING_PER_SOURCE = 5;

  /** What the owner's rules and the connection mode say about a peer whose key has been proven. */
  sealed interface Decision {
    record Admit() implements Decision {}

    /** The owner must decide; record the request once the peer has signed something for us. */
    record Ask() implements Decision {}

    /** The owner said no, and the peer may know it. */
    record Deny() implements Decision {}

    /** Close without a word. */
    record Refuse() implements Decision {}
  }

  private final Permissions permissions;
  private final Config.ConnectionMode mode;
  private final int maxPending;
  private final Map<PublicKey, InetAddress> sources = new ConcurrentHashMap<>();

  Policy(Permissions permissions, Config.ConnectionMode mode, int maxPending) {
    this.permissions = permissions;
    this.mode = mode;
    this.maxPending = maxPending;
  }

  /** Whether a block covers this key, or this address even if it is only claimed: a denial is safe (A-41, R-5.4-03). */
  boolean blocks(PublicKey key, Address claimed) {
    return permissions.blocked().stream().anyMatch(rule -> switch (rule) {
      case Rule.ByKey(PublicKey blocked) -> blocked.equals(key);
      case Rule.ByAddress(String pattern) -> AddressPattern.matches(pattern, claimed);
    });
  }

  /** Whether the owner approved this very key. */
  boolean approves(PublicKey key) {
    return permissions.approved().contains(new Rule.ByKey(key));
  }

  /** Decides about a peer (R-5.5-02). Address rules grant nothing, because an address is only claimed. */
  Decision decide(PublicKey key, Address claimed) {
    if (blocks(key, claimed)) {
      return new Decision.Refuse();
    }
    if (approves(key)) { // R-3.4-01, R-3.4-02: the key, wherever it comes from
      return new Decision.Admit();
    }
    return switch (mode) {
      case OPEN -> new Decision.Admit();
      case APPROVAL -> permissions.denied().contains(key) ? new Decision.Deny() : new Decision.Ask();
      case ALLOWLIST, DNS_VERIFIED -> new Decision.Refuse(); // DNS is not asked yet: fail closed
    };
  }

  /**
   * Records that a peer asks for approval.
   *
   * @return false where the queue, or the share of this source, is full and the key was not in it: close silently
   */
  boolean request(PublicKey key, Address claimed, InetAddress source, Instant now) throws IOException {
    boolean known = permissions.pending().stream().anyMatch(pending -> pending.key().equals(key));
    if (!known && waitingFrom(source) >= PENDING_PER_SOURCE) {
      return false;
    }
    if (!permissions.request(new Permissions.Pending(key, claimed.toString(), now), maxPending)) {
      return false;
    }
    sources.put(key, source);
    return true;
  }

  private long waitingFrom(InetAddress source) {
    sources.keySet().retainAll(permissions.pending().stream().map(Permissions.Pending::key).toList());
    return sources.values().stream().filter(source::equals).count();
  }
}
