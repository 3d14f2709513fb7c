package dev.toq.app.daemon;

import dev.toq.app.daemon.EnvelopeWriter.TooLargeException;
import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.SystemMessages;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * How the answering thread of one {@link Session} speaks, and what it does when there is nothing to answer: heartbeats,
 * the end of a pause, a goodbye, and giving up a peer that is gone.
 */
final class SessionVoice implements Answers.Voice {
  private final Node node;
  private final Session session;
  private final EnvelopeWriter writer;
  private final Heartbeat heartbeat;
  private final Pressure pressure;
  private final Leaving leaving;

  SessionVoice(Node node, Session session, EnvelopeWriter writer, Heartbeat heartbeat, Pressure pressure,
      Leaving leaving) {
    this.node = node;
    this.session = session;
    this.writer = writer;
    this.heartbeat = heartbeat;
    this.pressure = pressure;
    this.leaving = leaving;
  }

  @Override
  public void say(Envelope draft) throws IOException {
    try {
      writer.write(draft, Long.MAX_VALUE);
    } catch (TooLargeException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public void flush() throws IOException {
    writer.flush();
  }

  @Override
  public int mostInAcknowledgement() {
    return session.sharesAcks() ? SystemMessages.MOST_IN_ACK : 1;
  }

  @Override
  public Envelope acknowledgement(List<UUID> ids) {
    heartbeat.mayBeat();
    return SystemMessages.sharedAck(session.stamp(), ids);
  }

  @Override
  public Optional<Envelope> storageFailed(UUID id, Throwable cause) {
    Journal.warn("a message could not be stored: " + cause);
    node.counters().errors.increment();
    return session.allowsError()
        ? Optional.of(SystemMessages.error(session.stamp(), ErrorCode.RESOURCE_EXHAUSTED,
            "the message could not be stored", Optional.of(id)))
        : Optional.empty();
  }

  @Override
  public void takesMessages() throws IOException {
    Optional<Duration> pause = heartbeat.maySpeak() ? pressure.wanted() : Optional.empty();
    if (pause.isPresent()) { // R-21.2-01, R-9.7-03
      sayNow(SystemMessages.backpressure(session.stamp(), pause.get()));
    }
  }

  @Override
  public void overrun() {
    session.cut("the peer does not read its answers");
  }

  @Override
  public void acknowledged(UUID id) {
    Journal.emit(new Journal.Event.Acknowledged(session.peerKey(), id.toString()));
  }

  @Override
  public void idle() throws IOException {
    session.endSilentStreams();
    if (session.readerWaits()) {
      heartbeat.excuse();
    }
    if (pressure.isOver()) {
      sayNow(SystemMessages.backpressureClear(session.stamp())); // R-9.7-04
    }
    if (Spec.isNearLastSequence(writer.nextSequence())) {
      leaving.retire();
    }
    boolean forOneDelivery = session.isForOneDelivery();
    if (leaving.isOverdue()) {
      session.cut("the last acknowledgements took too long");
    } else if (isAtRest() && (leaving.isRetired() || leaving.isDisplaced() && !forOneDelivery)) {
      session.goodbye();
    } else if (leaving.isDisplaced() && forOneDelivery && nothingIsUnderWay()) {
      session.cut("the peer has a newer connection"); // R-8.7-01
    } else if (heartbeat.isLost()) {
      session.cut("no heartbeat answered in time"); // R-8.4-03
    } else if (heartbeat.isDue()) {
      sayNow(SystemMessages.heartbeat(session.stamp())); // R-8.4-01, R-8.4-04, R-11.6-01, R-11.6-02, R-21.2-04
    }
  }

  private boolean isAtRest() {
    return !leaving.hasBegun() && session.isQuiet();
  }

  /** A sender that reads one answer and leaves would take a goodbye for that, and is not cut while it may deliver. */
  private boolean nothingIsUnderWay() {
    return isAtRest() && heartbeat.isSilent() && !session.owesOrReads();
  }

  private void sayNow(Envelope draft) throws IOException {
    say(draft);
    flush();
  }
}
