package dev.toq.app.admission;

import java.time.Duration;

/**
 * What a source can do wrong before it has proven a key, and how much each time adds to its penalty. The model is
 * OpenSSH's {@code PerSourcePenalties} (sshd_config(5)), whose numbers these are.
 */
public enum Offence {
  /** A signature that does not verify, or credentials that were used before: no honest peer sends one. */
  FORGED(Duration.ofSeconds(5)),

  /** Nothing more came until the deadline. What it adds is about what it took, so one at a time never adds up. */
  STALLED(Duration.ofSeconds(5)),

  /** The connection ended, or said something that is not toq, before the handshake was done. */
  UNFINISHED(Duration.ofSeconds(1));

  private final Duration penalty;

  Offence(Duration penalty) {
    this.penalty = penalty;
  }

  Duration penalty() {
    return penalty;
  }
}
