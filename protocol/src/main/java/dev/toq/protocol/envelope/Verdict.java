package dev.toq.protocol.envelope;

import java.util.Optional;
import java.util.UUID;

/** What {@link EnvelopeCheck} decided about one frame. */
public sealed interface Verdict {
  /** All ten checks passed. */
  record Accepted(Envelope envelope) implements Verdict {}

  /** The id was accepted from this key before: never deliver, acknowledge afresh. */
  record Duplicate(Envelope envelope) implements Verdict {}

  /**
   * Refused; nothing of it may be used.
   *
   * @param relatedId the id to quote; before the signature has verified, only where it is a UUID
   * @param reason one sentence for the peer's owner
   * @param answerable false where an error must not be answered with an error
   * @param mayBeStreamPart false where it is known, under a good signature, to be none
   */
  record Refused(ErrorCode code, Optional<UUID> relatedId, String reason, boolean answerable, boolean mayBeStreamPart)
      implements Verdict {}
}
