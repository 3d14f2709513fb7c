package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import java.io.IOException;
import java.time.Instant;

/** Remembers which challenges a key has signed, so that captured credentials cannot be used twice. */
public interface ChallengeMemory {
  /**
   * Records the challenge.
   *
   * @return false where this key has presented it before, inside the memory's window of at least 24 hours
   */
  boolean firstUse(PublicKey key, byte[] challenge, Instant now) throws IOException;
}
