package dev.toq.app.daemon;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.PeerText;
import org.tinylog.Logger;

/**
 * The events of specification 22.1, one record each, emitted where they happen. No record has a place for a body or a
 * secret (R-22.2-01, R-22.2-03); keys appear as fingerprints, text of a peer is escaped.
 */
final class Journal {
  private Journal() {}

  /** One thing that happened. */
  sealed interface Event {
    record ConnectionUp(PublicKey peer, String address, String direction, String session) implements Event {}

    record ConnectionClosed(PublicKey peer, String address, String reason) implements Event {}

    record HandshakeFailed(String source, String reason) implements Event {}

    record MessageSent(PublicKey peer, String id, String type) implements Event {}

    record MessageReceived(PublicKey peer, String id, String type) implements Event {}

    record Acknowledged(PublicKey peer, String id) implements Event {}

    record BackpressureSignalled(PublicKey peer, boolean on) implements Event {}

    record KeyRotated(PublicKey peer, PublicKey newKey) implements Event {}

    /** {@code sentence}: with the fingerprints, and the command that helps. */
    record KeyRefused(String sentence) implements Event {}

    record PinReplaced(String address, PublicKey claimant, PublicKey newKey) implements Event {}

    record RuleChanged(String what, String subject) implements Event {}

    record ApprovalRequested(PublicKey peer, String address, String source) implements Event {}

    record Paired(PublicKey peer, String address) implements Event {}

    record SentInClear(PublicKey peer) implements Event {}

    record ErrorSent(PublicKey peer, String code, String reason) implements Event {}

    record ErrorReceived(PublicKey peer, String code, String reason) implements Event {}
  }

  /** Writes the event to the log (R-22.1-01). Failures and requests that need the owner are warnings. */
  static void emit(Event event) {
    switch (event) {
      case Event.ConnectionUp e ->
          Logger.info("connection up peer={} address={} {} session={}", print(e.peer), shown(e.address), e.direction,
              shown(e.session));
      case Event.ConnectionClosed e ->
          Logger.info("connection closed peer={} address={} reason={}", print(e.peer), shown(e.address),
              shown(e.reason));
      case Event.HandshakeFailed e -> Logger.warn("handshake failed source={} reason={}", e.source, shown(e.reason));
      case Event.MessageSent e -> Logger.info("message sent peer={} id={} type={}", print(e.peer), e.id, e.type);
      case Event.MessageReceived e ->
          Logger.info("message received peer={} id={} type={}", print(e.peer), e.id, e.type);
      case Event.Acknowledged e -> Logger.info("message acknowledged peer={} id={}", print(e.peer), e.id);
      case Event.BackpressureSignalled e -> Logger.warn("backpressure peer={} on={}", print(e.peer), e.on);
      case Event.KeyRotated e -> Logger.warn("key rotated peer={} to={}", print(e.peer), print(e.newKey));
      case Event.KeyRefused e -> Logger.warn("key refused: {}", e.sentence);
      case Event.PinReplaced e -> Logger.warn("address {} was only claimed by {} and belongs to {} now",
          shown(e.address), print(e.claimant), print(e.newKey));
      case Event.RuleChanged e -> Logger.info("rule changed {} {}", e.what, shown(e.subject));
      case Event.ApprovalRequested e ->
          Logger.warn("approval requested peer={} address={} source={}", print(e.peer), shown(e.address), e.source);
      case Event.Paired e -> Logger.info("paired peer={} address={}", print(e.peer), shown(e.address));
      case Event.SentInClear e ->
          Logger.warn("a message in clear although encryption was agreed peer={}", print(e.peer));
      case Event.ErrorSent e ->
          Logger.warn("error sent peer={} code={} reason={}", print(e.peer), e.code, shown(e.reason));
      case Event.ErrorReceived e ->
          Logger.warn("error received peer={} code={} reason={}", print(e.peer), shown(e.code), shown(e.reason));
    }
  }

  static void debug(String what) {
    Logger.debug("{}", what);
  }

  static void warn(String what) {
    Logger.warn("{}", what);
  }

  /** Our own fault, with its stack. */
  static void bug(String where, Throwable fault) {
    Logger.error(fault, "unexpected failure in {}", where);
  }

  private static Object print(PublicKey key) {
    return new Object() {
      @Override
      public String toString() {
        return key.fingerprint(); // computed only where the level is on
      }
    };
  }

  private static String shown(String text) {
    return PeerText.shown(text);
  }
}
