package dev.toq.protocol.session;

/**
 * Where a connection stands (specification section 8.1). Any phase may end in {@link #CLOSED}; the others come one
 * after another, except that a resumed session needs no cards, and nothing is delivered before {@link #ACTIVE}.
 *
 * <pre>
 *   CONNECTING ── TCP, TLS ──▶ HANDSHAKE ── both keys proven ──▶ NEGOTIATING ── features agreed ──▶ CARD_EXCHANGE
 *       │                          │                                 │                                   │
 *       │                          │                                 │                            both cards read
 *       │                          │                                 ├── session resumed ──▶ ACTIVE      ▼
 *       └────────── any fault, any timeout, any goodbye ─────────────┴──────────────▶ CLOSED ◀──────── ACTIVE
 * </pre>
 *
 * R-8.1-01, R-8.1-02, R-7.6-01
 */
public enum Phase {
  CONNECTING,
  HANDSHAKE,
  NEGOTIATING,
  CARD_EXCHANGE,
  ACTIVE,
  CLOSED;

  /** Whether a connection in this phase may go to {@code next} (R-8.1-01, R-8.1-02). */
  public boolean mayBecome(Phase next) {
    return switch (this) {
      case CONNECTING -> next == HANDSHAKE || next == CLOSED;
      case HANDSHAKE -> next == NEGOTIATING || next == CLOSED;
      case NEGOTIATING -> next == CARD_EXCHANGE || next == ACTIVE || next == CLOSED; // ACTIVE: R-8.6-02
      case CARD_EXCHANGE -> next == ACTIVE || next == CLOSED;
      case ACTIVE -> next == CLOSED;
      case CLOSED -> false;
    };
  }

  /** Returns {@code next}; throws IllegalStateException where the drawing above has no such arrow. */
  public Phase become(Phase next) {
    if (!mayBecome(next)) {
      throw new IllegalStateException("a connection cannot go from " + this + " to " + next);
    }
    return next;
  }
}
