package dev.toq.app.daemon;

import dev.toq.app.admission.Rate;
import dev.toq.app.daemon.Answers.Answer;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.KeyRotation;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.envelope.SystemMessages.PeerError;
import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.wire.FrameException;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;

/** What the reading thread of one {@link Session} does with each envelope of the peer. It never writes. */
final class SessionReader {
  /** More heartbeats than these count as messages. */
  private static final int FREE_BEATS_PER_SECOND = 5;

  private final Node node;
  private final Session session;
  private final Session.Established established;
  private final InFlight inFlight;
  private final Heartbeat heartbeat;
  private final Pressure pressure;
  private final Leaving leaving;
  private final Answers answers;
  private final Incoming incoming;
  private final Rate freeBeats;

  SessionReader(Node node, Session session, Session.Established established, InFlight inFlight, Heartbeat heartbeat,
      Pressure pressure, Leaving leaving, Answers answers, Incoming incoming) {
    this.node = node;
    this.session = session;
    this.established = established;
    this.inFlight = inFlight;
    this.heartbeat = heartbeat;
    this.pressure = pressure;
    this.leaving = leaving;
    this.answers = answers;
    this.incoming = incoming;
    this.freeBeats = new Rate(node.ticker(), FREE_BEATS_PER_SECOND);
  }

  /** Reads one frame and handles it; returns false where the conversation is over. */
  boolean readOne() throws IOException, ProtocolException {
    try {
      return handleNext();
    } finally {
      established.frames().done();
    }
  }

  /** Handles an envelope that was judged during the setup; returns false where the conversation is over. */
  boolean handleFirst(Verdict first) throws ProtocolException {
    try {
      return handle(first, 0);
    } finally {
      established.frames().done();
    }
  }

  private boolean handleNext() throws IOException, ProtocolException {
    byte[] payload;
    try {
      payload = established.frames().read(node.config().maxMessageSize());
    } catch (FrameException unusable) {
      session.refuse(ProtocolException.of(unusable));
      incoming.missed();
      return !unusable.closes();
    }
    heartbeat.peerIsAlive();
    return handle(established.check().check(payload, node.clock().instant()), payload.length); // R-4.3-01
  }

  /**
   * Handles what the check says of one envelope; returns false where the conversation is over.
   *
   * @param bytes its size on the wire
   */
  private boolean handle(Verdict verdict, int bytes) throws ProtocolException {
    return switch (verdict) {
      case Verdict.Accepted(Envelope envelope) -> take(envelope, bytes);
      case Verdict.Duplicate(Envelope envelope) -> {
        incoming.again(envelope, bytes);
        yield true;
      }
      case Verdict.Refused refused -> {
        session.refuse(refused);
        if (refused.mayBeStreamPart()) {
          incoming.missed();
        }
        yield !refused.code().isFatal();
      }
    };
  }

  /** Handles one checked envelope; returns false where the conversation is over. */
  private boolean take(Envelope envelope, int bytes) throws ProtocolException {
    switch (envelope.type()) {
      // R-8.2-01, R-8.8-02, R-9.5-10, R-10.6-02
      case MESSAGE_SEND, THREAD_CLOSE, STREAM_CHUNK, STREAM_END -> incoming.take(envelope, bytes);
      case MESSAGE_CANCEL -> {
        // before it is acknowledged: whoever has the acknowledgement finds the stream stopped
        inFlight.stopped(SystemMessages.cancelledId(envelope), "stream_cancelled", "the peer cancelled the stream");
        incoming.cancelled(envelope); // R-9.5-08
      }
      case MESSAGE_ACK -> {
        for (UUID id : SystemMessages.acknowledgedIds(envelope)) {
          inFlight.answered(id, new InFlight.Answer.Acknowledged());
        }
      }
      case HEARTBEAT -> answerBeat(envelope);
      case HEARTBEAT_ACK -> heartbeat.answered();
      case ERROR -> {
        return learnOfError(envelope);
      }
      case SESSION_DISCONNECT -> {
        session.endsFor("the peer said goodbye");
        leaving.goodbyeIsHeard(); // R-8.3-01, R-8.3-03
        inFlight.peerLeaves();
      }
      case BACKPRESSURE -> pauseFor(SystemMessages.retryAfter(envelope));
      case BACKPRESSURE_CLEAR -> pauseFor(Duration.ZERO); // R-9.7-04
      case KEY_ROTATION -> learnOfKey(envelope);
      case KEY_ROTATION_ACK -> Journal.debug(session.peerKey().fingerprint() + " has "
          + (KeyRotation.isAccepted(envelope) ? "noted" : "refused") + " our new key");
      case HANDSHAKE_INIT, HANDSHAKE_RESPONSE, HANDSHAKE_REJECT, NEGOTIATE_REQUEST,
          NEGOTIATE_RESPONSE, NEGOTIATE_REJECT, SESSION_RESUME, APPROVAL_REQUEST, APPROVAL_GRANTED, APPROVAL_DENIED,
          CARD_EXCHANGE -> Journal.debug("nothing to do for " + envelope.type().wire());
    }
    return true;
  }

  /** The peer will go on under another key; this connection keeps the one that it began with. */
  private void learnOfKey(Envelope announcement) {
    boolean accepted = true;
    try {
      PeerKeys.announced(announcement, session.peerKey(), node.peers());
    } catch (ProtocolException invalid) { // R-23.1-21
      accepted = false;
      session.refuse(invalid);
    }
    answers.put(new Answer.Say(KeyRotation.ack(session.stamp(), announcement.id(), accepted))); // R-9.7-08
  }

  /** R-8.4-02, R-9.7-02 */
  private void answerBeat(Envelope beat) {
    session.peerBeats();
    if (freeBeats.allowsOne() || pressure.allowsMessage()) {
      answers.put(new Answer.Say(SystemMessages.heartbeatAck(session.stamp(), beat.id())));
    } else {
      incoming.refuseForRate(beat);
    }
  }

  /** The pause is the peer's, so it holds for all its connections. */
  private void pauseFor(Duration asked) {
    Duration most = node.config().maxBackpressure();
    Duration pause = asked.compareTo(most) < 0 ? asked : most;
    if (pause.isZero()) {
      node.registry().goOn(session.peerKey()); // R-9.7-04
    } else {
      node.registry().hold(session.peerKey(), node.ticker().getAsLong() + pause.toNanos()); // R-21.2-03, R-21.2-05
    }
    Journal.emit(new Journal.Event.BackpressureSignalled(session.peerKey(), !pause.isZero()));
  }

  private boolean learnOfError(Envelope envelope) {
    PeerError error = SystemMessages.error(envelope);
    node.counters().errors.increment();
    Journal.emit(new Journal.Event.ErrorReceived(session.peerKey(), error.codeText(), error.message()));
    inFlight.learnOf(error);
    boolean fatal = error.code().map(ErrorCode::isFatal).orElse(false);
    if (fatal) {
      session.endsFor("the peer reported " + error.codeText()); // the side that receives a fatal code closes too
    }
    return !fatal;
  }
}
