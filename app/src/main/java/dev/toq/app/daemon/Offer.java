package dev.toq.app.daemon;

import dev.toq.protocol.body.Compression;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.session.Features;
import dev.toq.protocol.session.Negotiation.Outcome.Agreed;
import dev.toq.protocol.session.Resume;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Config;

/**
 * What this endpoint offers in a negotiation. Beside the specification's features it announces {@value #DUPLEX}: "I
 * read envelopes of every kind at any time, so send on the connection that I opened". The deployed reference ignores
 * the key, and must not be sent to on its own connections: a sender of it takes whatever comes first for its
 * acknowledgement. {@value SystemMessages#SHARED_ACKS}: "one acknowledgement may name several messages".
 */
final class Offer {
  static final String DUPLEX = "duplex";

  /** What this endpoint can do. */
  static final Features OURS = new Features(true, Compression.names(), true,
      JsonObject.builder().put(DUPLEX, true).put(Resume.FEATURE, true).put(SystemMessages.SHARED_ACKS, true).build());

  private Offer() {}

  /** What holds on an ACTIVE connection: what was agreed, and what the owner set. */
  static Terms terms(Config config, Agreed agreed) {
    return new Terms(config.maxMessageSize(), agreed.compression(), agreed.endToEnd(), agreed.streaming(),
        config.acceptFiles(), config.maxFileSize(), config.blockedContentTypes());
  }

  /** Whether the peer announced that it reads at any time. */
  static boolean isDuplex(Agreed agreed) {
    return agreed.announces(DUPLEX);
  }

  /** Whether the peer takes an acknowledgement of several messages. */
  static boolean sharesAcks(Agreed agreed) {
    return agreed.announces(SystemMessages.SHARED_ACKS);
  }
}
