package dev.toq.protocol.session;

import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.ProtocolException;
import java.io.IOException;
import java.util.Set;
import java.util.UUID;

/**
 * The first signed envelope of an initiator: it wants a new session, or to go on with an old one. Only now has it
 * proven that it means us and this moment, so here is where a receiver asks its memory of challenges and its
 * owner's rules (R-5.5-02), for a resume exactly as for a new session.
 */
public sealed interface Opening permits Negotiation.Request, Resume.Request {
  /** The id of the envelope. */
  UUID id();

  /** As receiver: reads what the initiator wants. */
  static Opening receive(SetupChannel channel) throws IOException, ProtocolException, RefusedByPeerException {
    Envelope first = channel.receive(Set.of(MessageType.NEGOTIATE_REQUEST, MessageType.SESSION_RESUME));
    return first.type() == MessageType.SESSION_RESUME
        ? Resume.read(channel, first)
        : Negotiation.read(channel, first);
  }
}
