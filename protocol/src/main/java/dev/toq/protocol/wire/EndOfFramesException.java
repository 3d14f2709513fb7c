package dev.toq.protocol.wire;

import java.io.EOFException;

/** The stream ended where a frame might have begun: the peer closed, and nothing was cut off. */
public final class EndOfFramesException extends EOFException {
  private static final long serialVersionUID = 1;

  EndOfFramesException() {
    super("the peer closed the connection");
  }
}
