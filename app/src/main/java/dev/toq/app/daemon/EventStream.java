package dev.toq.app.daemon;

import dev.toq.store.StoredMessage;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** Hands stored messages to local listeners. Never blocks the connection that brought one: a slow listener loses. */
final class EventStream {
  /** Messages that one listener may fall behind. */
  static final int QUEUE_LIMIT = 256;

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
    private final AtomicLong dropped = new AtomicLong();

    Listening(Predicate<StoredMessage> wanted) {
      this.wanted = wanted;
    }

    void offer(StoredMessage message) {
      if (wanted.test(message) && !events.offer(message)) {
        dropped.incrementAndGet();
      }
    }

    @Override
    public BlockingQueue<StoredMessage> events() {
      return events;
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
