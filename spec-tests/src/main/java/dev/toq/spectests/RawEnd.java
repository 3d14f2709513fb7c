package dev.toq.spectests;

import java.io.IOException;

/** The other side ended the connection, in whatever manner. */
public final class RawEnd extends IOException {
  private static final long serialVersionUID = 1L;

  RawEnd(String how) {
    super(how);
  }
}
