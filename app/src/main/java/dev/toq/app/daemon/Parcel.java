package dev.toq.app.daemon;

import dev.toq.store.OutboxKey;
import dev.toq.store.OutboxMessage;
import dev.toq.store.OutboxState;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** One message to one recipient on its way, as its {@link Lane} handles it. Guarded by the lane's lock. */
final class Parcel {
  final OutboxKey key;
  final Instant expiresAt;
  /** Messages of one thread keep their order; those of none count as one thread. */
  final String thread;
  final boolean isUrgent;
  /**
   * A caller waits for this very attempt: where no connection comes about, the message is not kept (never sent later).
   */
  final boolean isOnlyNow;
  /**
   * What became of it; exceptionally, with an {@link java.io.IOException}, where it could not be stored, and with the
   * reason where the peer that was reached takes no such message.
   */
  final CompletableFuture<OutboxState.Final> end = new CompletableFuture<>();

  /** Its place in the lane. */
  long number;
  int transmissions;
  /** Its owner took it back: it is not sent any more. */
  boolean isCancelled;
  /** Not to be sent before, in nanoseconds of the lane's clock. */
  long notBefore;
  /** When it was written last, and how large it was then. */
  long writtenAt;
  int bytes;

  Parcel(OutboxMessage message, int transmissions, boolean isOnlyNow) {
    this.key = message.key();
    this.expiresAt = message.expiresAt();
    this.thread = message.threadId().orElse("");
    this.isUrgent = message.priority().filter("urgent"::equals).isPresent();
    this.transmissions = transmissions;
    this.isOnlyNow = isOnlyNow;
  }

  /** It was taken back, or what became of it is known: it is not sent any more. */
  boolean isOver() {
    return isCancelled || end.isDone();
  }

  /** The end of a message whose time is over: it can only be called expired where it was never sent. */
  OutboxState.Final overdue(Instant now) {
    return transmissions == 0 ? new OutboxState.Expired(now) : new OutboxState.Unknown(now);
  }
}
