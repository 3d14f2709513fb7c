package dev.toq.protocol.session;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.Negotiation.Outcome.Agreed;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What one side remembers of a session whose connection was lost, so that it can go on (specification section 8.6). It
 * stays small whatever the peer once sent.
 *
 * @param sessionId the name that its first handshake gave it, and keeps
 * @param alias the name that the handshake of its latest resume gave it
 * @param peerKey the only key that may go on with it
 * @param highestSent the highest sequence that we ever sent in it
 * @param highestReceived the highest sequence of the peer that ever passed its signature
 * @param agreed what was negotiated; of the peer's extras only yes and no are kept
 * @param lostAt when its connection was lost: not when it began, so that long sessions can be resumed
 */
public record ResumableSession(
    String sessionId,
    Optional<String> alias,
    PublicKey peerKey,
    long highestSent,
    long highestReceived,
    Agreed agreed,
    CardLimits limits,
    Instant lostAt) {

  private static final int MAX_EXTRAS = 16;

  private static final int MAX_EXTRA_NAME = 64;

  /** What the peer's card said about what it takes; its texts are not needed again. */
  public record CardLimits(boolean acceptFiles, OptionalLong maxFileBytes, OptionalLong maxMessageBytes) {
    public static CardLimits of(Card card) {
      return new CardLimits(card.acceptFiles(), card.maxFileBytes(), card.maxMessageBytes());
    }
  }

  /** Throws IllegalArgumentException for a name or a sequence that no session has. */
  public ResumableSession {
    if (!Resume.isSessionId(sessionId) || !alias.map(Resume::isSessionId).orElse(true)) {
      throw new IllegalArgumentException("no session has such a name");
    }
    if (!Spec.isSequence(highestSent) || !Spec.isSequence(highestReceived)) {
      throw new IllegalArgumentException("a session's sequences are from 0 to 2^53-1");
    }
    agreed = new Agreed(agreed.version(), agreed.streaming(), agreed.compression(), agreed.endToEnd(),
        onlyYesAndNo(agreed.peerExtras()));
  }

  private static JsonObject onlyYesAndNo(JsonObject extras) {
    JsonValue.Builder kept = JsonObject.builder();
    extras.members().entrySet().stream()
        .filter(extra -> extra.getValue() instanceof JsonBoolean && extra.getKey().length() <= MAX_EXTRA_NAME)
        .limit(MAX_EXTRAS)
        .forEach(extra -> kept.put(extra.getKey(), extra.getValue()));
    return kept.build();
  }

  /** Whether a peer may mean this session by {@code name}. */
  public boolean isNamed(String name) {
    return sessionId.equals(name) || alias.filter(name::equals).isPresent();
  }

  /** Whether the time for resuming is over (R-8.6-07). */
  public boolean isExpired(Instant now, Duration resumeTimeout) {
    return Duration.between(lostAt, now).compareTo(resumeTimeout) > 0;
  }
}
