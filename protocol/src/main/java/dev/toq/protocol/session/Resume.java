package dev.toq.protocol.session;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.EnvelopeCheck;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.envelope.SystemMessages.PeerError;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.session.Negotiation.Outcome.Agreed;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Going on with a session whose connection was lost, in place of negotiation and cards (specification section 8.6).
 *
 * <pre>
 *   initiator                        receiver
 *     request ─── session.resume ────▶ Opening.receive    sequence 0, like any first envelope
 *                                      (the caller asks its policy about the key anew, A-14)
 *             ◀── system.heartbeat ─── answer             granted: both are ACTIVE, and both go on at the
 *                                                         highest number that they ever sent, plus one
 *             ◀── session_expired ──── answer, refuse     refused: the initiator reconnects (R-8.6-06), the
 *                                                         receiver waits for a negotiate.request meanwhile
 * </pre>
 *
 * Where the policy does not admit the key any more, the caller {@linkplain #refuse refuses} and has the owner's rules
 * answer the negotiation that may follow. Deadlines are the caller's: negotiation_timeout for either side.
 */
public final class Resume {
  /** The feature with which a side announces that it grants resumes. The deployed reference does not know it. */
  public static final String FEATURE = "resume";

  private static final int MAX_SESSION_ID = 256;

  private static final Pattern SEQUENCE = Pattern.compile("0|[1-9][0-9]{0,15}");

  private Resume() {}

  /** A session.resume as received. */
  public record Request(UUID id, String sessionId, long lastReceived) implements Opening {}

  /** How our resume ended. */
  public sealed interface Outcome {
    /**
     * The connection is ACTIVE. {@code first} is the peer's first envelope on it, judged but not yet handled: a
     * heartbeat that wants its answer, or whatever else it is.
     */
    record Resumed(Verdict first) implements Outcome {}

    /** The peer does not know the session any more: close, connect again, negotiate (R-8.6-06, A-14). */
    record Expired() implements Outcome {}
  }

  /** Whether the peer of this negotiation grants resumes; any other breaks the connection off at the attempt. */
  public static boolean isAnnounced(Agreed agreed) {
    return agreed.announces(FEATURE);
  }

  /**
   * As initiator: asks for the session and reads the first answer.
   *
   * @param terms what holds when the connection is ACTIVE
   * @param known as for {@link EnvelopeCheck}
   * @throws RefusedByPeerException where the peer answers with another error, or a goodbye
   */
  public static Outcome request(
      SetupChannel channel, ResumableSession session, Terms terms, Predicate<String> known)
      throws IOException, ProtocolException, RefusedByPeerException {
    JsonObject body = JsonObject.builder()
        .put("session_id", session.sessionId()) // R-8.6-02
        .put("last_received_sequence", session.highestReceived())
        .build();
    Envelope resume = channel.send(stamp ->
        stamp.envelope(MessageType.SESSION_RESUME).withBody(channel.bind(body)));
    channel.refersTo(resume.id());
    channel.activate(terms, known);
    Verdict verdict = channel.receiveActive(terms.maxMessageBytes());
    Envelope first = switch (verdict) {
      case Verdict.Accepted(Envelope accepted) -> accepted;
      case Verdict.Duplicate(Envelope seen) -> seen;
      case Verdict.Refused refused -> throw SetupChannel.inSetup(refused);
    };
    if (isExpiry(first)) {
      return new Outcome.Expired();
    }
    SetupChannel.requireNoRefusal(first);
    if (first.sequence() <= session.highestReceived()) { // R-8.6-05: not from this connection
      throw new ProtocolException(ErrorCode.SEQUENCE_VIOLATION,
          "The answer to session.resume does not go on with the session.").unanswered();
    }
    if (first.type() == MessageType.HEARTBEAT) {
      channel.requireOurRequest(first);
    }
    channel.requireBinding(first, SetupBodies.members(first));
    channel.continues(session);
    return new Outcome.Resumed(verdict);
  }

  private static boolean isExpiry(Envelope first) {
    return first.type() == MessageType.ERROR
        && SystemMessages.error(first) instanceof PeerError error
        && error.code().filter(code -> code == ErrorCode.SESSION_EXPIRED).isPresent();
  }

  static Request read(SetupChannel channel, Envelope resume) throws ProtocolException {
    JsonObject body = SetupBodies.members(resume);
    String sessionId = body.text("session_id").filter(Resume::isSessionId) // R-9.3-01
        .orElseThrow(() -> SetupBodies.missing(resume, "session_id"));
    if (!(body.get("last_received_sequence").orElse(JsonValue.JsonNull.NULL) instanceof JsonNumber(String text))
        || !SEQUENCE.matcher(text).matches() || !Spec.isSequence(Long.parseLong(text))) {
      throw SetupBodies.missing(resume, "last_received_sequence");
    }
    channel.requireBinding(resume, body);
    return new Request(resume.id(), sessionId, Long.parseLong(text));
  }

  /**
   * As receiver, for a peer that the caller's policy admits: grants the session that it names, or refuses.
   *
   * @param resumeTimeout how long after the loss of its connection a session can be resumed (R-8.6-07)
   * @return the session that goes on; where it is empty, {@link Negotiation#receive} comes next
   */
  public static Optional<ResumableSession> answer(SetupChannel channel, Request request, ResumableSessions memory,
      Instant now, Duration resumeTimeout) throws IOException {
    Optional<ResumableSession> session = memory.find(request.sessionId(), channel.peerKey())
        .filter(found -> found.isNamed(request.sessionId())) // R-8.6-03
        .filter(found -> found.peerKey().equals(channel.peerKey())) // R-8.6-04
        .filter(found -> !found.isExpired(now, resumeTimeout)) // R-8.6-07
        .filter(found -> request.lastReceived() <= found.highestSent()) // else it means another session
        .filter(found -> !Spec.isNearLastSequence(found.highestSent()))
        .filter(memory::claim);
    if (session.isEmpty()) {
      refuse(channel, request);
      return session;
    }
    channel.continues(session.get());
    channel.refersTo(request.id());
    channel.send(stamp -> SystemMessages.heartbeat(stamp).withReplyTo(request.id().toString())
        .withBody(channel.bind(JsonObject.builder().build())));
    return session;
  }

  /** As receiver: the session is gone (R-23.1-17), why ever; the peer may negotiate on this connection. */
  public static void refuse(SetupChannel channel, Request request) throws IOException {
    channel.send(stamp -> SystemMessages.error(
        stamp, ErrorCode.SESSION_EXPIRED, "This session cannot be resumed.", Optional.of(request.id())));
  }

  /** Whether a text can be the name of a session: 1 to 256 characters. */
  static boolean isSessionId(String text) {
    return !text.isEmpty() && text.length() <= MAX_SESSION_ID;
  }
}
