package dev.toq.app.daemon;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.Envelope;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The answers of one connection, and the thread that writes them: it takes what the reader accepted, in order, waits
 * until each record is durable, and writes the acknowledgements. There is one while there is something to answer, and
 * for a moment now and then to see what time has brought; an idle connection keeps none. One force of the log serves
 * many messages: those that are durable by then are answered in one flush, and share a signature where the peer knows
 * acknowledgements of several.
 *
 * <p>The reader never waits here for a writer, which could stall two endpoints that send to each other. What bounds
 * the queue is that a peer which does not read its answers is cut: by the write deadline, or where {@value #MOST} of
 * them wait, or {@value #MOST_BYTES} bytes of messages that these are about.
 */
final class Answers {

  /** What waits to be answered. */
  sealed interface Answer {
    /** A message of the peer; acknowledged once {@code durable} has completed. */
    record Acknowledge(UUID id, int bytes, CompletableFuture<Void> durable) implements Answer {}

    /** An envelope without further conditions. */
    record Say(Envelope draft) implements Answer {}

    /** Time has passed. */
    record Tick() implements Answer {}

    /** Nothing follows: the thread ends. */
    record End() implements Answer {}
  }

  /** What the answering thread asks of its connection. */
  interface Voice {
    /** Writes without flushing. */
    void say(Envelope draft) throws IOException;

    void flush() throws IOException;

    /** How many messages may share an acknowledgement. */
    int mostInAcknowledgement();

    Envelope acknowledgement(List<UUID> ids);

    /** What the peer is told of a message that the disk did not take; empty where it had too many errors of late. */
    Optional<Envelope> storageFailed(UUID id, Throwable cause);

    /** Called before each answer to a message of the peer, and while that waits for the disk. */
    void takesMessages() throws IOException;

    /** More waits than may: ends the connection at once. For the reader. */
    void overrun();

    /** A message is durable, and its acknowledgement written. */
    void acknowledged(UUID id);

    /** Called when there was nothing to do for a while, and after each batch. */
    void idle() throws IOException;
  }

  /** Four times what one of our own endpoints has in flight on a connection. */
  static final int MOST = 16_384;

  /** Above what may wait for the disk, so that a slow disk cuts nobody. */
  static final long MOST_BYTES = 64L << 20;

  private static final Duration TICK = Duration.ofSeconds(1);

  private final Queue<Answer> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final String name;
  private final Deadlines deadlines;
  private final Voice voice;
  /** Whether a thread is at work; also before the start and after the end, when none may begin. */
  private final AtomicBoolean isAtWork = new AtomicBoolean(true);
  private final CountDownLatch ended = new CountDownLatch(1);
  private Optional<Deadlines.Deadline> tick = Optional.empty();
  /** Durable, and acknowledged before anything else is said. For the answering thread. */
  private final List<Answer.Acknowledge> due = new ArrayList<>();

  Answers(String name, Deadlines deadlines, Voice voice) {
    this.name = name;
    this.deadlines = deadlines;
    this.voice = voice;
  }

  /** What was put until then is answered from now on. */
  void start() {
    Deadlines.Deadline first = deadlines.create(() -> add(new Answer.Tick()));
    first.in(TICK);
    tick = Optional.of(first);
    isAtWork.set(false);
    goOn();
  }

  void put(Answer answer) {
    if (waiting.get() >= MOST || bytes.get() > MOST_BYTES) {
      voice.overrun();
      return;
    }
    if (answer instanceof Answer.Acknowledge taken) {
      bytes.addAndGet(taken.bytes());
    }
    add(answer); // R-10.7-02
  }

  private void add(Answer answer) {
    waiting.incrementAndGet();
    queue.add(answer);
    goOn();
  }

  private void goOn() {
    if (!queue.isEmpty() && isAtWork.compareAndSet(false, true)) {
      Thread.ofVirtual().name(name).start(this::run);
    }
  }

  /** Whether a message of the peer is still to be answered. */
  boolean isOwed() {
    return bytes.get() > 0;
  }

  /** Lets all be answered that waits, for at most the time that acknowledgements may take after a goodbye. */
  void finish() throws InterruptedException {
    add(new Answer.End());
    boolean inTime = ended.await(Spec.GOODBYE_ACKS.toNanos(), TimeUnit.NANOSECONDS);
    Journal.debug(inTime ? "all was answered" : "some answers were not finished");
  }

  private void run() {
    boolean isOver = true;
    try {
      do {
        if (!answerAll()) {
          return;
        }
        tick.ifPresent(next -> next.in(TICK)); // before idle looks at the clock
        voice.idle();
        isAtWork.set(false);
      } while (!queue.isEmpty() && isAtWork.compareAndSet(false, true));
      isOver = false;
    } catch (IOException | UncheckedIOException gone) {
      Journal.debug("answers ended: " + gone);
    } finally {
      if (isOver) {
        tick.ifPresent(Deadlines.Deadline::close);
        ended.countDown();
      }
    }
  }

  /** Answers all that waits, and flushes; false where nothing may follow. */
  private boolean answerAll() throws IOException {
    for (Answer next = queue.poll(); next != null; next = queue.poll()) {
      waiting.decrementAndGet();
      if (next instanceof Answer.End) {
        flush();
        return false;
      }
      answer(next);
    }
    flush();
    return true;
  }

  private void answer(Answer next) throws IOException {
    switch (next) {
      case Answer.Acknowledge taken -> acknowledge(taken);
      case Answer.Say(Envelope draft) -> {
        acknowledgeDue();
        voice.say(draft);
      }
      case Answer.Tick() -> { } // what a tick is for follows each batch
      case Answer.End() -> throw new IllegalStateException("the end is not an answer");
    }
  }

  private void acknowledge(Answer.Acknowledge taken) throws IOException {
    voice.takesMessages();
    awaitDisk(taken.durable());
    try {
      taken.durable().join();
    } catch (CompletionException notStored) {
      refuse(taken, notStored.getCause() == null ? notStored : notStored.getCause());
      return;
    }
    due.add(taken);
    if (due.size() >= voice.mostInAcknowledgement()) {
      acknowledgeDue();
    }
  }

  private void acknowledgeDue() throws IOException {
    if (due.isEmpty()) {
      return;
    }
    List<UUID> ids = due.stream().map(Answer.Acknowledge::id).toList();
    voice.say(voice.acknowledgement(ids)); // R-12.1-01: whether anybody listens or not
    for (Answer.Acknowledge taken : due) {
      voice.acknowledged(taken.id());
      bytes.addAndGet(-taken.bytes());
    }
    due.clear();
  }

  /** There is no ack for what is not on disk. */
  private void refuse(Answer.Acknowledge taken, Throwable cause) throws IOException {
    acknowledgeDue();
    Optional<Envelope> error = voice.storageFailed(taken.id(), cause);
    if (error.isPresent()) {
      voice.say(error.get());
    }
    bytes.addAndGet(-taken.bytes());
  }

  private void flush() throws IOException {
    acknowledgeDue();
    voice.flush();
  }

  /** Waits until a message is stored or is not; meanwhile what is answered leaves, and heartbeats go on (R-21.2-04). */
  private void awaitDisk(CompletableFuture<Void> durable) throws IOException {
    while (!durable.isDone()) {
      flush();
      try {
        deadlines.await(durable, TICK);
      } catch (TimeoutException slow) {
        voice.takesMessages();
        voice.idle();
      } catch (ExecutionException notStored) {
        return; // the caller finds out why
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while a message was stored");
      }
    }
  }
}
