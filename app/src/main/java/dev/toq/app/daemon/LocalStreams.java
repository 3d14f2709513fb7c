package dev.toq.app.daemon;

import dev.toq.app.daemon.Agent.Handling;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.app.daemon.Dialer.DialException;
import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.StreamMessages.Heading;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** The streams that local callers have open, and for a while why others are over. */
final class LocalStreams implements OutgoingStreams, AutoCloseable {
  /** Streams at once, to all peers together. */
  static final int MOST_OPEN = 256;

  /** So many streams are remembered that ended before their end. */
  static final int MOST_OVER = 256;

  private final Node node;
  private final Dialer dialer;
  private final Delivery delivery;
  private final Map<UUID, LocalStream> open = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<UUID, Step> over = new LinkedHashMap<>() {
    @Override
    protected boolean removeEldestEntry(Map.Entry<UUID, Step> eldest) {
      return size() > MOST_OVER;
    }
  };
  private volatile boolean closed;

  LocalStreams(Node node, Dialer dialer, Delivery delivery) {
    this.node = node;
    this.dialer = dialer;
    this.delivery = delivery;
  }

  @Override
  public Step start(Address to, Optional<String> threadId, Optional<String> contentType) throws InterruptedException {
    if (node.isOwn(to)) {
      return new Step.SelfMessage(); // R-10.8-01
    }
    Heading heading = new Heading(
        UUID.randomUUID(), // R-11.2-01
        threadId.or(() -> Optional.of(UUID.randomUUID().toString())), contentType);
    try {
      Session session = connect(to, contentType);
      return register(new LocalStream(
          node, to, heading, session, anew -> connect(anew, contentType), this::ended), heading);
    } catch (DialException nobody) {
      return new Step.NotReachable(nobody.sentence());
    }
  }

  /** A connection that carries streams, to a peer that takes this content. */
  private Session connect(Address to, Optional<String> contentType) throws DialException, InterruptedException {
    Optional<Session> known = node.registry().to(to);
    Session session = known.isPresent() ? known.get() : dialer.dial(to);
    if (!session.mayStream()) {
      throw new DialException(to.full() + " does not take streams"); // R-11.1-01, A-60
    }
    if (!session.takes(contentType)) { // R-7.2-04, A-31
      throw new DialException(String.valueOf(new NotTakenException(to, contentType).getMessage()));
    }
    return session;
  }

  private Step register(LocalStream stream, Heading heading) {
    lock.lock();
    try {
      long toPeer = open.values().stream().filter(other -> other.to().equals(stream.to())).count();
      if (closed || open.size() >= MOST_OPEN || toPeer >= Spec.MAX_OPEN_STREAMS) {
        return new Step.TooMany("there are " + open.size() + " open streams, " + toPeer + " of them to this address; "
            + MOST_OPEN + " and " + Spec.MAX_OPEN_STREAMS + " may be");
      }
      open.put(heading.streamId(), stream); // R-11.9-01: beside others to the same peer
    } finally {
      lock.unlock();
    }
    stream.begin();
    return new Step.Started(heading.streamId(), heading.threadId().orElse(""));
  }

  /** Called once by each stream, on any thread. */
  private void ended(UUID streamId, Step how) {
    lock.lock();
    try {
      open.remove(streamId);
      if (!(how instanceof Step.Delivered)) {
        over.put(streamId, how);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Step chunk(UUID streamId, JsonValue data, Duration timeout) throws InterruptedException {
    LocalStream stream = open.get(streamId);
    return stream == null ? past(streamId) : stream.chunk(data, timeout);
  }

  @Override
  public Step end(UUID streamId, Optional<JsonValue> data, boolean closeThread, Duration timeout)
      throws InterruptedException {
    LocalStream stream = open.get(streamId);
    Step step = stream == null ? past(streamId) : stream.end(data, timeout);
    if (stream == null || !closeThread || !(step instanceof Step.Delivered delivered)) {
      return step;
    }
    Outgoing close = new Outgoing(Optional.empty(), stream.threadId(), Optional.empty(), Optional.empty(), true,
        new Handling(Optional.empty(), Handling.USUAL.ttlSeconds(), Optional.empty(), true));
    return new Step.Delivered(
        delivered.chunkId(), Optional.of(delivery.send(stream.to(), close, false, Duration.ZERO)));
  }

  @Override
  public Step cancel(UUID streamId) {
    LocalStream stream = open.get(streamId);
    return stream == null ? past(streamId) : stream.cancel();
  }

  private Step past(UUID streamId) {
    lock.lock();
    try {
      return Optional.ofNullable(over.get(streamId)).orElseGet(Step.NotFound::new);
    } finally {
      lock.unlock();
    }
  }


  /** Begins no more, and takes back what was not ended: nobody could end it any more. */
  @Override
  public void close() {
    closed = true;
    open.values().forEach(LocalStream::stop);
  }
}
