package dev.toq.app.daemon;

import dev.toq.protocol.session.Self;

/** Who this agent is. Its key may be replaced while it runs; a connection keeps the one that it began with. */
final class CurrentSelf {
  private volatile Self self;

  CurrentSelf(Self self) {
    this.self = self;
  }

  Self get() {
    return self;
  }

  /** From now on {@code next} counts in every handshake; its chain has to lead there from the key in use. */
  void become(Self next) {
    if (!next.rotations().leadsFrom(self.identity().publicKey())) {
      throw new IllegalArgumentException("the new key does not follow the one in use");
    }
    self = next;
  }
}
