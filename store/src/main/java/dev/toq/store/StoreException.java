package dev.toq.store;

import java.io.IOException;

/**
 * Something about the data directory that its owner can put right: the message says what is wrong with which file, the
 * hint what to do. Both are one sentence each, fit for the two lines that a command prints.
 */
public class StoreException extends IOException {
  private static final long serialVersionUID = 1;

  private final String hint;

  public StoreException(String message, String hint) {
    super(message);
    this.hint = hint;
  }

  public StoreException(String message, String hint, Throwable cause) {
    super(message, cause);
    this.hint = hint;
  }

  /** What the owner can do about it; never empty. */
  public final String hint() {
    return hint;
  }
}
