package dev.toq.app.nat;

import java.time.Duration;

/**
 * What is asked of a router.
 *
 * @param port the TCP port that we listen on, wished for outside too
 * @param lifetime how long the mapping is to last if nobody renews it; whole seconds, at least one
 * @param nonce 12 bytes that only we know: who names them may change the mapping (RFC 6887 section 11.2)
 */
record Wish(int port, Duration lifetime, byte[] nonce) {
  static final int NONCE_BYTES = 12;

  Wish {
    if (port < 1 || port > 65_535 || lifetime.toSeconds() < 1 || lifetime.toSeconds() > Integer.MAX_VALUE
        || nonce.length != NONCE_BYTES) {
      throw new IllegalArgumentException("no wish that a router can be asked for");
    }
  }

  int seconds() {
    return (int) lifetime.toSeconds();
  }
}
