package dev.toq.app.daemon;

import dev.toq.app.daemon.InFlight.Answer;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.store.Outbox;
import dev.toq.store.OutboxState;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What one {@link Lane} has waiting and in flight, and what becomes of each: the drawing there. What happens to a
 * message is noted in the outbox; here is only what is needed to send it. Guarded by the lane's lock, save for
 * {@link #finish}.
 */
final class Parcels {
  private final Node node;
  private final Outbox outbox;
  private final WaitingParcels waiting = new WaitingParcels();
  /** In the order in which they were written. */
  private final Map<UUID, Parcel> inFlight = new LinkedHashMap<>();

  private long lastNumber;
  private Window window;
  /** When the peer last answered anything: the clock of what was written before starts anew then. */
  private long lastAnswer;
  private Instant nextLook = Instant.MIN;

  Parcels(Node node, Outbox outbox) {
    this.node = node;
    this.outbox = outbox;
    this.window = new Window(node.config().ackTimeout());
  }

  /** Takes a new message in, behind all others. */
  void add(Parcel parcel) {
    parcel.number = ++lastNumber;
    parcel.notBefore = now();
    waiting.add(parcel);
  }

  /** Takes a message in again that was about to be sent, and was not; not where it came to an end meanwhile. */
  void putBack(Parcel parcel) {
    if (!parcel.isOver()) {
      waiting.add(parcel);
    }
  }

  /** Takes a message out, wherever it is. */
  void remove(Parcel parcel) {
    if (!waiting.remove(parcel) && inFlight.remove(parcel.key.id(), parcel)) {
      window.left(parcel.bytes);
    }
  }

  /** Takes a message out that waits and was never sent; false where it was, or does not wait. */
  boolean takeBack(Parcel parcel) {
    return parcel.transmissions == 0 && waiting.remove(parcel);
  }

  /** The message with this id, in flight or waiting. */
  Optional<Parcel> find(UUID id) {
    return Optional.ofNullable(inFlight.get(id)).or(() -> waiting.find(id));
  }

  boolean isInFlight(UUID id) {
    return inFlight.containsKey(id);
  }

  boolean isNoneWaiting() {
    return waiting.isEmpty();
  }

  boolean isNoneInFlight() {
    return inFlight.isEmpty();
  }

  /** Whether one more may be in flight. */
  boolean hasRoom() {
    return window.hasRoom();
  }

  /** What comes is sent on another connection. */
  void useAnotherConnection() {
    window = new Window(node.config().ackTimeout());
  }

  /** Takes out the next one to send. */
  Optional<Parcel> takeReady(long now) {
    return waiting.takeReady(now);
  }

  /** It is about to be written; returns for the how many-th time. An earlier time may have been answered just now. */
  int written(Parcel parcel) {
    remove(parcel);
    parcel.transmissions++;
    parcel.writtenAt = now();
    inFlight.put(parcel.key.id(), parcel);
    parcel.bytes = 0;
    window.sent();
    return parcel.transmissions;
  }

  /** It was written, and had this size. */
  void weigh(Parcel parcel, int bytes) {
    if (isInFlight(parcel.key.id())) { // else the answer was faster
      parcel.bytes = bytes;
      window.weighs(bytes);
    }
  }

  /** When the next message becomes ready that is not yet, at {@code otherwise} at the latest. */
  long nextReady(long now, long otherwise) {
    return waiting.nextReady(now, otherwise);
  }

  /** When the next answer is late, at {@code otherwise} at the latest. */
  long nextLate(long otherwise) {
    return inFlight.isEmpty() ? otherwise : Math.min(otherwise, answerDue(inFlight.values().iterator().next()));
  }

  private long answerDue(Parcel parcel) {
    return Math.max(parcel.writtenAt, lastAnswer) + node.config().ackTimeout().toNanos();
  }

  /** R-9.5-05, R-12.3-01: what is not acknowledged in time goes out again, or nobody knows what became of it. */
  void giveUpUnanswered(long now, boolean peerPauses) {
    if (peerPauses) {
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

  /**
   * Ends those whose time is over; looks once a second. One in flight has its {@code ack_timeout}, and not more: a peer
   * that answers others, or asks for one pause after the other, cannot keep it for ever.
   */
  void endOverdue(long now) {
    Instant instant = instant();
    if (!instant.isBefore(nextLook)) {
      nextLook = instant.plusSeconds(1);
      waiting.takeOverdue(instant, parcel -> finish(parcel, parcel.overdue(instant))); // R-12.3-04, R-4.2-12
      inFlight.values().stream()
          .filter(parcel -> !parcel.expiresAt.isAfter(instant)
              && now - parcel.writtenAt >= node.config().ackTimeout().toNanos())
          .toList().forEach(parcel -> settle(parcel, parcel.overdue(instant)));
    }
  }

  /**
   * The peer has answered, or the connection that carried the n-th transmission has ended. Such an end says nothing of
   * a message that another connection carries by now.
   */
  void answered(Parcel parcel, int transmission, Answer answer) {
    if (answer instanceof Answer.Lost && transmission != parcel.transmissions) {
      return;
    }
    long now = now();
    boolean wasInFlight = inFlight.remove(parcel.key.id(), parcel);
    if (wasInFlight && answer instanceof Answer.Lost) {
      window.left(parcel.bytes);
    } else if (wasInFlight) {
      window.answered(parcel.bytes, now - parcel.writtenAt, now);
      lastAnswer = now;
    }
    switch (answer) {
      case Answer.Acknowledged() -> settle(parcel, new OutboxState.Acked(instant()));
      case Answer.Refused refused -> refused(parcel, refused, now);
      case Answer.Lost() -> {
        if (wasInFlight) { // R-12.5-01
          again(parcel, now + Retries.afterLoss(parcel.transmissions).toNanos());
        }
      }
    }
  }

  /** a permanent code ends the retries; a peer that has no room now may have some later, unless it is over. */
  private void refused(Parcel parcel, Answer.Refused refused, long now) {
    boolean later = refused.code().filter(code -> code == ErrorCode.RESOURCE_EXHAUSTED
        || code == ErrorCode.SEQUENCE_VIOLATION).isPresent();
    if (later && !parcel.isOnlyNow && !parcel.end.isDone() && parcel.transmissions < Retries.MOST_TRANSMISSIONS) {
      again(parcel, now + Retries.afterTransmission(parcel.transmissions).toNanos());
    } else {
      settle(parcel, new OutboxState.Refused(instant(), refused.codeText(), refused.reason()));
    }
  }

  /** The peer denied this agent: nothing that waits will be taken. */
  void denied(String sentence) {
    endWaiting(new OutboxState.Refused(instant(), ErrorCode.APPROVAL_DENIED.wire(), sentence));
  }

  /** Our own owner's rules shut the peer out: nothing that waits will be sent. */
  void blocked(String sentence) {
    endWaiting(new OutboxState.Failed(instant(), sentence));
  }

  /** What was sent once, the peer may have. */
  private void endWaiting(OutboxState.Final unsent) {
    for (Parcel parcel : waiting.all()) {
      settle(parcel, parcel.transmissions == 0 ? unsent : new OutboxState.Unknown(instant()));
    }
  }

  /** Nobody was reached: what was to be sent at once or not at all has come to its end. */
  void notReached(String sentence) {
    for (Parcel unsent : waiting.all()) {
      if (unsent.isOnlyNow && unsent.transmissions == 0) {
        settle(unsent, new OutboxState.Failed(instant(), sentence));
      }
    }
  }

  /** The peer's own word may come while the message waits to be sent again, or after it was given up. */
  private void settle(Parcel parcel, OutboxState.Final end) {
    remove(parcel);
    finish(parcel, end);
  }

  /** Notes the end of a message that was taken out, and tells who waits for it. */
  void finish(Parcel parcel, OutboxState.Final end) {
    outbox.end(parcel.key, end);
    parcel.end.complete(end);
  }

  private long now() {
    return node.ticker().getAsLong();
  }

  private Instant instant() {
    return node.clock().instant();
  }
}
