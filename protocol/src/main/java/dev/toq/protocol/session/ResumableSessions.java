package dev.toq.protocol.session;

import dev.toq.protocol.identity.PublicKey;
import java.util.Optional;

/**
 * A receiver's memory of the sessions that peers opened and whose connections were lost. In memory only, so that a
 * restart ends them (R-8.9-06), and bounded. A session is not remembered after a goodbye of either side, and forgotten
 * when its key is blocked or revoked. Many connections use it at once.
 */
public interface ResumableSessions {
  /**
   * The lost session of this key with this name, {@linkplain ResumableSession#isNamed old or new}. Where its connection
   * still counts as open, because only the peer has noticed the loss, the memory cuts it and answers with what it left.
   */
  Optional<ResumableSession> find(String name, PublicKey peerKey);

  /** Takes the session out; false where another connection was faster. */
  boolean claim(ResumableSession session);
}
