package dev.toq.app.daemon;

import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.app.daemon.Agent.Recipient;
import dev.toq.app.daemon.Agent.TakenBack;
import dev.toq.app.daemon.EnvelopeWriter.TooLargeException;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.identity.Address;
import dev.toq.store.Outbox;
import dev.toq.store.OutboxEntry;
import dev.toq.store.OutboxKey;
import dev.toq.store.OutboxMessage;
import dev.toq.store.OutboxState;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Takes the local callers' messages: each is durable in the outbox before anything is answered or sent, and from then
 * on goes its {@link Lane}. What the caller is told, and what happens to the message after that, is the table in
 * docs/promises.md.
 */
final class Delivery implements AutoCloseable {
  private static final int BATCH = 256;

  private final Node node;
  private final Outbox outbox;
  private final Dialer dialer;
  private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
  /** On their way to the disk, and in no lane yet. Who removes one decides what it comes to. */
  private final Map<OutboxKey, Parcel> entering = new ConcurrentHashMap<>();
  private final Retention retention;
  private final long startedAt;
  private volatile boolean closed;

  Delivery(Node node, Outbox outbox, Dialer dialer) {
    this.node = node;
    this.outbox = outbox;
    this.dialer = dialer;
    this.retention =
        new Retention(outbox::dropBefore, node.clock(), node.ticker(), node.config().outboxExpiry());
    this.startedAt = node.ticker().getAsLong();
    node.registry().whenAdded(this::wake);
  }

  /** Goes on with what was unfinished when the daemon stopped. */
  void resume() {
    outbox.endOverdue();
    for (String recipient : outbox.recipients()) {
      Outbox.Cursor from = Outbox.Cursor.START;
      for (Outbox.Batch batch = outbox.unfinished(recipient, from, BATCH); !batch.entries().isEmpty();
          batch = outbox.unfinished(recipient, from, BATCH)) {
        batch.entries().forEach(this::resume);
        from = batch.end();
      }
    }
  }

  private void resume(OutboxEntry entry) {
    try {
      Optional<OutboxMessage> message = outbox.message(entry.key());
      if (message.isPresent()) {
        Address to = Address.parse(entry.key().recipient());
        Parcel parcel = new Parcel(message.get(), entry.transmissions(), false);
        entering.put(parcel.key, parcel);
        enter(to, parcel, startedAt + Retries.afterRestart(node.random()).toNanos());
      } else {
        Journal.warn("a message in the outbox is damaged, and will not be sent: " + entry.key().id());
        outbox.end(
            entry.key(), new OutboxState.Failed(node.clock().instant(), "its record in the outbox is damaged"));
      }
    } catch (IOException unreadable) {
      Journal.warn("a message in the outbox cannot be read, and waits for the next start: " + unreadable);
    } catch (IllegalArgumentException notAnAddress) {
      outbox.end(entry.key(), new OutboxState.Failed(node.clock().instant(), "its recipient is no address"));
    }
  }

  /** A peer is there: messages that wait for it need not wait longer. */
  private void wake(Session session) {
    Optional.ofNullable(lanes.get(session.peerAddress().full())).ifPresent(Lane::wake);
  }

  /** Sends to one address; with {@code wait}, returns when the peer has answered, or after {@code timeout}. */
  Outcome send(Address to, Outgoing message, boolean wait, Duration timeout) throws InterruptedException {
    return send(to, new Content(UUID.randomUUID(), List.of(to), message, threadOf(message)), wait, timeout);
  }

