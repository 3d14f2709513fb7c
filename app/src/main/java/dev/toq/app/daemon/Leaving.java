package dev.toq.app.daemon;

import dev.toq.protocol.Spec;

/**
 * How far one connection is on its way to its end.
 *
 * <pre>
 *   in use ── retired, or displaced for as long as another is open ──▶ nothing new goes out
 *     │                                                                          │ all is answered
 *     │                                                                          ▼
 *     └── the peer's goodbye (R-8.3-01) ──▶ only the last acknowledgements ◀── our goodbye
 *                                              │ at most 5 s
 *                                              ▼
 *                                            closed
 * </pre>
 */
final class Leaving {
  private final Ticker ticker;
  private final Displacement displacement;
  private volatile boolean retired;
  private volatile boolean goodbyeSaid;
  private volatile boolean goodbyeHeard;
  private volatile boolean onlyAcks;
  private volatile long leaveBy;

  Leaving(Node node) {
    this.ticker = node.ticker();
    this.displacement = new Displacement(node.ticker(), node.random());
  }

  /** Nothing new goes out any more, whatever happens. */
  void retire() {
    retired = true;
  }

  boolean isRetired() {
    return retired;
  }

  /** Another connection takes its place, for as long as that is open. */
  void giveWayTo(Session other) {
    displacement.by(other);
  }

  /** Whether messages may go out that nobody waits for yet. */
  boolean takesNew() {
    return !retired && !displacement.isUnderWay();
  }

  /** Whether another connection has its place, and long enough to close this one. */
  boolean isDisplaced() {
    return displacement.isDue();
  }

  /** We say goodbye now. */
  void goodbyeIsSaid() {
    goodbyeSaid = true;
    waitForLastAcks();
  }

  /** The peer has said goodbye: nothing comes any more but its last acknowledgements. */
  void goodbyeIsHeard() {
    goodbyeHeard = true; // what of ours it has not acknowledged yet, it still may
    waitForLastAcks();
  }

  boolean wasGoodbyeHeard() {
    return goodbyeHeard;
  }

  /** Whether either side has said goodbye. */
  boolean hasBegun() {
    return goodbyeSaid || goodbyeHeard;
  }

  private void waitForLastAcks() {
    retired = true;
    leaveBy = ticker.getAsLong() + Spec.GOODBYE_ACKS.toNanos();
    onlyAcks = true;
  }

  /** Whether the last acknowledgements took too long. */
  boolean isOverdue() {
    return onlyAcks && ticker.getAsLong() - leaveBy > 0;
  }
}
