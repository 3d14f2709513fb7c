package dev.toq.app.daemon;

import dev.toq.app.daemon.Dialer.DialException;
import dev.toq.app.daemon.EnvelopeWriter.TooLargeException;
import dev.toq.app.daemon.InFlight.Answer;
import dev.toq.app.daemon.OutgoingStreams.Step;
import dev.toq.protocol.body.WornKeyException;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.StreamMessages;
import dev.toq.protocol.envelope.StreamMessages.Heading;
import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * One stream of a local caller, on one connection from its first part to its end.
 *
 * <pre>
 *   open ── the end is written ──▶ ending ── all acknowledged ──▶ delivered
 *     │                              └── refused ──▶ over; the connection lost, silence ──▶ unknown
 *     └── a part refused or unanswered, a cancel of either side, silence of the caller, the connection lost ──▶ over
 * </pre>
 *
 * <p>No part is sent a second time: a connection loses nothing in the middle, and a part that was refused would come
 * after its successors. So a stream of which any part failed is over; the peer is told so, drops what it has,
 * and the caller may stream again from the start (R-11.8-02). Only a stream of which nothing was written yet moves to
 * another connection. Any number of threads may use it; their parts go out in the order in which they called.
 */
final class LocalStream implements InFlight.Holder {
  /** So long a caller may be silent: a little less than a peer of our kind waits for the next part. */
  static final Duration IDLE = Duration.ofSeconds(50);

  /** A peer may cancel by the id of any part; by older ones than so many it is noticed by its refusals. */
  private static final int REMEMBERED_PARTS = 1024;

  private static final Duration LOOK = Duration.ofMillis(200);

  /** The one part of a stream without any: an end alone would name no stream. */
  private static final JsonValue NOTHING = JsonValue.JsonObject.builder().put("text", "").build();

  /** A connection for a stream. */
  interface Reconnect {
    Session to(Address address) throws DialException, InterruptedException;
  }

  private record Unanswered(int bytes, long writtenAt) {}

  private final Node node;
  private final Address to;
  private final Heading heading;
  private final Reconnect reconnect;
  private final BiConsumer<UUID, Step> onEnded;
  private final Deadlines.Deadline idle;

  /** Held by the caller whose part is next. Never taken by the thread that reads answers. */
  private final ReentrantLock turn = new ReentrantLock(true);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<UUID, Unanswered> unanswered = new LinkedHashMap<>();
  private final Map<String, UUID> parts = new LinkedHashMap<>() {
    @Override
    protected boolean removeEldestEntry(Map.Entry<String, UUID> eldest) {
      return size() > REMEMBERED_PARTS;
    }
  };
  private final Window window;
  private volatile Session session;
  private long lastAnswer;
  private Optional<UUID> end = Optional.empty();
  private Optional<Step> over = Optional.empty();

  /** @param onEnded told once how it ended; must not block */
  LocalStream(Node node, Address to, Heading heading, Session session, Reconnect reconnect,
      BiConsumer<UUID, Step> onEnded) {
    this.node = node;
    this.to = to;
    this.heading = heading;
    this.session = session;
    this.reconnect = reconnect;
    this.onEnded = onEnded;
    this.window = new Window(node.config().ackTimeout());
    this.idle = node.deadlines().create(this::silent);
    this.lastAnswer = now();
  }

  Address to() {
    return to;
  }

  Optional<String> threadId() {
    return heading.threadId();
  }

  /** The clock of the caller's silence starts. */
  void begin() {
    idle.in(IDLE);
    session.hold(this);
  }

  /** Sends one part. */
  Step chunk(JsonValue data, Duration timeout) throws InterruptedException {
    return inTurn(timeout, deadline -> {
      Optional<Step> notNow = awaitRoom(deadline);
      return notNow.isPresent() ? notNow.get() : write(StreamMessages.chunk(stamp(), heading, data), false);
    });
  }

