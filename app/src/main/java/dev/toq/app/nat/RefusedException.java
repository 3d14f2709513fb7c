package dev.toq.app.nat;

import java.io.IOException;

/** The router answered, and said no; the message says why. */
final class RefusedException extends IOException {
  private static final long serialVersionUID = 1;

  RefusedException(String why) {
    super(why);
  }
}
