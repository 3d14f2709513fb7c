package dev.toq.store;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * Messages of local callers on their way to peers, and for a while what became of them. Safe for use by many threads;
 * nothing here waits for a peer.
 *
 * <p>A message that was accepted is kept until it comes to an end ({@link OutboxState}), also over a crash. What is
 * told about it afterwards, that it was sent or that it has ended, is durable within about a second and not waited
 * for: where a crash comes first, the message is found as it was before, and is to be sent again under its id.
 */
public interface Outbox extends AutoCloseable {

  /**
   * Takes a message in, once for each key.
   *
   * @return at once, except while the disk is far behind
   */
  Acceptance accept(OutboxMessage message);

  /** The answer to {@link #accept}. */
  sealed interface Acceptance {
    /**
     * It is on its way to the disk.
     *
     * @param durable completes when it is there, and it may be sent from then on, not before; or exceptionally with an
     *     {@link IOException}, and then the message is not kept
     */
    record Taken(CompletableFuture<Void> durable) implements Acceptance {}

    /** There is a message of this key; nothing was changed. */
    record Known() implements Acceptance {}

    /**
     * As much is unfinished as is allowed; nothing was kept.
     *
     * @param why a sentence for the caller
     */
    record Full(String why) implements Acceptance {}
  }

  /** Notes one more transmission, now. */
  Change sent(OutboxKey key);

  /** Notes an end. */
  Change end(OutboxKey key, OutboxState.Final end);

  /** The answer to {@link #sent} and {@link #end}. */
  sealed interface Change {
    /** It is noted; in memory at once, on the disk within about a second. */
    record Done(OutboxEntry now) implements Change {}

    /** The state it has allows no such change, so it stays. */
    record Stays(OutboxEntry as) implements Change {}

    /** There is no durable message of this key, or its end is too long ago. */
    record NotHere() implements Change {}
  }

  /** Ends every message whose time is over: {@code expired}, or {@code unknown} where it was sent. Returns them. */
  List<OutboxEntry> endOverdue();

  /**
   * Makes what was noted until now durable without waiting for others.
   *
   * @return completes when it is, or exceptionally with an {@link IOException}; it is tried again then
   */
  CompletableFuture<Void> flush();

  /** The recipients that have unfinished messages, the one first whose oldest was accepted first. */
  List<String> recipients();

  /**
   * The next unfinished messages to one recipient, in the order in which they were accepted; without those whose time
   * is over.
   *
   * @param after {@link Cursor#START}, or what the batch before said; good while this outbox is open
   * @param limit at most so many
   */
  Batch unfinished(String recipient, Cursor after, int limit);

  /** A place in the order of acceptance. */
  record Cursor(long number) {
    public static final Cursor START = new Cursor(0);
  }

  /**
   * Some messages.
   *
   * @param end where the next batch begins; that batch is empty where there are no more
   */
  record Batch(List<OutboxEntry> entries, Cursor end) {
    public Batch {
      entries = List.copyOf(entries);
    }
  }

  /**
   * The content of a message; empty where it is not here, or is damaged.
   *
   * @throws java.io.IOException where it cannot be read now
   */
  Optional<OutboxMessage> message(OutboxKey key) throws java.io.IOException;

  /** What is known under this id, one entry for each recipient, in the order of acceptance. */
  List<OutboxEntry> find(UUID id);

  /**
   * The newest entries for which {@code wanted} holds, finished or not, the oldest of them first, at most {@code
   * limit}.
   */
  List<OutboxEntry> newest(int limit, Predicate<OutboxEntry> wanted);

  /** How much there is. */
  Depth depth();

  /** Drops messages that came to their end before {@code cutoff}, as far as their files can be dropped whole. */
  void dropBefore(Instant cutoff) throws IOException;

  /**
   * Counts.
   *
   * @param accepted durable, and never sent
   * @param sent sent, and without an end
   * @param arriving on their way to the disk
   * @param bytes of all these together
   * @param finished shown still, though at their end
   */
  record Depth(int accepted, int sent, int arriving, long bytes, int finished) {
    /** What counts against the bound. */
    public int unfinished() {
      return accepted + sent + arriving;
    }
  }

  @Override
  void close() throws IOException;
}
