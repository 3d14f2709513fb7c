package dev.toq.protocol.session;

import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.ProtocolException;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The exchange of cards (specification section 7), the same for both roles: each side sends its own and then reads the
 * other's, and neither waits for the other before it sends (R-7.1-01).
 */
public final class CardExchange {
  private CardExchange() {}

  /**
   * Sends our card and reads the peer's. When it returns, the connection is ACTIVE (R-7.6-01).
   *
   * @throws ProtocolException where the peer's card is refused: {@code card_key_mismatch}, {@code card_too_large}, or
   *     {@code protocol_violation}; each is fatal and may be reported
   */
  public static Card exchange(SetupChannel channel, Card own)
      throws IOException, ProtocolException, RefusedByPeerException {
    Optional<String> request = channel.request().map(UUID::toString);
    channel.send(stamp -> { // R-7.1-01
      Envelope card = stamp.envelope(MessageType.CARD_EXCHANGE).withBody(own.toJson()); // R-9.8-01
      return request.map(card::withReplyTo).orElse(card);
    });
    Envelope theirs = channel.receive(Set.of(MessageType.CARD_EXCHANGE));
    return Card.of(theirs.body(), channel.peerKey());
  }
}
