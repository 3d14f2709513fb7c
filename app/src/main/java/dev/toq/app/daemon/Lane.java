package dev.toq.app.daemon;

import dev.toq.app.daemon.Dialer.DialException;
import dev.toq.app.daemon.EnvelopeWriter.TooLargeException;
import dev.toq.app.daemon.InFlight.Answer;
import dev.toq.protocol.body.WornKeyException;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.identity.Address;
import dev.toq.store.Outbox;
import dev.toq.store.OutboxState;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The way to one recipient: its unfinished messages, and one virtual thread that sends them, in the order in which they
 * were accepted, on one connection at a time.
 *
 * <pre>
 *              ┌─ a connection, and room in its window ─┐
 *   waiting ───┘                                        └──▶ in flight ── acknowledged, refused ──▶ end
 *      ▲                                                        │
 *      └── lost; no ack in ack_timeout; try later: 1, 2, 4 … s ─┘        six times in vain ──▶ unknown
 * </pre>
 *
 * A message is overtaken by others only where these belong to another thread. The lane changes its connection when
 * nothing is in flight on the old one any more. What happens to a message is noted in the outbox; here is only what is
 * needed to send it.
 */
final class Lane implements Runnable {
  /** So long a lane without messages keeps its thread and what it learned about its connection. */
  private static final Duration LINGERING = Duration.ofSeconds(60);

  private final Node node;
  private final Outbox outbox;
  private final Dialer dialer;
  private final Address to;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  /** What was being written is written, or is not going to be. */
  private final Condition settled = lock.newCondition();
  private final WaitingParcels waiting = new WaitingParcels();
  /** In the order in which they were written. */
  private final Map<UUID, Parcel> inFlight = new LinkedHashMap<>();

  /** What the thread of this lane is about to send. */
  private Optional<Parcel> inHand = Optional.empty();
  private long lastNumber;
  private Optional<Session> session = Optional.empty();
  private Window window;
  /** When the peer last answered anything: the clock of what was written before starts anew then. */
  private long lastAnswer;
  private long pausedUntil;
  private int failedDials;
  private long lastBusy;
  private Instant nextLook = Instant.MIN;
  private boolean over;

  /** @param from when the first attempt may be made */
  Lane(Node node, Outbox outbox, Dialer dialer, Address to, long from) {
    this.node = node;
    this.outbox = outbox;
    this.dialer = dialer;
    this.to = to;
    this.window = new Window(node.config().ackTimeout());
    this.pausedUntil = from;
    this.lastBusy = now();
  }

