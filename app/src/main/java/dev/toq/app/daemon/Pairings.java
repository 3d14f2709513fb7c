package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.Invitation;
import dev.toq.protocol.session.InviteCode;
import dev.toq.protocol.session.InviteCode.ProofKey;
import dev.toq.protocol.session.Pairing;
import dev.toq.protocol.session.PeerCredentials;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.session.SetupChannel;
import dev.toq.store.Permissions;
import dev.toq.store.Permissions.Rule;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * The invitations that this agent has made and nobody has used yet (docs/pairing.md), and what follows from one that
 * was used, on either side. They are held in memory, by hashes of their codes: a restart takes them back. Any number of
 * threads may use it.
 */
final class Pairings {
  /** So many may be open at a time. */
  static final int MOST_OPEN = 16;

  /** So many wrong proofs take an invitation back. Who does not know its name cannot even try. */
  static final int MOST_WRONG = 5;

  private final Permissions permissions;
  private final Pinning pins;
  private final InstantSource clock;
  private final Ticker ticker;
  private final SecureRandom random;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Open> open = new LinkedHashMap<>();

  /** One that waits to be used. */
  private static final class Open {
    private final ProofKey key;
    private final long until;
    private int wrong;

    Open(ProofKey key, long until) {
      this.key = key;
      this.until = until;
    }
  }

  Pairings(Permissions permissions, Pinning pins, InstantSource clock, Ticker ticker, SecureRandom random) {
    this.permissions = permissions;
    this.pins = pins;
    this.clock = clock;
    this.ticker = ticker;
    this.random = random;
  }

  /** A new invitation to this agent, good once and for so long; empty where as many are open as may be. */
  Optional<Invitation> invite(Self self, Duration life) {
    InviteCode code = InviteCode.create(random);
    lock.lock();
    try {
      forgetExpired();
      if (open.size() >= MOST_OPEN) {
        return Optional.empty();
      }
      open.put(code.name(), new Open(code.proofKey(), ticker.getAsLong() + life.toNanos()));
    } finally {
      lock.unlock();
    }
    return Optional.of(new Invitation(
        self.address(), self.identity().publicKey().fingerprint(), code, clock.instant().plus(life)));
  }

  /** Whether any waits to be used. */
  boolean areOpen() {
    lock.lock();
    try {
      forgetExpired();
      return !open.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Takes all open ones back; how many there were. */
  int withdraw() {
    lock.lock();
    try {
      forgetExpired();
      int count = open.size();
      open.clear();
      return count;
    } finally {
      lock.unlock();
    }
  }

  /**
   * As receiver: lets a peer in that shows an invitation of ours. The invitation is used up before anything else, and
   * the peer approved on the disk before it hears of it.
   *
   * @return false where it is none of ours, was used, has run out, was taken back, or is not proven
   */
  boolean redeem(SetupChannel setup, Pairing.Asked asked, PeerCredentials peer) throws IOException {
    if (!takes(asked.invite(), proof -> Pairing.proves(setup, asked, proof))) {
      return false;
    }
    approve(peer.key(), peer.address());
    pins.bind(peer.address(), peer.key()); // only its own word: no address changes hands for it
    return true;
  }

  private boolean takes(String name, Predicate<ProofKey> isProven) {
    lock.lock();
    try {
      forgetExpired();
      Open one = open.get(name);
      if (one == null) {
        return false;
      }
      boolean proven = isProven.test(one.key);
      if (proven || ++one.wrong >= MOST_WRONG) {
        open.remove(name);
      }
      return proven;
    } finally {
      lock.unlock();
    }
  }

  /** As initiator: the peer has taken the invitation, whose address and key are its owner's word. */
  void accepted(PublicKey key, Address address) throws IOException {
    approve(key, address);
    pins.accept(Address.of(address.dialHost(), address.dialPort(), address.agent()), key);
  }

  /** The owner's word, given with the invitation: on the disk when this returns. */
  private void approve(PublicKey key, Address address) throws IOException {
    permissions.approve(new Rule.ByKey(key));
    Journal.emit(new Journal.Event.Paired(key, address.toString()));
  }

  private void forgetExpired() {
    long now = ticker.getAsLong();
    open.values().removeIf(one -> one.until - now <= 0);
  }
}
