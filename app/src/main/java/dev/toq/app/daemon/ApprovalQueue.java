package dev.toq.app.daemon;

import dev.toq.app.admission.Source;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Permissions;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The strangers who wait for the owner's decision: at most {@code max_pending_approvals}, and of one source
 * {@value #OF_ONE_SOURCE}, so that one host cannot fill the queue with keys that it makes up. Where a request
 * came from is known until the next start. Safe for use by many threads.
 */
final class ApprovalQueue {
  static final int OF_ONE_SOURCE = 5;

  private final Permissions permissions;
  private final int most;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<PublicKey, Source> sources = new HashMap<>();

  ApprovalQueue(Permissions permissions, int most) {
    this.permissions = permissions;
    this.most = most;
  }

  /**
   * Records that a peer asks for approval, once it has signed an envelope for us. On disk when this returns.
   *
   * @return false where the queue, or the share of this source, is full and the key was not in it: close silently
   */
  boolean request(PublicKey key, Address claimed, InetAddress source, Instant now) throws IOException {
    lock.lock();
    try {
      List<PublicKey> waiting = permissions.pending().stream().map(Permissions.Pending::key).toList();
      sources.keySet().retainAll(waiting);
      Source from = Source.of(source);
      boolean isNew = !waiting.contains(key);
      if (isNew && sources.values().stream().filter(from::equals).count() >= OF_ONE_SOURCE) {
        return false;
      }
      if (!permissions.request(new Permissions.Pending(key, claimed.toString(), now), most)) { // R-16.4-04, R-16.4-05
        return false;
      }
      sources.put(key, from);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** What the owner should know of it. */
  Optional<String> warning() {
    int waiting = permissions.pending().size();
    return waiting < most ? Optional.empty()
        : Optional.of(waiting + " agents wait for approval, and no more can ask: decide with \"toq approvals\"");
  }
}
