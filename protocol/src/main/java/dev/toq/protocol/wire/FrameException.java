package dev.toq.protocol.wire;

/** A frame whose length field alone makes it unusable. */
public final class FrameException extends java.io.IOException {
  private static final long serialVersionUID = 1;

  /** What is wrong with the frame. */
  public enum Kind {
    /** Length 0. */
    EMPTY,
    /** Longer than the limit, and skipped: the next frame can be read. */
    TOO_LARGE_SKIPPED,
    /** So long that it was not skipped: nothing more can be read. */
    TOO_LARGE
  }

  private final Kind kind;

  FrameException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /** Whether no further frame can be read. */
  public boolean closes() {
    return kind != Kind.TOO_LARGE_SKIPPED;
  }
}
