package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * Streams of local callers to peers (specification section 11). A stream runs on one connection and is kept nowhere:
 * what the caller hears of it, and what follows, stands in docs/promises.md. Every method may block.
 */
public interface OutgoingStreams {

  /** What became of one step. */
  sealed interface Step {
    /** There is a connection, and the peer takes streams. Nothing was sent yet. */
    record Started(UUID streamId, String threadId) implements Step {}

    /** A part was written to the connection. Whether the peer took it, a later step tells where it did not. */
    record Written(UUID chunkId) implements Step {}

    /**
     * The peer acknowledged every part and the end.
     *
     * @param close what became of the message that closes the thread, where one was wanted
     */
    record Delivered(UUID chunkId, Optional<Agent.Outcome> close) implements Step {}

    /** The end was written, and is not acknowledged in time; {@link #end} once more goes on waiting. */
    record Unanswered(UUID chunkId) implements Step {}

    /** The end was written, and its connection lost: the peer has the whole stream, or nothing of it. */
    record Unknown(UUID chunkId, String reason) implements Step {}

    /** It is over before its end, so the peer delivers nothing of it. */
    record Over(String code, String reason) implements Step {}

    /** The caller took it back before its end. */
    record Cancelled() implements Step {}

    /** The peer takes nothing at the moment: nothing was written, and the stream goes on. */
    record Held(String reason) implements Step {}

    /** One part is larger than the peer takes: it was not written, and the stream goes on. */
    record TooLarge(long size, long limit) implements Step {}

    /** There is no open stream of this id. */
    record NotFound() implements Step {}

    /** As many are open as may be. */
    record TooMany(String reason) implements Step {}

    /** No connection came about, or one that cannot carry streams. */
    record NotReachable(String reason) implements Step {}

    record SelfMessage() implements Step {}
  }

  /**
   * Connects, and opens a stream.
   *
   * @param threadId empty for a thread of its own
   * @param contentType of the data of every part
   * @return {@code Started}, {@code NotReachable}, {@code TooMany} or {@code SelfMessage}
   */
  Step start(Address to, Optional<String> threadId, Optional<String> contentType) throws InterruptedException;

  /**
   * Sends one part, after those before it.
   *
   * @param timeout how long to wait for room
   */
  Step chunk(UUID streamId, JsonValue data, Duration timeout) throws InterruptedException;

  /**
   * Sends the end, and waits until all is acknowledged.
   *
   * @param data the last part, if there is one more
   * @param closeThread close the thread by a message of its own, once the stream is delivered
   */
  Step end(UUID streamId, Optional<JsonValue> data, boolean closeThread, Duration timeout) throws InterruptedException;

  /**
   * Takes it back: the peer drops what it has (R-11.7-01).
   *
   * @return {@code Cancelled}; {@code Unanswered} where the end was written, which changes nothing; or how it ended
   *     before
   */
  Step cancel(UUID streamId);
}
