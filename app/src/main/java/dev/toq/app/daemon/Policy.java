package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.AddressPattern;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Config.ConnectionMode;
import dev.toq.store.Permissions;
import dev.toq.store.Permissions.Rule;
import java.net.InetAddress;
import java.util.Collection;
import java.util.function.Supplier;

/**
 * Who may connect (specification section 16). What is to be found out about a peer is found out first, as its
 * {@link Standing}; the decision reads the rules as they are then, and returns. No lock is held while a peer or a name
 * server may be silent.
 */
final class Policy {
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

  /**
   * Who a peer is.
   *
   * @param key the key that it has proven
   * @param claimed the address that it gives itself
   * @param isBound whether that address is bound to the key
   * @param isVerified whether DNS confirmed both on this connection; false where it was not worth asking
   */
  record Standing(PublicKey key, Address claimed, boolean isBound, boolean isVerified) {}

  private final Permissions permissions;
  private final Supplier<ConnectionMode> mode;
  private final AddressPins pins;
  private final DnsVerifier dns;
  private final ApprovalQueue queue;

  /**
   * Makes the policy of one agent.
   *
   * @param mode asked for each decision, so that a change counts at once and for new connections only
   */
  Policy(Permissions permissions, Supplier<ConnectionMode> mode, AddressPins pins, DnsVerifier dns,
      ApprovalQueue queue) {
    this.permissions = permissions;
    this.mode = mode;
    this.pins = pins;
    this.dns = dns;
    this.queue = queue;
  }

  /** Who waits for the owner's decision. */
  ApprovalQueue queue() {
    return queue;
  }

  ConnectionMode mode() {
    return mode.get();
  }

  /** Whether a block covers this key, or this address even if it is only claimed: a denial is safe (A-41, R-5.4-03). */
  boolean blocks(PublicKey key, Address claimed) {
    return permissions.blocked().stream().anyMatch(rule -> covers(rule, key, claimed)); // R-14.7-01, R-16.6-01
  }

  /** Whether the owner approved this very key. */
  boolean approves(PublicKey key) {
    return permissions.approved().contains(new Rule.ByKey(key));
  }

  /** Whether a block covers whoever is at this address, so that it is not even dialled. */
  boolean blocks(Address address) {
    return coversAddress(permissions.blocked(), address);
  }

  /**
   * Finds out about a peer what a decision needs. May wait for DNS; to be called after the peer has signed an envelope
   * for us, so that who only passes by makes us ask nothing.
   *
   * @param source from where the peer comes
   */
  Standing standing(PublicKey key, Address claimed, InetAddress source) {
    boolean bound = pins.isBound(claimed, key);
    boolean matters = mode() == ConnectionMode.DNS_VERIFIED
        || !bound && coversAddress(permissions.approved(), claimed);
    boolean isVerified = matters
        && claimed.isDomain() // R-16.5-01: about an IP address, localhost or .local nobody is asked
        && !approves(key) && !blocks(key, claimed) && dns.verifies(claimed, key, source);
    return new Standing(key, claimed, bound, isVerified);
  }

  /** Decides about a peer (R-5.5-02). */
  Decision decide(Standing peer) {
    if (blocks(peer.key, peer.claimed)) {
      return new Decision.Refuse();
    }
    ConnectionMode now = mode();
    boolean comesIn = isApproved(peer, now)
        || now == ConnectionMode.OPEN // R-16.1-02
        || now == ConnectionMode.DNS_VERIFIED && peer.isVerified; // R-16.1-05, R-16.5-02
    if (comesIn) {
      return new Decision.Admit();
    }
    if (now != ConnectionMode.APPROVAL) { // R-16.1-03
      return new Decision.Refuse();
    }
    return permissions.denied().contains(peer.key) ? new Decision.Deny() : new Decision.Ask(); // R-16.1-04
  }

  boolean admits(Standing peer) {
    return decide(peer) instanceof Decision.Admit;
  }

  /**
   * Whether a connection may go on that stood when an approval was taken back: one that a stranger would get
   * too, or that another approval covers. A peer that DNS confirmed comes again and is asked about afresh.
   */
  boolean stillAdmits(PublicKey key, Address claimed) {
    return mode() == ConnectionMode.OPEN || admits(new Standing(key, claimed, pins.isBound(claimed, key), false));
  }

  /**
   * An approval by key lets that key in, wherever it comes from. One by address lets in a key that the address is bound
   * to, or that DNS confirms now; the claim alone is worth nothing. A denial of the key itself counts more than
   * it, and in mode {@code dns-verified} only an approval by key replaces the answer of DNS.
   */
  private boolean isApproved(Standing peer, ConnectionMode now) {
    return approves(peer.key) // R-3.4-01, R-3.4-02, R-16.4-03
        || now != ConnectionMode.DNS_VERIFIED
            && (peer.isBound || peer.isVerified)
            && coversAddress(permissions.approved(), peer.claimed)
            && !permissions.denied().contains(peer.key);
  }

  /** Whether the rule is about this key, or about this address. */
  static boolean covers(Rule rule, PublicKey key, Address address) {
    return switch (rule) {
      case Rule.ByKey(PublicKey named) -> named.equals(key);
      case Rule.ByAddress(String pattern) -> AddressPattern.matches(pattern, address);
    };
  }

  private static boolean coversAddress(Collection<Rule> rules, Address address) {
    return rules.stream().anyMatch(rule -> switch (rule) {
      case Rule.ByKey byKey -> false;
      case Rule.ByAddress(String pattern) -> AddressPattern.matches(pattern, address);
    });
  }
}
