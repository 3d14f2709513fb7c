package dev.toq.protocol.envelope;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The 22 error codes of specification section 23.1. */
public enum ErrorCode {
  INVALID_SIGNATURE(Severity.FATAL),
  PROTOCOL_VIOLATION(Severity.FATAL),
  VERSION_NOT_SUPPORTED(Severity.FATAL),
  INVALID_ENVELOPE(Severity.OPEN),
  DUPLICATE_MESSAGE(Severity.OPEN),
  SEQUENCE_VIOLATION(Severity.OPEN),
  MESSAGE_TOO_LARGE(Severity.OPEN),
  UNSUPPORTED_CONTENT_TYPE(Severity.OPEN),
  TTL_EXPIRED(Severity.OPEN),
  AGENT_UNAVAILABLE(Severity.OPEN),
  RESOURCE_EXHAUSTED(Severity.OPEN),
  STREAM_NOT_FOUND(Severity.OPEN),
  SELF_MESSAGE(Severity.OPEN),
  BLOCKED(Severity.SILENT),
  APPROVAL_DENIED(Severity.OPEN),
  APPROVAL_TIMEOUT(Severity.OPEN),
  SESSION_EXPIRED(Severity.OPEN),
  CARD_TOO_LARGE(Severity.FATAL),
  CARD_KEY_MISMATCH(Severity.FATAL),
  COMPRESSION_NOT_NEGOTIATED(Severity.OPEN),
  KEY_ROTATION_INVALID(Severity.OPEN),
  EXECUTABLE_CONTENT_BLOCKED(Severity.OPEN);

  /** What an error does to its connection. */
  public enum Severity {
    /** Both sides close once it has been sent. */
    FATAL,
    /** The connection stays open; only the named envelope is refused. */
    OPEN,
    /** Never sent. */
    SILENT
  }

  private static final Map<String, ErrorCode> BY_WIRE =
      Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(ErrorCode::wire, Function.identity()));

  private final Severity severity;
  private final String wire;

  ErrorCode(Severity severity) {
    this.severity = severity;
    this.wire = name().toLowerCase(Locale.ROOT);
  }

  /** The code as it stands in the {@code code} field, for example {@code invalid_envelope}. */
  public String wire() {
    return wire;
  }

  public boolean isFatal() {
    return severity == Severity.FATAL; // R-4.3-14, R-9.7-06
  }

  /** The code of this wire text, or empty for one that specification 0.1 does not know. */
  public static Optional<ErrorCode> ofWire(String text) {
    return Optional.ofNullable(BY_WIRE.get(text));
  }
}
