package dev.toq.app.daemon;

import dev.toq.app.daemon.Dialer.DialException;
import dev.toq.app.daemon.EnvelopeWriter.TooLargeException;
import dev.toq.app.daemon.InFlight.Answer;
import dev.toq.protocol.body.WornKeyException;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.identity.Address;
import dev.toq.store.Outbox;
import dev.toq.store.OutboxState;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
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
 * nothing is in flight on the old one any more.
 */
final class Lane implements Runnable {
  /** So long a lane without messages keeps its thread and what it learned about its connection. */
  private static final Duration LINGERING = Duration.ofSeconds(60);
  /** After so long a message is tried again whose record could not be read. */
  private static final Duration UNREAD = Duration.ofSeconds(5);

  private final Node node;
  private final Outbox outbox;
  private final Dialer dialer;
  private final Address to;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  /** What was being written is written, or is not going to be. */
  private final Condition settled = lock.newCondition();
  private final Parcels parcels;
  /** When the thread of this lane has something to do although nothing changed. */
  private final Deadlines.Deadline due;

  /** What the thread of this lane is about to send. */
  private Optional<Parcel> inHand = Optional.empty();
  private Optional<Session> session = Optional.empty();
  private long pausedUntil;
  private int failedDials;
  private long lastBusy;
  private boolean over;

  /** @param from when the first attempt may be made */
  Lane(Node node, Outbox outbox, Dialer dialer, Address to, long from) {
    this.node = node;
    this.outbox = outbox;
    this.dialer = dialer;
    this.to = to;
    this.parcels = new Parcels(node, outbox);
    this.due = node.deadlines().create(() -> change(() -> { }));
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
      parcels.add(parcel);
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
    change(() -> pausedUntil = now());
  }

  /** Sends nothing more; what is unfinished stays in the outbox. */
  void stop() {
    change(() -> over = true);
  }

