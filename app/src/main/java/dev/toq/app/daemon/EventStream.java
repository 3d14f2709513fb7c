package dev.toq.app.daemon;

import dev.toq.store.StoredMessage;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** Hands stored messages to local listeners. Never blocks the connection that brought one: a slow listener loses. */
final class EventStream {
  /** Messages that one listener may fall behind. */
  static final int QUEUE_LIMIT = 256;

  /** Bytes of bodies that one listener may fall behind, or one larger message. */
  static final int QUEUE_BYTES = 4 << 20;

  private final Set<Listening> listeners = ConcurrentHashMap.newKeySet();

  Agent.Subscription subscribe(Predicate<StoredMessage> wanted) {
    Listening listening = new Listening(wanted);
    listeners.add(listening);
    return listening;
  }

  void publish(StoredMessage message) {
    for (Listening listening : listeners) {
      listening.offer(message);
    }
  }

  private final class Listening implements Agent.Subscription {
    private final Predicate<StoredMessage> wanted;
    private final BlockingQueue<StoredMessage> events = new ArrayBlockingQueue<>(QUEUE_LIMIT);
    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();

    Listening(Predicate<StoredMessage> wanted) {
      this.wanted = wanted;
    }

    void offer(StoredMessage message) {
      if (wanted.test(message) && !takes(message)) {
        dropped.incrementAndGet();
      }
    }

    private boolean takes(StoredMessage message) {
      int bytes = message.bodyBytes();
      long behind = waitingBytes.getAndAdd(bytes);
      boolean taken = (behind == 0 || behind + bytes <= QUEUE_BYTES) && events.offer(message);
      if (!taken) {
        waitingBytes.addAndGet(-bytes);
      }
      return taken;
    }

    @Override
    public Optional<StoredMessage> next(Duration wait) throws InterruptedException {
      Optional<StoredMessage> next = Optional.ofNullable(events.poll(wait.toNanos(), TimeUnit.NANOSECONDS));
      next.ifPresent(message -> waitingBytes.addAndGet(-message.bodyBytes()));
      return next;
    }

    @Override
    public long dropped() {
      return dropped.get();
    }

    @Override
    public void close() {
      listeners.remove(this);
    }
  }
}
