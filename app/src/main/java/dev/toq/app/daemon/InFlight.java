package dev.toq.app.daemon;

import dev.toq.protocol.envelope.ErrorCode;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The messages that were written to one connection and not answered yet. An answer counts only here, on the connection
 * of the peer to which the message went.
 */
final class InFlight {

  /** The peer's answer to one message. */
  sealed interface Answer {
    record Acknowledged() implements Answer {}

    /** {@code code} is empty where the peer used one that specification 0.1 does not know. */
    record Refused(Optional<ErrorCode> code, String codeText, String reason) implements Answer {}

    /** The connection ended first; the peer may or may not have the message. */
    record Lost() implements Answer {}
  }

  private final Map<UUID, Consumer<Answer>> waiting = new ConcurrentHashMap<>();
  private volatile boolean ended;

  /**
   * Call before the message is written, so that no answer can come too early.
   *
   * @param onAnswer told once, on the connection's reading thread or on this one; it must not block
   */
  void expect(UUID id, Consumer<Answer> onAnswer) {
    waiting.put(id, onAnswer);
    if (ended) {
      answered(id, new Answer.Lost());
    }
  }

  /** Gives up waiting for one message; false where its answer was told already. */
  boolean forget(UUID id) {
    return waiting.remove(id) != null;
  }

  /** An answer has come; ids that are not waited for are ignored. */
  void answered(UUID id, Answer answer) {
    Consumer<Answer> waiter = waiting.remove(id);
    if (waiter != null) {
      waiter.accept(answer);
    }
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** The connection is gone: whoever still waits learns it now. */
  void end() {
    ended = true;
    waiting.keySet().forEach(id -> answered(id, new Answer.Lost()));
  }
}
