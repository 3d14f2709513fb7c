package dev.toq.app.daemon;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.Negotiation.Outcome.Agreed;
import dev.toq.protocol.session.ResumableSession;
import dev.toq.protocol.session.ResumableSession.CardLimits;
import java.time.Instant;
import java.util.Optional;

/**
 * What of a session outlives its connection.
 *
 * @param sessionId the name that the receiver gave it (R-5.4-05)
 * @param alias the name that the handshake of its latest resume gave it
 */
record Lasting(String sessionId, Optional<String> alias, Agreed agreed, CardLimits limits) {
  /** A session on its first connection. */
  Lasting(String sessionId, Agreed agreed, CardLimits limits) {
    this(sessionId, Optional.empty(), agreed, limits);
  }

  /** A session that goes on; {@code alias} is what this connection's handshake named it. */
  static Lasting of(ResumableSession session, String alias) {
    return new Lasting(session.sessionId(), Optional.of(alias), session.agreed(), session.limits());
  }

  /** The session, when its connection is lost. */
  ResumableSession lost(PublicKey peerKey, long highestSent, long highestReceived, Instant now) {
    return new ResumableSession(sessionId, alias, peerKey, highestSent, highestReceived, agreed, limits, now);
  }
}
