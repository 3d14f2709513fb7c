package dev.toq.app.daemon;

import dev.toq.protocol.identity.RotationChain;
import dev.toq.protocol.session.Self;
import dev.toq.store.KeyStore.Keys;
import java.io.IOException;

/** Replaces the key of the running agent, for what comes in and for what goes out at once (specification 14.4). */
final class OwnKeys {
  private final Node node;
  private final Endpoint.KeyFiles files;

  OwnKeys(Node node, Endpoint.KeyFiles files) {
    this.node = node;
    this.files = files;
  }

  /**
   * Makes a new key; it counts when it is on the disk.
   *
   * @return the step from the old key to it
   */
  synchronized RotationChain.Step rotate() throws IOException {
    Keys next = files.rotate();
    goOnUnder(next);
    return next.rotations().latest().orElseThrow();
  }

  /**
   * Goes on under a new key: it counts in every handshake from now on. Connections keep the key that they began
   * with, and their peers are told.
   *
   * @param next the keys of the store after their rotation
   */
  void goOnUnder(Keys next) {
    Self before = node.self();
    node.currentSelf().become(new Self(next.identity(), before.address(), next.rotations()));
    node.lostSessions().forget(key -> true); // they are the old key's
    node.nearby().announce(next.identity().publicKey());
    node.registry().all().forEach(session -> session.announce(before.identity(), next.identity().publicKey()));
    Journal.emit(new Journal.Event.KeyRotated(before.identity().publicKey(), next.identity().publicKey()));
  }
}
