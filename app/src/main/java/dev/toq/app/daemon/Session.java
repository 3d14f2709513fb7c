package dev.toq.app.daemon;

import dev.toq.app.admission.Rate;
import dev.toq.app.daemon.Answers.Answer;
import dev.toq.app.daemon.EnvelopeWriter.TooLargeException;
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
import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.session.ResumableSession;
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
 * An ACTIVE connection (specification section 8.2): both sides send when they like. {@link SessionReader} gives what
 * was checked to the inbox and reads on; {@link Answers} acknowledges what is durable, by its {@link SessionVoice}; any
 * thread may {@link #transmit}. Reading never waits for writing. How it ends is kept by {@link Leaving}.
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
      boolean sharesAcks,
      boolean streaming,
      long peerLimitBytes,
      BodyCodec codec,
      Streams streams,
      EnvelopeCheck check,
      EnvelopeWriter writer,
      FrameReader frames) {}

  /** So that two faulty peers cannot keep each other busy. */
  private static final int ERRORS_PER_SECOND = 10;

  private final Node node;
  private final Wire wire;
  private final Established established;
  private final InFlight inFlight = new InFlight();
  private final Heartbeat heartbeat;
  private final Answers answers;
  private final Incoming incoming;
  private final SessionReader reader;
  private final Rate errors;
  private final Pressure pressure;
  private final Leaving leaving;
  private final long activeSince;
  private volatile boolean peerBeats;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean connectionLost;
  private volatile String end = "closed by the peer";

  Session(Node node, Wire wire, Established established) {
    this.node = node;
    this.wire = wire;
    this.established = established;
    this.heartbeat = new Heartbeat(node, established.initiatedByUs());
    this.errors = new Rate(node.ticker(), ERRORS_PER_SECOND);
    this.leaving = new Leaving(node);
    this.activeSince = node.ticker().getAsLong();
    this.pressure = new Pressure(node.ticker(), node.queue(), node.config().rateMessages());
    this.answers = new Answers("toq-ack-" + wire.remote().getAddress().getHostAddress(), node.deadlines(),
        new SessionVoice(node, this, established.writer(), heartbeat, pressure, leaving));
    this.incoming = new Incoming(node, established, pressure, answers, this::stamp, this::refuse);
    this.reader =
        new SessionReader(node, this, established, inFlight, heartbeat, pressure, leaving, answers, incoming);
  }

  PublicKey peerKey() {
    return established.keys().current();
  }

  /** The key of its peer, and those that it replaced. */
  PeerKeys keys() {
    return established.keys();
  }

  Address peerAddress() {
    return established.peerAddress();
  }

  /** Whom our envelopes name: the address that we dialled, or the one that the peer gives itself. */
  Address counterpart() {
    return established.counterpart();
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
    return readsAtAnyTime() && leaving.takesNew() && !inFlight.hasEnded();
  }

  private boolean readsAtAnyTime() {
    return established.kept() || peerBeats;
  }

  /** The peer has sent a heartbeat, so it reads what comes at any time. */
  void peerBeats() {
    if (!readsAtAnyTime()) {
      peerBeats = true;
      node.registry().announce(this);
    }
  }

  /** Whether the peer takes an acknowledgement of several messages. */
  boolean sharesAcks() {
    return established.sharesAcks();
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

  /** It ends, or has ended, for this reason; for the log. */
  void endsFor(String reason) {
    end = reason;
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
      bytes = established.writer().write(established.codec().sealed(draft), established.peerLimitBytes());
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
    leaving.giveWayTo(other);
  }

  /** Whether it was begun by a sender that reads one answer and leaves, as the deployed reference does. */
  boolean isForOneDelivery() {
    return !readsAtAnyTime();
  }

  /** Begins to leave (R-8.3-01): nothing new goes out, and once all is answered we say goodbye. */
  void sayGoodbye() {
    leaving.retire();
    if (isQuiet()) {
      goodbye();
    }
  }

  /** Whether nothing of either side would be torn apart by a goodbye. */
  boolean isQuiet() {
    return inFlight.isEmpty() && established.streams().openStreams() == 0;
  }

  /** Says goodbye now: the caller has seen that nothing is under way. */
  void goodbye() {
    leaving.goodbyeIsSaid();
    answers.put(new Answer.Say(SystemMessages.disconnect(stamp())));
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

  /** Drops the peer's streams of which nothing came for too long. */
  void endSilentStreams() {
    incoming.expire();
  }

  /** Whether a message of the peer is still to be answered, or a frame of it is half there or waits for memory. */
  boolean owesOrReads() {
    return answers.isOwed() || wire.reading().isSet() || readerWaits();
  }

  /** Whether the reader waits for memory, because the frames of others take it. */
  boolean readerWaits() {
    return established.frames().isWaiting();
  }

  /** Ends its connection at once, without a word; the session itself may go on, on another one. */
  void cut(String reason) {
    end = reason;
    wire.close();
  }

  /** Ends it at once and for good, without a word. */
  void expel(String reason) {
    leaving.retire();
    cut(reason);
  }

  /**
   * What can be resumed of it, once it has ended: only a session whose connection was lost, not one that ended with a
   * goodbye or a fatal error of either side, that another one displaced, that the owner's rules ended, or in
   * which we have a key that was replaced since.
   */
  Optional<ResumableSession> lost() {
    return connectionLost && !leaving.isRetired() && ownKey().equals(node.self().identity().publicKey())
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
      boolean goesOn = first.isEmpty() || reader.handleFirst(first.get());
      while (goesOn && !(leaving.wasGoodbyeHeard() && inFlight.isEmpty())) {
        goesOn = reader.readOne();
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
      answers.finish(); // R-8.3-02
      wire.close();
    }
  }

  void refuse(ProtocolException fault) {
    refuse(fault.code(), fault.relatedId(), fault.reason(), fault.isAnswerable());
  }

  void refuse(Verdict.Refused refused) {
    refuse(refused.code(), refused.relatedId(), refused.reason(), refused.answerable());
  }

  /** Counts a fault of the peer, and tells it, where it may be told and had not too many errors of late. */
  private void refuse(ErrorCode code, Optional<UUID> relatedId, String reason, boolean answerable) {
    node.counters().errors.increment();
    if (code.isFatal()) {
      end = code.wire();
    }
    if (answerable && allowsError()) { // R-4.3-13
      Journal.emit(new Journal.Event.ErrorSent(peerKey(), code.wire(), reason));
      answers.put(new Answer.Say(SystemMessages.error(stamp(), code, reason, relatedId)));
    }
  }

  /** Whether the peer may be told of one more error now. */
  boolean allowsError() {
    return errors.allowsOne();
  }

  /** What every envelope of ours on this connection has in common; the writer puts the sequence in. */
  Stamp stamp() {
    return new Stamp(
        UUID.randomUUID(), node.self().address(), established.counterpart(), 0, node.clock().instant());
  }
}
