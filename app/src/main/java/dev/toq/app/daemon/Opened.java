package dev.toq.app.daemon;

import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.session.Negotiation.Outcome.Agreed;
import dev.toq.protocol.session.ResumableSession;
import java.util.Optional;

/** How the two sides came to a session: by a negotiation, or by going on with one whose connection was lost. */
sealed interface Opened {
  /** What holds on the connection. */
  Agreed agreed();

  /** A new session: the cards come next. */
  record Anew(Agreed agreed) implements Opened {}

  /**
   * A lost session goes on, without cards (R-8.6-02).
   *
   * @param first as initiator, the peer's first envelope, judged but not yet handled
   */
  record Resumed(ResumableSession session, Optional<Verdict> first) implements Opened {
    @Override
    public Agreed agreed() {
      return session.agreed();
    }
  }
}
