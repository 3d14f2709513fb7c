package dev.toq.app.cli;

/** Ends a command: the message and the hint become the two lines on standard error. */
final class Failure extends Exception {
  private static final long serialVersionUID = 1;

  private final int exitCode;
  private final String hint;

  private Failure(int exitCode, String message, String hint) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }

  /** Something did not work: exit code 1. */
  static Failure of(String message, String hint) {
    return new Failure(Toq.FAILURE, message, hint);
  }

  /** The command line itself was wrong: exit code 2. */
  static Failure usage(String message, String hint) {
    return new Failure(Toq.USAGE, message, hint);
  }

  int exitCode() {
    return exitCode;
  }

  String hint() {
    return hint;
  }

  /** What went wrong. Never null, unlike the method it stands for. */
  String sentence() {
    String message = getMessage();
    return message == null ? "failed" : message;
  }
}
