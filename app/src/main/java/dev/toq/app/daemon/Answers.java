package dev.toq.app.daemon;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.store.StoredMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The answering thread of one connection, its acker: takes what the reader accepted, in order, waits until each record
 * is durable, and writes the acknowledgements. One force of the log serves many messages: those that are durable by then
 * are answered in one flush.
 *
 * <p>The queue has no bound of its own, because a reader that waited here for a writer could stall two endpoints that
 * send to each other. What bounds it is the write deadline: a peer that does not read its answers is cut.
 */
final class Answers {

  /** What waits to be answered. */
  sealed interface Answer {
    /** A message of the peer; acknowledged once {@code durable} has completed. */
    record Acknowledge(UUID id, StoredMessage message, boolean duplicate, CompletableFuture<Void> durable)
        implements Answer {}

    /** An envelope without further conditions. */
    record Say(Envelope draft) implements Answer {}

    /** Nothing follows: the thread ends. */
    record End() implements Answer {}
  }

  /** What the answering thread asks of its connection. */
  interface Voice {
    /** Writes without flushing. */
    void say(Envelope draft) throws IOException;

    void flush() throws IOException;

    Envelope acknowledgement(UUID id);

    Envelope storageFailed(UUID id, Throwable cause);

    /** A message is durable and acknowledged: it may be handed over. */
    void delivered(Answer.Acknowledge taken);

    /** Called when there was nothing to do for a while, and after each batch. */
    void idle() throws IOException;
  }

  private static final Duration TICK = Duration.ofSeconds(1);

  private final LinkedBlockingQueue<Answer> queue = new LinkedBlockingQueue<>();
  private final Voice voice;
  private final Thread thread;

  Answers(String name, Voice voice) {
    this.voice = voice;
    this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  void put(Answer answer) {
    queue.add(answer);
  }

  /** Lets the thread answer what it has, for at most the time that acknowledgements may take after a goodbye. */
  void finish() throws InterruptedException {
    queue.add(new Answer.End());
    thread.join(Spec.GOODBYE_ACKS);
  }

  private void run() {
    try {
      while (true) {
        Answer next = queue.poll(TICK.toMillis(), TimeUnit.MILLISECONDS);
        while (next != null) {
          if (next instanceof Answer.End) {
            voice.flush();
            return;
          }
          answer(next);
          next = queue.poll();
        }
        voice.flush();
        voice.idle();
      }
    } catch (IOException | UncheckedIOException gone) {
      Journal.debug("answers ended: " + gone);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(Answer next) throws IOException {
    switch (next) {
      case Answer.Acknowledge taken -> acknowledge(taken);
      case Answer.Say(Envelope draft) -> voice.say(draft);
      case Answer.End() -> throw new IllegalStateException("the end is not an answer");
    }
  }

  private void acknowledge(Answer.Acknowledge taken) throws IOException {
    if (!taken.durable().isDone()) {
      voice.flush(); // what is answered already must not wait for the disk
    }
    try {
      taken.durable().join();
    } catch (CompletionException notStored) {
      Throwable cause = notStored.getCause() == null ? notStored : notStored.getCause();
      voice.say(voice.storageFailed(taken.id(), cause)); // no ack for what is not on disk
      return;
    }
    voice.say(voice.acknowledgement(taken.id()));
    voice.delivered(taken);
  }
}
