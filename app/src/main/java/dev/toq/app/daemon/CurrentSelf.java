package dev.toq.app.daemon;

import dev.toq.protocol.identity.RotationChain;
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

  /** From now on {@code next} counts in every handshake; its chain has to begin its last step with the key in use. */
  void become(Self next) {
    if (next.rotations().latest().map(RotationChain.Step::oldKey)
        .filter(self.identity().publicKey()::equals).isEmpty()) {
      throw new IllegalArgumentException("the new key does not follow the one in use");
    }
    self = next;
  }
}