  /**
   * One message for several: every copy has the same id and names all recipients. Each goes its own way. Where
   * one of them is this agent itself, nothing is sent to anyone.
   *
   * @param separate each copy has its own id and names its own recipient alone
   */
  List<Recipient> sendAll(List<Address> to, Outgoing message, boolean separate) throws InterruptedException {
    if (to.stream().anyMatch(node::isOwn)) {
      return to.stream().map(recipient -> new Recipient(recipient, new Outcome.SelfMessage())).toList();
    }
    String thread = threadOf(message);
    Content shared = new Content(UUID.randomUUID(), to, message, thread);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      // R-12.8-01
      List<Future<Outcome>> outcomes = to.stream().map(recipient ->
          threads.submit(() -> send(recipient, separate
              ? new Content(UUID.randomUUID(), List.of(recipient), message, thread) : shared, false, Duration.ZERO)))
          .toList();
      List<Recipient> recipients = new ArrayList<>();
      for (int i = 0; i < to.size(); i++) {
        recipients.add(new Recipient(to.get(i), outcomes.get(i).get()));
      }
      return recipients;
    } catch (ExecutionException fault) {
      throw new IllegalStateException(fault.getCause());
    }
  }

  private static String threadOf(Outgoing message) {
    return message.threadId().orElseGet(() -> UUID.randomUUID().toString());
  }

  /** What all copies of one message have in common. */
  private record Content(UUID id, List<Address> to, Outgoing message, String threadId) {}

  private Outcome send(Address to, Content content, boolean wait, Duration timeout) throws InterruptedException {
    if (node.isOwn(to)) { // R-10.8-01, R-23.1-13
      return new Outcome.SelfMessage(); // before anything is dialled
    }
    if (!wait && !content.message().handling().queue() && !wasReached(to)) {
      try {
        dialer.dial(to);
      } catch (Dialer.DialException nobody) {
        return new Outcome.NotReachable(nobody.sentence());
      }
    }
    OutboxMessage message = record(to, content);
    retention.added();
    Parcel parcel = new Parcel(message, 0, wait);
    entering.putIfAbsent(parcel.key, parcel);
    return switch (outbox.accept(message)) {
      case Outbox.Acceptance.Full(String why) -> {
        entering.remove(parcel.key, parcel);
        yield new Outcome.NoRoom(why);
      }
      case Outbox.Acceptance.Known() -> {
        entering.remove(parcel.key, parcel);
        yield new Outcome.NotReachable("this recipient is named twice");
      }
      case Outbox.Acceptance.Taken(var durable) -> {
        CompletableFuture<Void> entered = durable.whenComplete((done, failed) -> {
          if (failed == null) {
            enter(to, parcel, node.ticker().getAsLong());
          } else {
            entering.remove(parcel.key, parcel);
            parcel.end.completeExceptionally(failed);
          }
        });
        yield wait ? await(to, parcel, entered, content, timeout)
            : notStored(entered).orElseGet(() -> new Outcome.Queued(content.id(), content.threadId()));
      }
    };
  }

  /** Whether messages to this address are kept although nobody answers there now: somebody did before. */
  private boolean wasReached(Address to) {
    return node.registry().to(to).isPresent()
        || node.peers().all().stream().anyMatch(peer -> peer.address().equals(to.toString()));
  }

  private OutboxMessage record(Address to, Content content) {
    Outgoing message = content.message();
    MessageType type = message.closeThread() ? MessageType.THREAD_CLOSE : MessageType.MESSAGE_SEND; // R-9.5-09
    Instant now = node.clock().instant().truncatedTo(ChronoUnit.MILLIS);
    OptionalLong ttl = message.handling().ttlSeconds();
    Duration longest = message.handling().expiry().orElse(node.config().outboxExpiry());
    Duration life = ttl.isPresent() && ttl.getAsLong() < longest.toSeconds()
        ? Duration.ofSeconds(ttl.getAsLong()) : longest;
    return new OutboxMessage(new OutboxKey(content.id(), to.full()), type.wire(),
        content.to().stream().map(Address::full).toList(), Optional.of(content.threadId()), message.replyTo(),
        message.contentType(), message.handling().priority(), ttl, message.body(), now, now.plus(life));
  }

  /** Gives a durable message to its lane, unless it was taken back; a lane that ended meanwhile is replaced. */
  private void enter(Address to, Parcel parcel, long from) {
    lanes.compute(to.full(), (address, present) -> {
      if (!entering.remove(parcel.key, parcel) || closed) {
        return present;
      }
      if (present != null && present.offer(parcel)) {
        return present;
      }
      Lane fresh = new Lane(node, outbox, dialer, to, from);
      fresh.offer(parcel);
      Thread.ofVirtual().name("toq-send-" + to.host()).start(() -> {
        fresh.run();
        lanes.remove(address, fresh);
      });
      return fresh;
    });
  }

  /**
   * Takes messages back: those with this id that are not at their end, and for which {@code wanted} holds. The answer
   * comes when that is durable, so that no restart sends them.
   */
  TakenBack cancel(UUID id, Predicate<OutboxEntry> wanted) throws InterruptedException {
    int cancelled = 0;
    for (OutboxEntry entry : outbox.find(id)) {
      if (wanted.test(entry) && cancel(entry.key())) {
        cancelled++;
      }
    }
    Optional<String> notStored = Optional.empty();
    try {
      outbox.flush().get();
    } catch (ExecutionException failed) {
      notStored = Optional.of(sentence(failed.getCause()));
    }
    return new TakenBack(outbox.find(id).stream().filter(wanted).toList(), cancelled, notStored);
  }

  /** Who was just being given a message has it when this returns. */
  private Optional<Lane> lane(String recipient) {
    return Optional.ofNullable(lanes.compute(recipient, (address, present) -> present));
  }

  /** First out of the lane, so that nothing is sent after it is called cancelled. */
  private boolean cancel(OutboxKey key) throws InterruptedException {
    Optional<Parcel> parcel = Optional.ofNullable(entering.remove(key));
    Optional<Lane> lane = lane(key.recipient());
    if (parcel.isEmpty() && lane.isPresent()) {
      parcel = lane.get().cancel(key.id());
    }
    OutboxState.Final end = new OutboxState.Cancelled(node.clock().instant());
    boolean done = outbox.end(key, end) instanceof Outbox.Change.Done;
    parcel.filter(any -> done).ifPresent(taken -> taken.end.complete(end));
    return done;
  }

  /** Sends nothing more; what is unfinished goes out after the next start. */
  @Override
  public void close() {
    closed = true;
    lanes.values().forEach(Lane::stop);
  }

  /** Waits for the disk; empty where it took the message. */
  private static Optional<Outcome> notStored(CompletableFuture<Void> entered) throws InterruptedException {
    try {
      entered.get();
      return Optional.empty();
    } catch (ExecutionException failed) {
      return Optional.of(new Outcome.NotStored(sentence(failed.getCause())));
    }
  }

  private Outcome await(Address to, Parcel parcel, CompletableFuture<Void> entered, Content content, Duration timeout)
      throws InterruptedException {
    try {
      OutboxState.Final end = node.deadlines().await(parcel.end, timeout);
      return end instanceof OutboxState.Acked ? told(end, content) : onDisk(told(end, content));
    } catch (TimeoutException silent) {
      return timedOut(to, parcel, entered, content);
    } catch (ExecutionException failed) {
      return switch (failed.getCause()) {
        case TooLargeException tooLarge -> onDisk(new Outcome.TooLarge(tooLarge.size, tooLarge.limit));
        case NotTakenException file -> onDisk(new Outcome.Refused(
            ErrorCode.UNSUPPORTED_CONTENT_TYPE.wire(), String.valueOf(file.getMessage())));
        case null, default -> new Outcome.NotStored(sentence(failed.getCause()));
      };
    }
  }

  /** Written: the retries go on. Not even written: it is taken back, so that what the caller hears stays true. */
  private Outcome timedOut(Address to, Parcel parcel, CompletableFuture<Void> entered, Content content)
      throws InterruptedException {
    if (entering.remove(parcel.key, parcel)) {
      Optional<Outcome> notStored = notStored(entered);
      if (notStored.isPresent()) {
        return notStored.get();
      }
    } else if (lane(to.full()).filter(lane -> lane.takeBack(parcel)).isEmpty()) {
      return parcel.end.isDone() ? await(to, parcel, entered, content, Duration.ZERO) // just now
          : new Outcome.TimedOut(content.id(), content.threadId());
    }
    String reason = "it could not be sent to " + to.full() + " in time";
    outbox.end(parcel.key, new OutboxState.Failed(node.clock().instant(), reason));
    return onDisk(new Outcome.NotReachable(reason));
  }

  /** What ended without a delivery is told once that is durable, so that no restart sends it after all. */
  private Outcome onDisk(Outcome ended) throws InterruptedException {
    try {
      outbox.flush().get();
      return ended;
    } catch (ExecutionException failed) {
      return new Outcome.NotStored(
          "it was not sent now, and may be after a restart: " + sentence(failed.getCause()));
    }
  }

  private static Outcome told(OutboxState.Final end, Content content) {
    return switch (end) {
      case OutboxState.Acked acked -> new Outcome.Delivered(content.id(), content.threadId());
      case OutboxState.Refused(var at, String code, String text) -> new Outcome.Refused(code, text);
      case OutboxState.Failed(var at, String reason) -> new Outcome.NotReachable(reason);
      case OutboxState.Expired expired -> new Outcome.NotReachable("its time was over before it could be sent");
      case OutboxState.Unknown unknown -> new Outcome.TimedOut(content.id(), content.threadId());
      case OutboxState.Cancelled cancelled -> new Outcome.NotReachable("it was cancelled");
    };
  }

  private static String sentence(@Nullable Throwable cause) {
    return cause instanceof IOException broken ? "the message could not be stored: " + broken.getMessage()
        : "internal error; the log says more";
  }
}
