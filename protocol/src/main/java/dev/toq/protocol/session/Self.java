package dev.toq.protocol.session;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.RotationChain;

/**
 * Who we are on a connection.
 *
 * @param rotations the keys that this identity's key replaced; presented in every handshake
 */
public record Self(Identity identity, Address address, RotationChain rotations) {
  /** Throws IllegalArgumentException for a chain that a peer could not verify up to our key. */
  public Self {
    if (!rotations.isProven()
        || rotations.latest().filter(last -> !last.newKey().equals(identity.publicKey())).isPresent()) {
      throw new IllegalArgumentException("the rotation chain does not prove this identity's key");
    }
  }

  /** An identity whose key never replaced another. */
  public Self(Identity identity, Address address) {
    this(identity, address, RotationChain.NONE);
  }
}
