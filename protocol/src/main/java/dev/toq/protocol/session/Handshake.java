package dev.toq.protocol.session;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.HandshakeException.Fault;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * The handshake (specification section 5): each side shows its key, a fresh challenge and its signature over it.
 *
 * <pre>
 *   initiator                                  receiver
 *      │  54 4F 51 01 │ length │ credentials      │
 *      ├─────────────────────────────────────────▶│  receive: checks, in silence
 *      │                                          │  (here the receiver asks its block list and its memory)
 *      │          length │ credentials, session   │
 *      │◀─────────────────────────────────────────┤  answer
 *      │  checks the same                         │
 * </pre>
 *
 * A receiver sends no byte where anything fails (R-5.1-01, R-9.1-03). The deadline is the caller's (R-5.7-01).
 */
public final class Handshake {
  private Handshake() {}

  /**
   * The initiator's side, both steps.
   *
   * @param dialled whom we want; its agent name goes along, so that another agent at that place does not answer for it
   * @param random cryptographically secure
   * @throws RefusedByPeerException where the answer is an {@code error} text, as the deployed reference sends it
   */
  public static PeerCredentials initiate(FrameChannel channel, Self self, Address dialled, RandomGenerator random)
      throws IOException, HandshakeException, RefusedByPeerException {
    JsonObject own = Credentials.own(self, random)
        .put("protocol_version", Spec.VERSION) // R-5.3-07
        .put("target_agent", dialled.agent())
        .build();
    channel.writeFirst(Spec.magic(), StrictJson.write(own)); // R-5.2-01, R-5.3-01, R-9.1-01
    JsonObject answer = readObject(channel);
    Optional<String> refusal = answer.text("error");
    if (refusal.isPresent()) {
      throw new RefusedByPeerException(Optional.empty(), refusal.get());
    }
    PeerCredentials peer = Credentials.verified(answer, self); // R-5.5-01
    if (peer.sessionId().filter(Resume::isSessionId).isEmpty()) {
      throw new HandshakeException(Fault.MALFORMED, "The answer has no sound session_id.");
    }
    return peer;
  }

  /** The receiver's first step: magic, credentials, checks. Nothing has been sent when it returns or throws. */
  public static PeerCredentials receive(FrameChannel channel, Self self) throws IOException, HandshakeException {
    if (!Arrays.equals(channel.readMagic(), Spec.magic())) { // R-5.2-02, R-9.1-03
      throw new HandshakeException(Fault.NOT_TOQ, "The first four bytes are not those of toq.");
    }
    PeerCredentials peer = Credentials.verified(readObject(channel), self);
    if (peer.protocolVersion().isEmpty()) {
      throw new HandshakeException(Fault.MALFORMED, "The credentials have no protocol_version.");
    }
    if (peer.targetAgent().filter(agent -> !agent.equals(self.address().agent())).isPresent()) {
      throw new HandshakeException(Fault.WRONG_AGENT, "The initiator wants another agent.");
    }
    return peer;
  }

  /**
   * The receiver's second step: our own credentials (R-5.4-04, R-9.1-02).
   *
   * @return the session id that they name, new for each session (R-5.4-05)
   */
  public static String answer(FrameChannel channel, Self self, RandomGenerator random) throws IOException {
    String sessionId = "sess-" + randomUuid(random);
    channel.write(StrictJson.write(Credentials.own(self, random).put("session_id", sessionId).build()));
    return sessionId;
  }

  private static JsonObject readObject(FrameChannel channel) throws IOException, HandshakeException {
    try {
      if (StrictJson.parse(channel.read(Spec.MAX_HANDSHAKE_BYTES)) instanceof JsonObject object) { // R-5.3-02
        return object;
      }
      throw new HandshakeException(Fault.MALFORMED, "The credentials are not a JSON object."); // R-5.4-01
    } catch (ProtocolException | JsonException e) {
      throw new HandshakeException(Fault.MALFORMED, "The credentials are not sound: " + e.getMessage());
    }
  }

  private static UUID randomUuid(RandomGenerator random) {
    long high = random.nextLong() & ~0xF000L | 0x4000L;
    long low = random.nextLong() & ~(0b11L << 62) | 0b10L << 62;
    return new UUID(high, low);
  }
}