  /** Takes a durable message; false where this lane has ended and another must be made. */
  boolean offer(Parcel parcel) {
    lock.lock();
    try {
      if (over) {
        return false;
      }
      parcel.number = ++lastNumber;
      parcel.notBefore = now();
      waiting.add(parcel);
      if (parcel.isOnlyNow) {
        pausedUntil = now();
      }
      changed.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The recipient may be reachable again: no reason to pause. */
  void wake() {
    lock.lock();
    try {
      pausedUntil = now();
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Sends nothing more; what is unfinished stays in the outbox. */
  void stop() {
    lock.lock();
    try {
      over = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Takes a message back, if it was never sent. */
  boolean takeBack(Parcel parcel) {
    lock.lock();
    try {
      boolean unsent = parcel.transmissions == 0 && waiting.contains(parcel);
      if (unsent) {
        remove(parcel);
      }
      return unsent;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes a message out that its owner takes back, and tells the peer where it may have it. One that is just
   * being written is waited for, so that it is known afterwards whether it was sent.
   */
  Optional<Parcel> cancel(UUID id) throws InterruptedException {
    lock.lock();
    try {
      Optional<Parcel> found = Optional.ofNullable(inFlight.get(id)).or(() -> waiting.find(id))
          .or(() -> inHand.filter(parcel -> parcel.key.id().equals(id)));
      if (found.isEmpty()) {
        return found;
      }
      found.get().isCancelled = true;
      while (inHand.equals(found) && inFlight.containsKey(id)) {
        settled.await();
      }
      remove(found.get());
      if (found.get().transmissions > 0) {
        session.filter(Session::isOpen).ifPresent(open -> open.cancel(id));
      }
      changed.signal();
      return found;
    } finally {
      lock.unlock();
    }
  }

  /** Takes a message out that has come to an end. */
  void drop(Parcel parcel) {
    lock.lock();
    try {
      remove(parcel);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void run() {
    try {
      for (Optional<Parcel> next = next(); next.isPresent(); next = next()) {
        attempt(next.get());
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } finally {
      end();
    }
  }

  /** Our own fault costs the message that meets it, which is told so, and no other. */
  private void attempt(Parcel parcel) throws InterruptedException {
    try {
      send(parcel);
    } catch (RuntimeException fault) {
      Journal.bug("sending to " + to.full(), fault);
      drop(parcel);
      finish(parcel, new OutboxState.Failed(instant(), "internal error; the log says more"));
    } finally {
      letGo();
    }
  }

  private void letGo() {
    lock.lock();
    try {
      inHand = Optional.empty();
      settled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** No lane stays without its thread: what it still holds goes out after a restart. */
  private void end() {
    lock.lock();
    try {
      over = true;
    } finally {
      lock.unlock();
    }
  }

  /** The next message to send; empty where none is left, and this lane is over. */
  private Optional<Parcel> next() throws InterruptedException {
    lock.lock();
    try {
      boolean flushed = false;
      while (!over) {
        long now = now();
        giveUpUnanswered(now);
        endOverdue();
        Optional<Parcel> ready = maySend(now) ? waiting.takeReady(now) : Optional.empty();
        inHand = ready;
        if (ready.isPresent()) {
          return ready;
        }
        if (!flushed) {
          flushed = true;
          flush();
          continue;
        }
        if (!waiting.isEmpty() || !inFlight.isEmpty()) {
          lastBusy = now;
        }
        over = now - lastBusy > LINGERING.toNanos();
        if (!over) {
          node.ticker().await(changed, Math.max(wakeAt(now) - now, 1));
        }
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** What was written last leaves the buffer; the lock is not held while the peer may be silent. */
  private void flush() {
    Optional<Session> written = session;
    lock.unlock();
    try {
      if (written.isPresent()) {
        written.get().flush();
      }
    } catch (IOException lost) {
      Journal.debug("the connection to " + to.full() + " was lost: " + lost);
    } finally {
      lock.lock();
    }
  }

  private boolean maySend(long now) {
    if (waiting.isEmpty() || pausedUntil > now) {
      return false;
    }
    if (session.filter(Session::isUsable).isEmpty()) {
      if (!inFlight.isEmpty()) {
        return false;
      }
      use(node.registry().to(to));
    }
    return session.isEmpty() || window.hasRoom() && !session.get().isHeld(now);
  }

  private void use(Optional<Session> fresh) {
    session = fresh;
    window = new Window(node.config().ackTimeout());
  }

  private long wakeAt(long now) {
    long at = now + Duration.ofSeconds(30).toNanos(); // expiry is a time of day, so it is looked at now and then
    if (!inFlight.isEmpty()) {
      at = Math.min(at, answerDue(inFlight.values().iterator().next()));
    }
    if (session.isPresent() && session.get().isHeld(now)) {
      at = Math.min(at, now + Duration.ofMillis(200).toNanos());
    }
    if (pausedUntil > now) {
      return waiting.isEmpty() ? at : Math.min(at, pausedUntil);
    }
    return waiting.nextReady(now, at);
  }

  private long answerDue(Parcel parcel) {
    return Math.max(parcel.writtenAt, lastAnswer) + node.config().ackTimeout().toNanos();
  }

  /** R-9.5-05, R-12.3-01: what is not acknowledged in time goes out again, or nobody knows what became of it. */
  private void giveUpUnanswered(long now) {
    if (session.isPresent() && session.get().isHeld(now)) {
      lastAnswer = now; // no acknowledgement is late while the peer asked for a pause
    }
    while (!inFlight.isEmpty()) {
      Parcel oldest = inFlight.values().iterator().next();
      long due = answerDue(oldest);
      if (due > now) {
        return;
      }
      inFlight.remove(oldest.key.id());
      window.left(oldest.bytes);
      again(oldest, due + Retries.afterTransmission(oldest.transmissions).toNanos());
    }
  }

  private void again(Parcel parcel, long notBefore) {
    if (parcel.transmissions >= Retries.MOST_TRANSMISSIONS) { // R-12.3-02
      finish(parcel, new OutboxState.Unknown(instant()));
    } else {
      parcel.notBefore = notBefore;
      waiting.add(parcel);
    }
  }

  private void endOverdue() {
    Instant instant = instant();
    if (!instant.isBefore(nextLook)) {
      nextLook = instant.plusSeconds(1);
      waiting.takeOverdue(instant, parcel -> finish(parcel, parcel.overdue(instant))); // R-12.3-04, R-4.2-12
    }
  }

  private void send(Parcel parcel) throws InterruptedException {
    Optional<Envelope> draft = outbox.message(parcel.key).flatMap(message -> Drafts.of(message, node.self().address()));
    if (draft.isEmpty()) {
      finish(parcel, new OutboxState.Failed(instant(), "its record in the outbox cannot be read"));
      return;
    }
    try {
      Session open = connected();
      transmit(parcel, draft.get(), open);
    } catch (DialException unreachable) {
      notReached(parcel, unreachable);
    }
  }

  private Session connected() throws DialException, InterruptedException {
    Optional<Session> usable = session.filter(Session::isUsable);
    if (usable.isPresent()) {
      return usable.get();
    }
    Session fresh = dialer.dial(to);
    lock.lock();
    try {
      use(Optional.of(fresh));
      failedDials = 0;
    } finally {
      lock.unlock();
    }
    return fresh;
  }

  private void transmit(Parcel parcel, Envelope draft, Session open) {
    lock.lock();
    try {
      if (parcel.isCancelled) {
        return;
      }
      parcel.transmissions++;
      parcel.writtenAt = now();
      inFlight.put(parcel.key.id(), parcel);
      parcel.bytes = 0;
      window.sent();
    } finally {
      lock.unlock();
    }
    try {
      int bytes = open.transmit(draft, answer -> answered(parcel, answer));
      outbox.sent(parcel.key);
      weigh(parcel, bytes);
    } catch (TooLargeException tooLarge) {
      drop(parcel);
      parcel.end.completeExceptionally(tooLarge);
      outbox.end(parcel.key, new OutboxState.Failed(instant(), String.valueOf(tooLarge.getMessage())));
    } catch (WornKeyException worn) {
      drop(parcel);
      finish(parcel, new OutboxState.Failed(instant(), String.valueOf(worn.getMessage())));
    } catch (IOException lost) {
      answered(parcel, new Answer.Lost());
    }
  }

  private void weigh(Parcel parcel, int bytes) {
    lock.lock();
    try {
      if (inFlight.containsKey(parcel.key.id())) { // else the answer was faster
        parcel.bytes = bytes;
        window.weighs(bytes);
      }
    } finally {
      lock.unlock();
    }
  }

  /** On the thread that read the answer. */
  private void answered(Parcel parcel, Answer answer) {
    lock.lock();
    try {
      long now = now();
      boolean wasInFlight = inFlight.remove(parcel.key.id(), parcel);
      if (wasInFlight && answer instanceof Answer.Lost) {
        window.left(parcel.bytes);
      } else if (wasInFlight) {
        window.answered(parcel.bytes, now - parcel.writtenAt, now);
        lastAnswer = now;
      }
      switch (answer) {
        case Answer.Acknowledged() -> settled(parcel, new OutboxState.Acked(instant()));
        case Answer.Refused refused -> refused(parcel, refused, now);
        case Answer.Lost() -> {
          if (wasInFlight) { // R-12.5-01
            again(parcel, now + Retries.afterLoss(parcel.transmissions).toNanos());
          }
        }
      }
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** a permanent code ends the retries; a peer that has no room now may have some later, unless it is over. */
  private void refused(Parcel parcel, Answer.Refused refused, long now) {
    boolean later = refused.code().filter(code -> code == ErrorCode.RESOURCE_EXHAUSTED
        || code == ErrorCode.SEQUENCE_VIOLATION).isPresent();
    if (later && !parcel.isOnlyNow && !parcel.end.isDone() && parcel.transmissions < Retries.MOST_TRANSMISSIONS) {
      again(parcel, now + Retries.afterTransmission(parcel.transmissions).toNanos());
    } else {
      settled(parcel, new OutboxState.Refused(instant(), refused.codeText(), refused.reason()));
    }
  }

  /** The peer's own word; it may come while the message waits to be sent again, or after it was given up. */
  private void settled(Parcel parcel, OutboxState.Final end) {
    remove(parcel);
    finish(parcel, end);
  }

  private void finish(Parcel parcel, OutboxState.Final end) {
    outbox.end(parcel.key, end);
    parcel.end.complete(end);
  }

  private void notReached(Parcel parcel, DialException why) {
    lock.lock();
    try {
      if (!parcel.isCancelled) {
        waiting.add(parcel); // R-12.6-01
      }
      failedDials++;
      Duration pause = Retries.afterFailedDial(failedDials, node.random());
      if (why.kind() == DialException.Kind.PENDING && pause.compareTo(Retries.WHILE_PENDING) < 0) {
        pause = Retries.WHILE_PENDING;
      }
      pausedUntil = now() + pause.toNanos();
      boolean denied = why.kind() == DialException.Kind.DENIED;
      for (Parcel unsent : waiting.all()) {
        if (denied) {
          remove(unsent);
          finish(unsent, new OutboxState.Refused(instant(), ErrorCode.APPROVAL_DENIED.wire(), why.sentence()));
        } else if (unsent.isOnlyNow && unsent.transmissions == 0) {
          remove(unsent);
          finish(unsent, new OutboxState.Failed(instant(), why.sentence()));
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void remove(Parcel parcel) {
    if (!waiting.remove(parcel) && inFlight.remove(parcel.key.id(), parcel)) {
      window.left(parcel.bytes);
    }
  }

  private long now() {
    return node.ticker().getAsLong();
  }

  private Instant instant() {
    return node.clock().instant();
  }
}
