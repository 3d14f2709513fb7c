package dev.toq.protocol.envelope;

import dev.toq.protocol.wire.FrameException;
import java.util.Optional;
import java.util.UUID;

/**
 * A peer broke a rule of the protocol: the fault is the peer's, and {@link #code()} says which rule. It is answered at
 * most once, and the connection closes where the code is fatal. It carries no stack trace, because a peer can
 * cause thousands of them in a second and the trace would only name our own checks.
 */
public final class ProtocolException extends Exception {
  private static final long serialVersionUID = 1;

  private final ErrorCode code;
  private final transient Optional<UUID> relatedId;
  private final boolean answerable;

  /** A fault that may be answered and that names no envelope. */
  public ProtocolException(ErrorCode code, String reason) {
    this(code, reason, Optional.empty(), true);
  }

  /**
   * @param reason one sentence for the owner on the other side; text from the peer in it is already escaped
   * @param relatedId the id to quote
   * @param answerable false where silence is the answer
   */
  public ProtocolException(ErrorCode code, String reason, Optional<UUID> relatedId, boolean answerable) {
    super(reason, null, false, false);
    this.code = code;
    this.relatedId = relatedId;
    this.answerable = answerable;
  }

  /** The one place where faults of framing get their code. */
  public static ProtocolException of(FrameException fault) {
    String reason = "The connection carried " + fault.getMessage() + ".";
    return switch (fault.kind()) {
      case EMPTY -> new ProtocolException(ErrorCode.PROTOCOL_VIOLATION, reason);
      case TOO_LARGE, TOO_LARGE_SKIPPED -> // R-23.1-07, R-4.6-04
          new ProtocolException(ErrorCode.MESSAGE_TOO_LARGE, reason);
    };
  }

  /** The fault of a refused envelope. */
  public static ProtocolException of(Verdict.Refused refused) {
    return new ProtocolException(refused.code(), refused.reason(), refused.relatedId(), refused.answerable());
  }

  public ErrorCode code() {
    return code;
  }

  public String reason() {
    return String.valueOf(getMessage());
  }

  public Optional<UUID> relatedId() {
    return relatedId;
  }

  /** False where nothing may be sent back. */
  public boolean isAnswerable() {
    return answerable;
  }

  /** The same fault, about this envelope. */
  public ProtocolException about(UUID id) {
    return new ProtocolException(code, reason(), Optional.of(id), answerable);
  }

  /** The same fault, never answered: for faults before a connection is active. */
  public ProtocolException unanswered() {
    return new ProtocolException(code, reason(), relatedId, false);
  }
}
