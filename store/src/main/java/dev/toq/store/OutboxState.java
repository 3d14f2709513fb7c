package dev.toq.store;

import java.time.Instant;
import java.util.List;

/**
 * How far a message to one recipient has come, and when it came there.
 *
 * <pre>
 *              ┌────────────────────────────────┐
 *              │                                ▼
 *  accepted ───┼──▶ sent ⟲ ─────────▶ acked | refused | failed | cancelled | unknown
 *              │    (each transmission)   ▲      ▲                              │
 *              └──▶ expired               └──────┴──────────────────────────────┘
 *                                          an answer that comes after all;
 *                                          refused also after acked
 * </pre>
 *
 * <ul>
 *   <li>An answer may overtake the note that the message was sent. So every end can follow {@code accepted}.
 *   <li>{@code expired} says that the message was never sent. One that was sent, and has no answer when its time is
 *       over, may have arrived: its end is {@code unknown}.
 *   <li>An end stays. Only {@code unknown} may still become {@code acked} or {@code refused}, because it says that the
 *       answer is not known, and an answer from the peer makes it known; and {@code acked} may become {@code refused},
 *       because a peer may acknowledge what it has and then say that its agent cannot take it. {@code failed}
 *       and {@code cancelled} were decided here; the entry tells how often the message was sent before, so that nobody
 *       takes them for "did not arrive".
 * </ul>
 *
 * <p>Each transmission is written down within a second. After a power failure, or a kill, those of the last second may
 * not be known. Such a message is sent again under its id, and the receiver's duplicate window tells it from a new
 * one; where it cannot be sent again before its time is over, {@code expired} is said of a message that was sent once.
 */
public sealed interface OutboxState {
  /** When it came to this. */
  Instant at();

  /** What {@link #word} may be, in the order of a message's way. */
  List<String> WORDS =
      List.of("accepted", "sent", "acked", "refused", "failed", "expired", "unknown", "cancelled");

  /** The state in one word, as files and people spell it. */
  default String word() {
    return switch (this) {
      case Accepted accepted -> "accepted";
      case Sent sent -> "sent";
      case Acked acked -> "acked";
      case Refused refused -> "refused";
      case Failed failed -> "failed";
      case Expired expired -> "expired";
      case Unknown unknown -> "unknown";
      case Cancelled cancelled -> "cancelled";
    };
  }

  /** Whether a message in this state may come to {@code next}: the drawing above. */
  default boolean allows(OutboxState next) {
    return switch (this) {
      case Accepted accepted -> !(next instanceof Accepted);
      case Sent sent -> switch (next) {
        case Accepted back -> false;
        case Sent again -> again.transmissions() > sent.transmissions();
        case Expired untrue -> false;
        case Final end -> true;
      };
      case Unknown unknown -> next instanceof Acked || next instanceof Refused;
      case Acked acked -> next instanceof Refused;
      case Refused refused -> false;
      case Failed failed -> false;
      case Expired expired -> false;
      case Cancelled cancelled -> false;
    };
  }

  /** It is durable here, and was not sent yet. */
  record Accepted(Instant at) implements OutboxState {}

  /**
   * It was written to a connection, and has no answer yet.
   *
   * @param at time of the last transmission
   * @param transmissions how many there were, at least 1
   */
  record Sent(Instant at, int transmissions) implements OutboxState {
    public Sent {
      if (transmissions < 1) {
        throw new IllegalArgumentException("what was sent was sent once at least");
      }
    }
  }

  /** An end: nothing will be sent any more. */
  sealed interface Final extends OutboxState {}

  /** The recipient acknowledged it. */
  record Acked(Instant at) implements Final {}

  /**
   * The recipient answered with an error.
   *
   * @param code the error's code, cut to {@value OutboxState.Text#MOST_CODE} characters
   * @param text what the peer said, cut to {@value OutboxState.Text#MOST} characters
   */
  record Refused(Instant at, String code, String text) implements Final {
    public Refused {
      code = Text.cut(code, Text.MOST_CODE);
      text = Text.cut(text, Text.MOST);
    }
  }

  /** This endpoint gave up, for a reason of its own; cut to {@value OutboxState.Text#MOST} characters. */
  record Failed(Instant at, String reason) implements Final {
    public Failed {
      reason = Text.cut(reason, Text.MOST);
    }
  }

  /** Its time was over before it could be sent. */
  record Expired(Instant at) implements Final {}

  /** It was sent, and no answer came: it may have arrived. */
  record Unknown(Instant at) implements Final {}

  /** Its owner took it back. */
  record Cancelled(Instant at) implements Final {}

  /** What a message is whose time is over: {@code expired}, or {@code unknown} where it was sent. */
  default Final overdue(Instant now) {
    return allows(new Expired(now)) ? new Expired(now) : new Unknown(now);
  }

  /** Bounds of what a peer can make us keep. */
  final class Text {
    static final int MOST = 500;
    static final int MOST_CODE = 64;

    private Text() {}

    private static String cut(String text, int most) {
      if (text.length() <= most) {
        return text;
      }
      return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
    }
  }
}
