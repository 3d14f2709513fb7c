package dev.toq.protocol.session;

import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.util.Optional;

/** The bodies of the envelopes before ACTIVE, read. */
final class SetupBodies {
  private SetupBodies() {}

  /** The members of the body; none where it is absent or no object. */
  static JsonObject members(Envelope envelope) {
    return envelope.body().filter(JsonObject.class::isInstance).map(JsonObject.class::cast)
        .orElseGet(() -> JsonObject.builder().build());
  }

  /** What the sender of an envelope without a needed field is told. */
  static ProtocolException missing(Envelope envelope, String name) {
    return new ProtocolException(ErrorCode.INVALID_ENVELOPE,
        "The body of " + envelope.type().wire() + " has no sound field '" + name + "'.",
        Optional.of(envelope.id()), true);
  }
}
