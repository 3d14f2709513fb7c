package dev.toq.app.daemon;

import dev.toq.app.daemon.Answers.Answer;
import dev.toq.app.daemon.EnvelopeWriter.TooLargeException;
import dev.toq.protocol.Spec;
import dev.toq.protocol.body.BodyCodec;
import dev.toq.protocol.body.Streams;
import dev.toq.protocol.body.WornKeyException;
import dev.toq.protocol.envelope.ContentRules;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.EnvelopeCheck;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.KeyRotation;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.envelope.SystemMessages.PeerError;
import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.ResumableSession;
import dev.toq.protocol.wire.FrameException;
import dev.toq.protocol.wire.FrameReader;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * An ACTIVE connection (specification section 8.2): both sides send when they like. The reader checks an envelope,
 * gives it to the inbox and reads on; {@link Answers} acknowledges what is durable; any thread may {@link #transmit}.
 * Reading never waits for writing.
 */
final class Session {

  /** What the setup found out, and the streams it left behind. */
  record Established(
      PeerKeys keys,
      Address peerAddress,
      Address counterpart,
      Lasting lasting,
      boolean initiatedByUs,
      boolean kept,
      boolean streaming,
      long peerLimitBytes,
      BodyCodec codec,
      Streams streams,
      EnvelopeCheck check,
      EnvelopeWriter writer,
      FrameReader frames) {}

  /** So that two faulty peers cannot keep each other busy. */
  private static final int ERRORS_PER_SECOND = 10;
  /** More heartbeats than these count as messages. */
  private static final int FREE_BEATS_PER_SECOND = 5;

  private final Node node;
  private final Wire wire;
  private final Established established;
  private final InFlight inFlight = new InFlight();
  private final Heartbeat heartbeat;
  private final Answers answers;
  private final Incoming incoming;
  private final Rate errors;
  private final Rate freeBeats;
  private final Pressure pressure;
  private final Displacement displacement;
  private final long activeSince;
  /** It has sent a heartbeat, so it reads what comes at any time. */
  private volatile boolean peerBeats;
  private volatile boolean retired;
  private volatile boolean goodbyeSaid;
  private volatile boolean leaving;
  private volatile long leaveBy;
  /** The peer has said goodbye: nothing comes any more but its last acknowledgements. */
  private volatile boolean goodbyeHeard;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean connectionLost;
  private volatile String end = "closed by the peer";

  Session(Node node, Wire wire, Established established) {
    this.node = node;
    this.wire = wire;
    this.established = established;
    this.heartbeat = new Heartbeat(node, established.initiatedByUs());
    this.errors = new Rate(node.ticker(), ERRORS_PER_SECOND);
    this.freeBeats = new Rate(node.ticker(), FREE_BEATS_PER_SECOND);
    this.displacement = new Displacement(node.ticker(), node.random());
    this.activeSince = node.ticker().getAsLong();
    this.pressure = new Pressure(node.ticker(), node.queue(), node.config().rateMessages());
    this.answers = new Answers("toq-ack-" + wire.remote().getAddress().getHostAddress(), new Voice());
    this.incoming = new Incoming(node, established.keys(), established.codec(), established.streams(), pressure,
        answers, this::stamp, this::refuse);
  }

  PublicKey peerKey() {
    return established.keys().current();
  }

  Address peerAddress() {
    return established.peerAddress();
  }

  /** The session's name, which the receiver chose (R-5.4-05). */
  String id() {
    return established.lasting().sessionId();
  }

  /** Whether the peer, who opened it, may mean this session by {@code name}. */
  boolean isNamed(String name) {
    Lasting lasting = established.lasting();
    return !established.initiatedByUs()
        && (lasting.sessionId().equals(name) || lasting.alias().filter(name::equals).isPresent());
  }

  /**
   * Whether messages of ours may be sent on it: we opened it, or the peer reads at any time. Never once it is being
   * closed, although the last answers may still go out on it.
   */
  boolean isKept() {
    return readsAtAnyTime() && !retired && !displacement.isUnderWay() && !inFlight.hasEnded();
  }

  private boolean readsAtAnyTime() {
    return established.kept() || peerBeats;
  }

  boolean isOpen() {
    return wire.isOpen();
  }

  /** Whether the peer is on this machine. */
  boolean isLocal() {
    return wire.remote().getAddress().isLoopbackAddress();
  }

  /** Of two opened at once both sides keep the one that the smaller key opened; else the newer. */
  boolean outranks(Session older) {
    boolean atOnce = activeSince - older.activeSince <= Displacement.AT_ONCE.toNanos();
    if (!atOnce || established.initiatedByUs() == older.established.initiatedByUs()) {
      return true;
    }
    boolean ownKeyIsSmaller = ownKey().compareTo(peerKey()) < 0;
    return established.initiatedByUs() == ownKeyIsSmaller;
  }

  /** The key with which we stand on this connection. */
  private PublicKey ownKey() {
    return established.writer().identity().publicKey();
  }

  /** Tells the peer the key under which we go on (R-14.4-03), where this connection stands under {@code old}. */
  void announce(Identity old, PublicKey next) {
    if (isUsable() && heartbeat.maySpeak() && ownKey().equals(old.publicKey())) {
      answers.put(new Answer.Say(KeyRotation.announce(stamp(), old, next)));
    }
  }

  /** Why it ended, for the log. */
  String end() {
    return end;
  }

  /** Whether a lane may send on it now. */
  boolean isUsable() {
    return isKept() && isOpen();
  }

  /** Whether the peer asked for a pause. {@code now} is of the node's clock that never jumps. */
  boolean isHeld(long now) {
    return node.registry().isHeld(peerKey(), now); // R-21.2-05, R-21.2-06
  }

  /**
   * Writes a message, to leave with the next {@link #flush} at the latest.
   *
   * @param onAnswer told the peer's answer, or {@link InFlight.Answer.Lost} when the connection ends first
   * @return the size of the envelope in bytes
   * @throws WornKeyException where it cannot be encrypted any more, and must not go out in clear
   */
  int transmit(Envelope draft, Consumer<InFlight.Answer> onAnswer)
      throws IOException, TooLargeException, WornKeyException {
    if (!inFlight.expect(draft.id(), onAnswer)) {
      throw new IOException("the connection is being closed");
    }
    int bytes;
    try {
      bytes = established.writer().writeLazily(established.codec().sealed(draft), established.peerLimitBytes());
    } catch (IOException | TooLargeException | WornKeyException notSent) {
      inFlight.forget(draft.id());
      throw notSent;
    }
    if (draft.type() != MessageType.STREAM_CHUNK) { // a stream counts once, by its end
      node.counters().messagesOut.increment();
    }
    Journal.emit(new Journal.Event.MessageSent(peerKey(), draft.id().toString(), draft.type().wire()));
    return bytes;
  }

  void flush() throws IOException {
    established.writer().flush();
  }

  /** Whether the peer takes content of this type: a file only where its card says so (R-7.2-04, A-31). */
  boolean takes(Optional<String> contentType) {
    return established.lasting().limits().acceptFiles()
        || contentType.filter(type -> ContentRules.shape(type) == ContentRules.Shape.BINARY).isEmpty();
  }

  /** Whether both sides agreed to stream (R-11.1-01). */
  boolean mayStream() {
    return established.streaming();
  }

  /** Something spans several messages: no goodbye is said until it is {@linkplain #release released}. */
  void hold(InFlight.Holder holder) {
    inFlight.hold(holder);
  }

  void release(InFlight.Holder holder) {
    inFlight.release(holder);
  }

  /** Takes a message back, or the stream that it is a part of (R-11.7-01); it is on its way when this returns. */
  void cancel(UUID id) {
    answers.put(new Answer.Say(SystemMessages.cancel(stamp(), id)));
  }

  /** Another connection takes its place, for as long as that is open. */
  void giveWayTo(Session other) {
    displacement.by(other);
  }

  /** Whether it was begun by a sender that reads one answer and leaves, as the deployed reference does. */
  boolean isForOneDelivery() {
    return !readsAtAnyTime();
  }

  /** Begins to leave (R-8.3-01): nothing new goes out, and once all is answered we say goodbye. */
  void sayGoodbye() {
    retired = true;
    if (isQuiet()) {
      goodbye();
    }
  }

  /** Whether nothing of either side would be torn apart by a goodbye. */
  private boolean isQuiet() {
    return inFlight.isEmpty() && established.streams().openStreams() == 0;
  }

  private void goodbye() {
    goodbyeSaid = true;
    leave();
    answers.put(new Answer.Say(SystemMessages.disconnect(stamp())));
  }

  /** From now on only the last acknowledgements, of either side, for a short time. */
  private void leave() {
    retired = true;
    leaveBy = node.ticker().getAsLong() + Spec.GOODBYE_ACKS.toNanos();
    leaving = true;
  }

  /** Waits until the conversation is over. */
  void awaitEnd(Duration limit) throws InterruptedException {
    if (!ended.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
      cut("no goodbye from the peer");
    }
  }

  /** Waits until a connection that was cut has left its session behind, at most for this time. */
  void awaitLeft(Duration limit) {
    try {
      if (!ended.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        Journal.debug("a connection that was cut has not ended yet");
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends its connection at once, without a word; the session itself may go on, on another one. */
  void cut(String reason) {
    end = reason;
    wire.close();
  }

  /** Ends it at once and for good, without a word. */
  void expel(String reason) {
    retired = true;
    cut(reason);
  }

  /**
   * What can be resumed of it, once it has ended: only a session whose connection was lost, not one that ended with a
   * goodbye or a fatal error of either side, that another one displaced, that the owner's rules ended, or in which
   * we have a key that was replaced since.
   */
  Optional<ResumableSession> lost() {
    return connectionLost && !retired && ownKey().equals(node.self().identity().publicKey())
        ? Optional.of(established.lasting().lost(peerKey(), established.writer().nextSequence() - 1,
            established.check().highestReceived(), node.clock().instant()))
        : Optional.empty();
  }

  /** Its end has been noted everywhere. */
  void left() {
    ended.countDown();
  }

  /**
   * Reads until the connection ends. Returns after the last acknowledgement was written, or could not be.
   *
   * @param first an envelope that was judged during the setup, and is to be handled first
   */
  void converse(Optional<Verdict> first) throws IOException, ProtocolException, InterruptedException {
    answers.start();
    try {
      boolean goesOn = first.isEmpty() || handle(first.get(), 0);
      while (goesOn && !(goodbyeHeard && inFlight.isEmpty())) {
        goesOn = readOne();
      }
    } catch (EOFException closed) {
      connectionLost = true;
      Journal.debug("end of stream from " + peerKey().fingerprint());
    } catch (IOException gone) {
      connectionLost = true;
      throw gone;
    } finally {
      inFlight.end();
      incoming.end();
      answers.finish();
      wire.close();
    }
  }

  private boolean readOne() throws IOException, ProtocolException {
    byte[] payload;
    try {
      payload = established.frames().read(node.config().maxMessageSize());
    } catch (FrameException unusable) {
      ErrorCode code = unusable.kind() == FrameException.Kind.EMPTY ? ErrorCode.PROTOCOL_VIOLATION : ErrorCode.MESSAGE_TOO_LARGE; // R-4.6-04
      refuse(new Verdict.Refused(code, Optional.empty(), String.valueOf(unusable.getMessage()), true));
      incoming.missed();
      return !unusable.closes();
    }
    heartbeat.peerIsAlive();
    return handle(established.check().check(payload, node.clock().instant()), payload.length); // R-4.3-01
  }

  private boolean handle(Verdict verdict, int bytes) throws ProtocolException {
    return switch (verdict) {
      case Verdict.Accepted(Envelope envelope) -> take(envelope, bytes);
      case Verdict.Duplicate(Envelope envelope) -> {
        incoming.again(envelope, bytes);
        yield true;
      }
      case Verdict.Refused refused -> {
        refuse(refused);
        incoming.missed();
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
      case MESSAGE_ACK ->
          inFlight.answered(SystemMessages.acknowledgedId(envelope), new InFlight.Answer.Acknowledged());
      case HEARTBEAT -> answerBeat(envelope);
      case HEARTBEAT_ACK -> heartbeat.answered();
      case ERROR -> {
        return learnOfError(envelope);
      }
      case SESSION_DISCONNECT -> {
        end = "the peer said goodbye"; // R-8.3-03; its acknowledgements are finished by the caller, R-8.3-02
        goodbyeHeard = true; // what of ours it has not acknowledged yet, it still may
        inFlight.peerLeaves();
        leave(); // R-8.3-01
      }
      case BACKPRESSURE -> pauseFor(SystemMessages.retryAfter(envelope));
      case BACKPRESSURE_CLEAR -> pauseFor(Duration.ZERO); // R-9.7-04
      case KEY_ROTATION -> learnOfKey(envelope);
      case KEY_ROTATION_ACK -> Journal.debug(peerKey().fingerprint() + " has "
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
      PeerKeys.announced(announcement, peerKey(), node.peers());
    } catch (ProtocolException invalid) { // R-23.1-21
      accepted = false;
      refuse(invalid);
    }
    answers.put(new Answer.Say(KeyRotation.ack(stamp(), announcement.id(), accepted))); // R-9.7-08
  }

  /** R-8.4-02, R-9.7-02 */
  private void answerBeat(Envelope beat) {
    if (!readsAtAnyTime()) {
      peerBeats = true;
      node.registry().announce(this);
    }
    if (freeBeats.allowsOne() || pressure.allowsMessage()) {
      answers.put(new Answer.Say(SystemMessages.heartbeatAck(stamp(), beat.id())));
    } else {
      incoming.refuseForRate(beat);
    }
  }

  /** The pause is the peer's, so it holds for all its connections. */
  private void pauseFor(Duration asked) {
    Duration most = node.config().maxBackpressure();
    Duration pause = asked.compareTo(most) < 0 ? asked : most;
    node.registry().hold(peerKey(), node.ticker().getAsLong() + pause.toNanos()); // R-21.2-03, R-21.2-05
    Journal.emit(new Journal.Event.BackpressureSignalled(peerKey(), !pause.isZero()));
  }

  private boolean learnOfError(Envelope envelope) {
    PeerError error = SystemMessages.error(envelope);
    node.counters().errors.increment();
    Journal.emit(new Journal.Event.ErrorReceived(peerKey(), error.codeText(), error.message()));
    inFlight.learnOf(error);
    boolean fatal = error.code().map(ErrorCode::isFatal).orElse(false);
    if (fatal) {
      end = "the peer reported " + error.codeText(); // the side that receives a fatal code closes too
    }
    return !fatal;
  }

  private void refuse(ProtocolException fault) {
    refuse(new Verdict.Refused(fault.code(), fault.relatedId(), fault.reason(), fault.isAnswerable()));
  }

  private void refuse(Verdict.Refused refused) {
    node.counters().errors.increment();
    if (refused.code().isFatal()) {
      end = refused.code().wire();
    }
    if (refused.answerable() && errors.allowsOne()) { // R-4.3-13, A-15
      Journal.emit(new Journal.Event.ErrorSent(peerKey(), refused.code().wire(), refused.reason()));
      answers.put(new Answer.Say(
          SystemMessages.error(stamp(), refused.code(), refused.reason(), refused.relatedId())));
    }
  }

  /** What every envelope of ours on this connection has in common; the writer puts the sequence in. */
  private Stamp stamp() {
    return new Stamp(
        UUID.randomUUID(), node.self().address(), established.counterpart(), 0, node.clock().instant());
  }

  /** How the answering thread speaks on this connection. */
  private final class Voice implements Answers.Voice {
    @Override
    public void say(Envelope draft) throws IOException {
      try {
        established.writer().writeLazily(draft, Long.MAX_VALUE);
      } catch (TooLargeException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    @Override
    public void flush() throws IOException {
      established.writer().flush();
    }

    @Override
    public Envelope acknowledgement(UUID id) {
      heartbeat.mayBeat();
      return SystemMessages.ack(stamp(), id);
    }

    @Override
    public Optional<Envelope> storageFailed(UUID id, Throwable cause) {
      Journal.warn("a message could not be stored: " + cause);
      node.counters().errors.increment();
      return errors.allowsOne()
          ? Optional.of(SystemMessages.error(stamp(), ErrorCode.RESOURCE_EXHAUSTED,
              "the message could not be stored", Optional.of(id)))
          : Optional.empty();
    }

    @Override
    public void takesMessages() throws IOException {
      Optional<Duration> pause = heartbeat.maySpeak() ? pressure.wanted() : Optional.empty();
      if (pause.isPresent()) { // R-21.2-01, R-9.7-03
        sayNow(SystemMessages.backpressure(stamp(), pause.get()));
      }
    }

    @Override
    public void overrun() {
      cut("the peer does not read its answers");
    }

    @Override
    public void delivered(Answer.Acknowledge taken) {
      Journal.emit(new Journal.Event.Acknowledged(peerKey(), taken.message().id()));
      if (!taken.duplicate()) {
        node.counters().messagesIn.increment();
        Journal.emit(new Journal.Event.MessageReceived(peerKey(), taken.message().id(), taken.message().type()));
        node.events().publish(taken.message());
      }
    }

    @Override
    public void idle() throws IOException {
      incoming.expire();
      if (pressure.isOver()) {
        sayNow(SystemMessages.backpressureClear(stamp())); // R-9.7-04
      }
      if (Spec.isNearLastSequence(established.writer().nextSequence())) {
        retired = true;
      }
      if (leaving && node.ticker().getAsLong() - leaveBy > 0) {
        cut("the last acknowledgements took too long");
      } else if (isAtRest() && (retired || displacement.isDue() && readsAtAnyTime())) {
        goodbye();
      } else if (displacement.isDue() && !readsAtAnyTime() && nothingIsUnderWay()) {
        cut("the peer has a newer connection"); // R-8.7-01
      } else if (heartbeat.isLost()) {
        cut("no heartbeat answered in time"); // R-8.4-03
      } else if (heartbeat.isDue()) {
        sayNow(SystemMessages.heartbeat(stamp())); // R-8.4-01, R-8.4-04, R-11.6-01, R-11.6-02, R-21.2-04
      }
    }

    private boolean isAtRest() {
      return !goodbyeSaid && !goodbyeHeard && isQuiet();
    }

    /** A sender that reads one answer and leaves would take a goodbye for that, and is not cut while it may deliver. */
    private boolean nothingIsUnderWay() {
      return isAtRest() && heartbeat.isSilent() && !answers.isOwed() && !wire.reading().isSet();
    }

    private void sayNow(Envelope draft) throws IOException {
      say(draft);
      flush();
    }
  }
}
