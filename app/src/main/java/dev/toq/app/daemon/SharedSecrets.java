package dev.toq.app.daemon;

import dev.toq.protocol.body.EndToEnd;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Peers;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What this agent shares with each peer for end-to-end encryption: one {@link EndToEnd} for a pair of keys, on
 * all its connections, with the use of the pair counted over restarts. Of at most {@value #MOST} peers, those met last;
 * for another the count goes on and only its latest nonces are forgotten. Safe for many threads.
 */
final class SharedSecrets {
  static final int MOST = 256;

  private record Pair(PublicKey own, PublicKey peer) {}

  private final Peers peers;
  private final ReentrantLock lock = new ReentrantLock();
  /** The one used longest ago first. */
  private final Map<Pair, EndToEnd> recent = new LinkedHashMap<>();

  SharedSecrets(Peers peers) {
    this.peers = peers;
  }

  /** For bodies between this identity of ours and a peer whose handshake was accepted. */
  EndToEnd between(Identity own, PublicKey peer) {
    Pair pair = new Pair(own.publicKey(), peer);
    lock.lock();
    try {
      EndToEnd shared = Optional.ofNullable(recent.remove(pair)).orElseGet(() -> fresh(own, peer));
      recent.put(pair, shared);
      if (recent.size() > MOST) {
        recent.remove(recent.keySet().iterator().next());
      }
      return shared;
    } finally {
      lock.unlock();
    }
  }

  private EndToEnd fresh(Identity own, PublicKey peer) {
    long before = peers.find(peer).map(known -> known.marks().encryptedWith(own.publicKey())).orElse(0L);
    return new EndToEnd(own, peer, before, count -> peers.encrypted(peer, own.publicKey(), count));
  }
}