  /** Changes something that the thread of this lane may wait for. */
  private void change(Runnable what) {
    lock.lock();
    try {
      what.run();
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Takes a message back, if it was never sent: also one for which a connection is still being sought. */
  boolean takeBack(Parcel parcel) {
    lock.lock();
    try {
      if (parcels.takeBack(parcel)) {
        return true;
      }
      boolean isSought = inHand.equals(Optional.of(parcel)) && parcel.transmissions == 0;
      parcel.isCancelled |= isSought;
      return isSought;
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
      Optional<Parcel> found =
          parcels.find(id).or(() -> inHand.filter(parcel -> parcel.key.id().equals(id)));
      if (found.isEmpty()) {
        return found;
      }
      found.get().isCancelled = true;
      while (inHand.equals(found) && parcels.isInFlight(id)) {
        settled.await();
      }
      parcels.remove(found.get());
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
    change(() -> parcels.remove(parcel));
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
      parcels.finish(parcel, new OutboxState.Failed(instant(), "internal error; the log says more"));
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
      due.close();
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
        parcels.giveUpUnanswered(now, isHeld(now));
        parcels.endOverdue(now);
        Optional<Parcel> ready = maySend(now) ? parcels.takeReady(now) : Optional.empty();
        inHand = ready;
        if (ready.isPresent()) {
          return ready;
        }
        if (!flushed) {
          flushed = true;
          flush();
          continue;
        }
        if (!parcels.isNoneWaiting() || !parcels.isNoneInFlight()) {
          lastBusy = now;
        }
        over = now - lastBusy > LINGERING.toNanos();
        if (!over) {
          due.at(wakeAt(now));
          changed.await();
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
    if (parcels.isNoneWaiting() || pausedUntil > now) {
      return false;
    }
    if (session.filter(Session::isUsable).isEmpty()) {
      if (!parcels.isNoneInFlight()) {
        return false;
      }
      use(node.registry().to(to));
    }
    return session.isEmpty() || parcels.hasRoom() && !isHeld(now);
  }

  private boolean isHeld(long now) {
    return session.filter(open -> open.isHeld(now)).isPresent();
  }

  private void use(Optional<Session> fresh) {
    session = fresh;
    parcels.useAnotherConnection();
  }

  private long wakeAt(long now) {
    long at = now + Duration.ofSeconds(30).toNanos(); // expiry is a time of day, so it is looked at now and then
    at = parcels.nextLate(at);
    if (isHeld(now)) {
      at = Math.min(at, now + Duration.ofMillis(200).toNanos());
    }
    if (pausedUntil > now) {
      return parcels.isNoneWaiting() ? at : Math.min(at, pausedUntil);
    }
    return parcels.nextReady(now, at);
  }

  private void send(Parcel parcel) throws InterruptedException {
    Optional<Envelope> draft;
    try {
      draft = outbox.message(parcel.key).flatMap(message -> Drafts.of(message, node.self().address()));
    } catch (IOException unreadable) {
      notRead(parcel, unreadable);
      return;
    }
    if (draft.isEmpty()) {
      parcels.finish(parcel, new OutboxState.Failed(instant(), "its record in the outbox is damaged"));
      return;
    }
    try {
      Optional<Session> open = connected();
      if (open.isPresent()) {
        transmit(parcel, draft.get(), open.get());
      } else {
        change(() -> parcels.putBack(parcel));
      }
    } catch (DialException unreachable) {
      notReached(parcel, unreachable);
    }
  }

  /** The disk, or the lack of a file descriptor: that passes, and is no end of a message that was taken. */
  private void notRead(Parcel parcel, IOException why) {
    Journal.warn("a message in the outbox cannot be read now, and is tried again: " + why);
    change(() -> {
      parcel.notBefore = now() + UNREAD.toNanos();
      parcels.putBack(parcel);
    });
  }

  /** Empty where the connection has ended just now: what was in flight on it goes first, in its order. */
  private Optional<Session> connected() throws DialException, InterruptedException {
    if (session.isPresent()) {
      return session.filter(Session::isUsable);
    }
    Session fresh = dialer.dial(to);
    lock.lock();
    try {
      use(Optional.of(fresh));
      failedDials = 0;
    } finally {
      lock.unlock();
    }
    return session;
  }

  private void transmit(Parcel parcel, Envelope draft, Session open) {
    if (!open.takes(draft.contentType())) { // R-7.2-04, A-31
      fail(parcel, new NotTakenException(to, draft.contentType()));
      return;
    }
    int transmission;
    lock.lock();
    try {
      if (parcel.isOver()) { // a late answer counts, on whatever connection it comes
        return;
      }
      transmission = parcels.written(parcel);
    } finally {
      lock.unlock();
    }
    try {
      int bytes = open.transmit(draft, answer -> answered(parcel, transmission, answer));
      outbox.sent(parcel.key);
      weigh(parcel, bytes);
    } catch (TooLargeException tooLarge) {
      fail(parcel, tooLarge);
    } catch (WornKeyException worn) {
      drop(parcel);
      parcels.finish(parcel, new OutboxState.Failed(instant(), String.valueOf(worn.getMessage())));
    } catch (IOException lost) {
      answered(parcel, transmission, new Answer.Lost());
    }
  }

  /** The peer that is there cannot be sent this message, ever: its caller is told the very reason. */
  private void fail(Parcel parcel, Exception why) {
    drop(parcel);
    outbox.end(parcel.key, new OutboxState.Failed(instant(), String.valueOf(why.getMessage())));
    parcel.end.completeExceptionally(why);
  }

  private void weigh(Parcel parcel, int bytes) {
    lock.lock();
    try {
      parcels.weigh(parcel, bytes);
    } finally {
      lock.unlock();
    }
  }

  /** On the thread that read the answer. */
  private void answered(Parcel parcel, int transmission, Answer answer) {
    change(() -> parcels.answered(parcel, transmission, answer));
  }

  private void notReached(Parcel parcel, DialException why) {
    lock.lock();
    try {
      parcels.putBack(parcel); // R-12.6-01
      failedDials++;
      Duration pause = Retries.afterFailedDial(failedDials, node.random());
      if (why.kind() == DialException.Kind.PENDING && pause.compareTo(Retries.WHILE_PENDING) < 0) {
        pause = Retries.WHILE_PENDING;
      }
      pausedUntil = now() + pause.toNanos();
      switch (why.kind()) {
        case DENIED -> parcels.denied(why.sentence());
        case BLOCKED -> parcels.blocked(why.sentence());
        case NOBODY, UNREACHED, PENDING -> parcels.notReached(why.sentence());
      }
    } finally {
      lock.unlock();
    }
  }

  private long now() {
    return node.ticker().getAsLong();
  }

  private Instant instant() {
    return node.clock().instant();
  }
}
