package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Received messages. The only place where duplicates are decided; safe for use by many threads.
 */
public interface Inbox extends AutoCloseable {

  /**
   * Takes a message in, once per (peer key, message id) inside the duplicate window.
   *
   * @param whenStored run where the message is durable, on the thread that owns the log, so in the order of storage;
   *     not for a duplicate
   * @return at once; its future completes when the record is durable, or exceptionally with an
   *     {@link java.io.IOException}, after which the id counts as never seen. The future of a duplicate is that
   *     of the first.
   */
  Acceptance accept(StoredMessage message, Runnable whenStored);

  /** The same, where nobody else wants to know. */
  default Acceptance accept(StoredMessage message) {
    return accept(message, () -> { });
  }

  /** Whether this id was accepted from this key inside the duplicate window, durable or still on its way. */
  boolean knows(PublicKey peer, String id);

  /** The future of the message that {@link #accept} took in under this id; empty where that is not known. */
  Optional<CompletableFuture<Void>> accepted(PublicKey peer, String id);

  /**
   * The newest messages for which {@code wanted} holds, oldest first, at most {@code limit}. Durable ones only.
   *
   * @return which they are is decided now; each is read when the stream comes to it, so that they are never all held
   */
  Stream<StoredMessage> newest(int limit, Predicate<StoredMessage> wanted);

  /** Drops every stored body; ids inside the duplicate window stay known. */
  void clear() throws java.io.IOException;

  @Override
  void close() throws java.io.IOException;

  /** The answer to {@link #accept}. */
  record Acceptance(boolean duplicate, CompletableFuture<Void> durable) {}
}
