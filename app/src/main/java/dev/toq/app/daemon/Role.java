package dev.toq.app.daemon;

import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.FrameChannel;
import dev.toq.protocol.session.HandshakeException;
import dev.toq.protocol.session.PeerCredentials;
import dev.toq.protocol.session.RefusedByPeerException;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.session.SetupChannel;
import java.io.IOException;

/**
 * The steps of the setup in which the two roles of specification section 5 differ. Each returns when it is done, throws
 * where the peer or the network failed, and throws {@link Declined} where an owner's decision ends the connection.
 */
sealed interface Role permits AsReceiver, AsInitiator {
  /** TLS, in this role. */
  Wire.Streams secure() throws IOException;

  /** Who is there: what a handshake presented, and the keys that its key replaced. */
  record Proven(PeerCredentials peer, PeerKeys keys) {}

  /** The toq handshake: who is there, and whether the owner's rules let them learn who we are. */
  Proven prove(FrameChannel channel, Self self)
      throws IOException, HandshakeException, RefusedByPeerException, Declined;

  /** A session: a lost one, or version and features of a new one; on the receiver's side also the owner's decision. */
  Opened open(SetupChannel setup, PeerCredentials peer, PeerKeys keys)
      throws IOException, ProtocolException, RefusedByPeerException, Declined;

  /** Whom our envelopes name: as initiator the address that was dialled, never an unverified claim. */
  Address counterpart(PeerCredentials peer);

  /** The name of the session, which the receiver chose (R-5.4-05). */
  String sessionId(PeerCredentials peer);

  boolean isInitiator();

  /** Whether the owner's rules, as they are now, still let this peer be connected. */
  boolean isStillAdmitted(PeerCredentials peer, PeerKeys keys);

  /** The connection is ACTIVE and registered. */
  void active(Session session);

  /** It ended; where it never became ACTIVE, this is why. */
  void ended(String reason);

  /** An owner's decision, on this side or the other, ends the connection; nothing is wrong with it. */
  final class Declined extends Exception {
    private static final long serialVersionUID = 1;

    Declined(String reason) {
      super(reason, null, false, false);
    }

    String reason() {
      return String.valueOf(getMessage());
    }
  }
}
