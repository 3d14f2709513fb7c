package dev.toq.protocol.session;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import java.util.Optional;

/**
 * What a peer presented in its handshake, its signature verified. The key is proven, but not fresh: whoever received
 * these bytes once can present them again, so nothing is recorded before a signed envelope for us has arrived
 * . The address is a claim.
 *
 * @param challenge 32 bytes; an honest peer never repeats them, so they are worth remembering
 * @param targetAgent the agent that an initiator wants; already compared with ours
 * @param sessionId only from a receiver
 * @param protocolVersion only from an initiator; decides nothing
 * @param rotation which keys the key replaced, as far as it says so
 */
public record PeerCredentials(
    PublicKey key,
    Address address,
    byte[] challenge,
    Optional<String> targetAgent,
    Optional<String> sessionId,
    Optional<String> protocolVersion,
    Rotation rotation) {

  public PeerCredentials {
    challenge = challenge.clone();
  }

  /**
   * Whether these credentials prove that the key follows from {@code old}, another key that this peer had before
   * (R-5.6-02, A-42). Costs some verifications; ask it where the key known of the peer is another one.
   */
  public boolean provesRotationFrom(PublicKey old) {
    return rotation.proves(old, key);
  }

  /** A copy of the 32 bytes. */
  @Override
  public byte[] challenge() {
    return challenge.clone();
  }
}
