package dev.toq.app.daemon;

import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.SystemMessages.PeerError;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The messages that were written to one connection and not answered yet. An answer counts only here, on the connection
 * of the peer to which the message went. An error counts also after an acknowledgement: the peer has the
 * message, and its agent has not.
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

  /** Something of ours that spans several messages of one connection, as a stream does. Its methods must not block. */
  interface Holder {
    /**
     * The peer stopped what one message was a part of, also where it had acknowledged the message.
     *
     * @param id as the peer wrote it: of a message of this holder, or of any other
     */
    void stopped(String id, String code, String reason);

    /** Nothing more can be written. {@code answersMayCome}: what was written may still be answered. */
    void ends(boolean answersMayCome);
  }

  /** So many of the latest acknowledgements may be followed by an error. */
  private static final int ACKNOWLEDGED = 1024;

  private final Map<UUID, Consumer<Answer>> waiting = new ConcurrentHashMap<>();
  private final Set<Holder> holders = ConcurrentHashMap.newKeySet();
  /** For the reading thread. */
  private final Map<UUID, Consumer<Answer>> acknowledged = new LinkedHashMap<>() {
    @Override
    protected boolean removeEldestEntry(Map.Entry<UUID, Consumer<Answer>> eldest) {
      return size() > ACKNOWLEDGED;
    }
  };
  private volatile boolean ended;

  /**
   * Call before the message is written, so that no answer can come too early.
   *
   * @param onAnswer told once, on the connection's reading thread or on this one, and once more where an error follows
   *     an acknowledgement; it must not block
   * @return false where the connection has ended: the message must not be written
   */
  boolean expect(UUID id, Consumer<Answer> onAnswer) {
    waiting.put(id, onAnswer);
    if (ended) {
      waiting.remove(id);
    }
    return !ended;
  }

  /** Gives up waiting for one message. */
  void forget(UUID id) {
    waiting.remove(id);
  }

  /** The peer's answer has come; ids that are not waited for are ignored. For the reading thread. */
  void answered(UUID id, Answer answer) {
    Consumer<Answer> waiter = waiting.remove(id);
    if (waiter == null && answer instanceof Answer.Refused) {
      waiter = acknowledged.remove(id);
    }
    if (waiter == null) {
      return;
    }
    if (answer instanceof Answer.Acknowledged) {
      acknowledged.put(id, waiter);
    }
    waiter.accept(answer);
  }

  private void lost(UUID id) {
    Consumer<Answer> waiter = waiting.remove(id);
    if (waiter != null) {
      waiter.accept(new Answer.Lost());
    }
  }

  /** An error of the peer; it may be about one of these messages. */
  void learnOf(PeerError error) {
    error.relatedId().ifPresent(id -> {
      if (error.code().equals(Optional.of(ErrorCode.DUPLICATE_MESSAGE))) { // R-23.1-05, A-01: it has it
        answered(id, new Answer.Acknowledged());
      } else {
        answered(id, new Answer.Refused(error.code(), error.codeText(), error.message()));
        stopped(id.toString(), error.codeText(), error.message());
      }
    });
  }

  /** The connection is not done until this is {@linkplain #release released}. */
  void hold(Holder holder) {
    holders.add(holder);
    if (ended) {
      holder.ends(false);
    }
  }

  void release(Holder holder) {
    holders.remove(holder);
  }

  /** The peer stopped something; whose it is, the holders see. */
  void stopped(String id, String code, String reason) {
    holders.forEach(holder -> holder.stopped(id, code, reason));
  }

  /** Whether nothing is waited for, and nothing goes on. */
  boolean isEmpty() {
    return waiting.isEmpty() && holders.isEmpty();
  }

  /** The peer has said goodbye: it takes nothing new, and may still answer what it has. */
  void peerLeaves() {
    holders.forEach(holder -> holder.ends(true));
  }

  /** Whether the connection is gone, or is being closed. */
  boolean hasEnded() {
    return ended;
  }

  /** The connection is gone: whoever still waits learns it now. */
  void end() {
    ended = true;
    waiting.keySet().forEach(this::lost);
    holders.forEach(holder -> holder.ends(false));
  }
}
