package dev.toq.app.api;

import dev.toq.app.daemon.Agent;
import dev.toq.app.daemon.Agent.Subscription;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.identity.AddressPattern;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.StoredMessage;
import dev.toq.store.StoredMessageJson;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /v1/messages}: the messages as they come, as server-sent events.
 *
 * <pre>
 *   data: {"id":…}     one message, always on one line
 *   : lagged 3         this reader was too slow, and three messages were dropped for it
 *   :                  nothing happened for a while
 * </pre>
 *
 * Only messages are sent as data, because readers take whatever has data for a message. The stream begins now: what
 * came before is in the history.
 */
final class EventsApi implements Resource, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventsApi.class);
  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final JsonObject PARTIAL = JsonObject.builder().put("partial", true).build();
  private static final byte[] HEARTBEAT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

  private final Agent agent;
  private final ApiLimits limits;
  private final Semaphore places;
  private final Set<Thread> streams = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  EventsApi(Agent agent, ApiLimits limits) {
    this.agent = agent;
    this.limits = limits;
    this.places = new Semaphore(limits.maxSubscribers());
  }

  @Override
  public void addTo(Routes routes) {
    routes.get("/v1/messages", this::stream);
  }

  private void stream(Call call) throws Exception {
    Predicate<StoredMessage> wanted = wanted(call.query("from"), call.query("type"));
    HttpServletResponse response = call.response();
    response.setCharacterEncoding(null); // some readers want exactly this content type, with no charset added
    response.setContentType("text/event-stream");
    response.setHeader("Cache-Control", "no-cache, no-store");
    if (call.isHead()) {
      return;
    }
    if (!places.tryAcquire()) {
      throw new ApiError(429, "too_many_streams", "there are already " + limits.maxSubscribers() + " event streams");
    }
    streams.add(Thread.currentThread());
    try (Subscription subscription = agent.subscribe(wanted)) {
      response.flushBuffer(); // readers wait for the headers before any event exists
      follow(subscription, response.getOutputStream());
    } catch (IOException e) {
      LOG.debug("an event stream's reader went away: {}", e.toString());
    } catch (InterruptedException e) {
      LOG.debug("event streams end because the daemon stops");
    } finally {
      leave();
      places.release();
    }
  }

  /** The server's selector may run next on this thread, and one that is interrupted while it stops hangs for good. */
  private void leave() {
    synchronized (streams) {
      streams.remove(Thread.currentThread());
      Thread.interrupted();
    }
  }

  private static Predicate<StoredMessage> wanted(Optional<String> from, Optional<String> type) {
    return message -> from.map(pattern -> AddressPattern.matches(pattern, message.from())).orElse(true)
        && type.map(message.type()::equals).orElse(true);
  }

  private void follow(Subscription subscription, OutputStream out) throws IOException, InterruptedException {
    long told = 0;
    while (!closed) {
      Optional<StoredMessage> message = subscription.next(limits.heartbeat());
      if (message.isEmpty()) {
        out.write(HEARTBEAT); // also the only way to learn that the reader has gone
      }
      for (; message.isPresent(); message = subscription.next(Duration.ZERO)) {
        out.write(DATA);
        out.write(json(message.get()));
        out.write(END);
      }
      long dropped = subscription.dropped();
      if (dropped > told) {
        out.write((": lagged " + (dropped - told) + "\n\n").getBytes(StandardCharsets.US_ASCII));
        told = dropped;
      }
      out.flush();
    }
  }

  /** A part of a stream that is not complete, and may never be, is marked so. */
  private static byte[] json(StoredMessage message) {
    boolean isPart = message.type().equals(MessageType.STREAM_CHUNK.wire());
    return isPart ? StoredMessageJson.toJson(message, PARTIAL) : StoredMessageJson.toJson(message);
  }

  /** Ends every stream; readers see the end of the answer. Waits a moment for the last bytes. */
  @Override
  public void close() {
    closed = true;
    synchronized (streams) {
      streams.forEach(Thread::interrupt);
    }
    try {
      if (!places.tryAcquire(limits.maxSubscribers(), 500, TimeUnit.MILLISECONDS)) {
        LOG.debug("some event streams are cut off: their readers do not read");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
