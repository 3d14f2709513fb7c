package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Permissions;
import dev.toq.store.StoredMessage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.function.Predicate;

/** What the faces of the daemon (the loopback API first) may ask of the running agent. Every method may block. */
public interface Agent {

  /** A message that a local caller wants to be sent. */
  record Outgoing(
      Optional<JsonValue> body,
      Optional<String> threadId,
      Optional<String> replyTo,
      Optional<String> contentType,
      boolean closeThread) {}

  /** What became of one send. The thread id is the caller's or a fresh one. */
  sealed interface Outcome {
    record Queued(UUID id, String threadId) implements Outcome {}

    record Delivered(UUID id, String threadId) implements Outcome {}

    /** Refused before anything was sent, or by the peer; nothing will be tried later. {@code hint}: what to do next. */
    record NotReachable(String reason) implements Outcome {}

    record Refused(String code, String reason) implements Outcome {}

    record TimedOut(UUID id, String threadId) implements Outcome {}

    record TooLarge(long size, long limit) implements Outcome {}

    record SelfMessage() implements Outcome {}
  }

  record Recipient(Address address, Outcome outcome) {}

  record Status(
      Address address,
      PublicKey publicKey,
      String connectionMode,
      int port,
      long pid,
      int activeConnections,
      long messagesIn,
      long messagesOut,
      long errors,
      int pendingApprovals,
      List<String> warnings) {}

  sealed interface Ping {
    record Reached(String agentName, PublicKey key) implements Ping {}

    record Unreached(String reason) implements Ping {}
  }

  /** Events for the event stream; an element is taken from the queue. {@code lagged} tells of dropped ones. */
  interface Subscription extends AutoCloseable {
    BlockingQueue<StoredMessage> events();

    long dropped();

    @Override
    void close();
  }

  Status status();

  /** Sends to one address. With {@code wait}, returns when acknowledged or after {@code timeout}. */
  Outcome send(Address to, Outgoing message, boolean wait, Duration timeout) throws InterruptedException;

  /** Sends one message to several addresses: the same id, every recipient in {@code to}. */
  List<Recipient> sendAll(List<Address> to, Outgoing message) throws InterruptedException;

  List<StoredMessage> history(int limit, Predicate<StoredMessage> wanted);

  Subscription subscribe(Predicate<StoredMessage> wanted);

  Ping ping(Address address) throws InterruptedException;

  /** This agent's card as specification 7.2 shapes it. */
  JsonObject card();

  Permissions permissions();

  /** Approves, blocks and so on, and applies it to live connections at once. */
  void approve(Permissions.Rule rule) throws IOException;

  void revoke(Permissions.Rule rule) throws IOException;

  void block(Permissions.Rule rule) throws IOException;

  void unblock(Permissions.Rule rule) throws IOException;

  void deny(PublicKey key) throws IOException;

  /** Begins to stop; returns at once. */
  void shutdown(boolean graceful);

  Instant startedAt();
}
