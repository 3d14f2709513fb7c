package dev.toq.protocol.session;

import dev.toq.protocol.wire.PeerText;
import java.util.Optional;

/** The peer answered the setup of a connection with an error. The message is its text, escaped and cut. */
public final class RefusedByPeerException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Optional<String> code;

  RefusedByPeerException(Optional<String> code, String peerText) {
    super(PeerText.shown(peerText), null, false, false);
    this.code = code.map(text -> PeerText.shown(text, 64));
  }

  /** What the peer said, safe to show. */
  public String text() {
    return String.valueOf(getMessage());
  }

  /** The error code that came with it; a handshake has none. */
  public Optional<String> code() {
    return code;
  }
}