  /** Sends the end, if it was not sent before, and waits for the peer's word. */
  Step end(Optional<JsonValue> data, Duration timeout) throws InterruptedException {
    return inTurn(timeout, deadline -> {
      if (!isEnding()) {
        Optional<Step> notNow = awaitRoom(deadline);
        if (notNow.isPresent()) {
          return notNow.get();
        }
        Optional<JsonValue> last = data.isEmpty() && isEmpty() ? Optional.of(NOTHING) : data;
        Step written = write(StreamMessages.end(stamp(), heading, last), true);
        if (!(written instanceof Step.Written)) {
          return written;
        }
      }
      return awaitAnswers(deadline);
    });
  }

  /** Takes the stream back, if its end was not written. */
  Step cancel() {
    return locked(() -> end.isPresent() ? new Step.Unanswered(end.get()) : finish(new Step.Cancelled(), true));
  }

  /** The daemon stops: nothing follows but answers. */
  void stop() {
    if (!isEnding()) {
      finish(new Step.Over("not_reachable", "this agent stops"), true);
    }
  }

  private interface InTurn {
    /** @param deadline on the clock that never jumps */
    Step take(long deadline) throws InterruptedException;
  }

  private Step inTurn(Duration timeout, InTurn step) throws InterruptedException {
    long deadline = now() + timeout.toNanos();
    if (!turn.tryLock(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      return new Step.Held("other parts of this stream wait to be sent");
    }
    try {
      idle.clear();
      connectAnew();
      return step.take(deadline);
    } catch (DialException nobody) {
      return finish(new Step.Over("not_reachable", nobody.sentence()), false);
    } finally {
      touch();
      turn.unlock();
    }
  }

  private void touch() {
    lock.lock();
    try {
      if (over.isEmpty()) {
        idle.in(IDLE);
      }
    } finally {
      lock.unlock();
    }
  }

  /** A connection may leave before anything was written to it: nothing is lost then. */
  private void connectAnew() throws DialException, InterruptedException {
    if (isEmpty() && !session.isUsable()) {
      Session fresh = reconnect.to(to);
      session.release(this);
      session = fresh;
      fresh.hold(this);
    }
  }

  /** Waits until a part may be written; else says why none may. */
  private Optional<Step> awaitRoom(long deadline) throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        long now = now();
        if (over.isPresent() || end.isPresent()) {
          return over.or(() -> Optional.of(new Step.NotFound()));
        }
        boolean held = session.isHeld(now);
        if (held) {
          lastAnswer = now;
        } else if (isLate(now)) { // R-9.5-05, A-63
          return Optional.of(finish(
              new Step.Over("delivery_timeout", to.full() + " did not acknowledge a part in time"), true));
        } else if (window.hasRoom()) {
          return Optional.empty();
        }
        if (deadline - now <= 0) {
          return Optional.of(new Step.Held(to.full() + " takes nothing at the moment; this part was not sent"));
        }
        node.ticker().await(changed, Math.min(deadline - now, LOOK.toNanos()));
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean isLate(long now) {
    return !unanswered.isEmpty() && now - Math.max(unanswered.values().iterator().next().writtenAt(), lastAnswer)
        >= node.config().ackTimeout().toNanos();
  }

  private Step write(Envelope part, boolean isEnd) {
    UUID id = part.id();
    lock.lock();
    try {
      if (over.isPresent()) {
        return over.get();
      }
      unanswered.put(id, new Unanswered(0, now()));
      parts.put(id.toString(), id);
      end = isEnd ? Optional.of(id) : Optional.empty();
      window.sent();
    } finally {
      lock.unlock();
    }
    try {
      int bytes = session.transmit(part, answer -> answered(id, answer));
      weigh(id, bytes);
      session.flush();
    } catch (TooLargeException tooLarge) {
      unwritten(id);
      return new Step.TooLarge(tooLarge.size, tooLarge.limit);
    } catch (IOException | WornKeyException lost) {
      ends(false);
    }
    return locked(() -> over.orElseGet(() -> new Step.Written(id)));
  }

  private void weigh(UUID id, int bytes) {
    lock.lock();
    try {
      Unanswered known = unanswered.get(id);
      if (known != null) { // else the answer was faster
        unanswered.put(id, new Unanswered(bytes, known.writtenAt()));
        window.weighs(bytes);
      }
    } finally {
      lock.unlock();
    }
  }

  private void unwritten(UUID id) {
    lock.lock();
    try {
      unanswered.remove(id);
      parts.remove(id.toString());
      end = Optional.empty();
      window.left(0);
    } finally {
      lock.unlock();
    }
  }

  private Step awaitAnswers(long deadline) throws InterruptedException {
    lock.lock();
    try {
      while (over.isEmpty()) {
        long left = deadline - now();
        if (left <= 0) {
          return new Step.Unanswered(end.orElseThrow());
        }
        node.ticker().await(changed, left);
      }
      return over.get();
    } finally {
      lock.unlock();
    }
  }

  /** On the thread that read the answer. */
  private void answered(UUID id, Answer answer) {
    lock.lock();
    try {
      Unanswered part = unanswered.remove(id);
      if (part == null) {
        return;
      }
      switch (answer) {
        case Answer.Acknowledged() -> {
          long now = now();
          window.answered(part.bytes(), now - part.writtenAt(), now);
          lastAnswer = now;
          if (end.isPresent() && unanswered.isEmpty()) {
            finish(new Step.Delivered(end.get(), Optional.empty()), false);
          }
        }
        case Answer.Refused(var code, String codeText, String reason) ->
            finish(new Step.Over(codeText, reason), true);
        case Answer.Lost() -> ends(false);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void stopped(String id, String code, String reason) {
    if (locked(() -> parts.containsKey(id.toLowerCase(Locale.ROOT)))) { // R-11.7-01, R-11.7-02
      finish(new Step.Over(code, reason), false);
    }
  }

  @Override
  public void ends(boolean answersMayCome) {
    lock.lock();
    try {
      if (end.isPresent() && !answersMayCome) {
        finish(new Step.Unknown(end.get(), "the connection to " + to.full()
            + " was lost after the end was sent: the peer has the whole stream, or nothing of it"), false);
      } else if (end.isEmpty() && !parts.isEmpty()) { // R-11.8-02
        finish(new Step.Over("not_reachable", "the connection to " + to.full()
            + " was lost in the middle of the stream; the peer drops what it has of it"), false); // R-11.8-01
      }
    } finally {
      lock.unlock();
    }
  }

  /** On the thread of the deadlines: no call came for too long. */
  private void silent() {
    locked(() -> end.isPresent()
        ? finish(new Step.Unknown(end.get(), to.full() + " did not acknowledge the end of the stream"), false)
        : finish(new Step.Over("stream_cancelled", "it was silent for " + IDLE.toSeconds() + " seconds"), true));
  }

  /** Ends it, if nothing has before; returns how it ended. */
  private Step finish(Step how, boolean tellPeer) {
    return locked(() -> {
      if (over.isPresent()) {
        return over.get();
      }
      over = Optional.of(how);
      idle.close();
      session.release(this);
      if (tellPeer && !parts.isEmpty()) {
        session.cancel(parts.values().iterator().next());
      }
      onEnded.accept(heading.streamId(), how);
      changed.signalAll();
      return how;
    });
  }

  private boolean isEnding() {
    return locked(() -> end.isPresent());
  }

  /** Whether nothing was written yet. */
  private boolean isEmpty() {
    return locked(parts::isEmpty);
  }

  private <T> T locked(Supplier<T> step) {
    lock.lock();
    try {
      return step.get();
    } finally {
      lock.unlock();
    }
  }

  private Stamp stamp() {
    return new Stamp(UUID.randomUUID(), node.self().address(), to, 0, node.clock().instant());
  }

  private long now() {
    return node.ticker().getAsLong();
  }
}
