package dev.toq.app.daemon;

import dev.toq.app.dns.DnsAnswer;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.DnsRecord;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.RotationChain;
import dev.toq.protocol.session.Invitation;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Outbox;
import dev.toq.store.OutboxEntry;
import dev.toq.store.Permissions;
import dev.toq.store.StoredMessage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What the faces of the daemon (the loopback API first) may ask of the running agent. Every method may block. */
public interface Agent {

  /** A message that a local caller wants to be sent. */
  record Outgoing(
      Optional<JsonValue> body,
      Optional<String> threadId,
      Optional<String> replyTo,
      Optional<String> contentType,
      boolean closeThread,
      Handling handling) {

    /** A message that is handled as usual. */
    public Outgoing(Optional<JsonValue> body, Optional<String> threadId, Optional<String> replyTo,
        Optional<String> contentType, boolean closeThread) {
      this(body, threadId, replyTo, contentType, closeThread, Handling.USUAL);
    }
  }

  /**
   * How a message is handled on its way.
   *
   * @param priority {@code urgent} or {@code normal}
   * @param ttlSeconds how long after now the peer may still take it
   * @param expiry how long it is tried; empty for {@code outbox_expiry}
   * @param queue keep it also for a peer that was never reached
   */
  record Handling(Optional<String> priority, OptionalLong ttlSeconds, Optional<Duration> expiry, boolean queue) {
    public static final Handling USUAL =
        new Handling(Optional.empty(), OptionalLong.empty(), Optional.empty(), false);
  }

  /** What became of one send, as docs/promises.md tells it. The thread id is the caller's or a fresh one. */
  sealed interface Outcome {
    record Queued(UUID id, String threadId) implements Outcome {}

    record Delivered(UUID id, String threadId) implements Outcome {}

    /** Refused before anything was sent, or by the peer; nothing will be tried later. */
    record NotReachable(String reason) implements Outcome {}

    record Refused(String code, String reason) implements Outcome {}

    record TimedOut(UUID id, String threadId) implements Outcome {}

    record TooLarge(long size, long limit) implements Outcome {}

    /** The outbox takes no more; nothing was kept. */
    record NoRoom(String reason) implements Outcome {}

    /** The disk did not take it; nothing was kept. */
    record NotStored(String reason) implements Outcome {}

    record SelfMessage() implements Outcome {}
  }

  record Recipient(Address address, Outcome outcome) {}

  /**
   * What came of taking messages back.
   *
   * @param entries what is known of each copy now
   * @param cancelled how many were cancelled by this request
   * @param notStored why the disk did not take it: after a restart they may be sent
   */
  record TakenBack(List<OutboxEntry> entries, int cancelled, Optional<String> notStored) {}

  /** @param isBackpressureActive whether peers are asked for a pause, because too much waits for the disk */
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
      boolean isBackpressureActive,
      int pendingApprovals,
      PortMapping portMapping,
      List<String> warnings) {}

  sealed interface Ping {
    record Reached(String agentName, PublicKey key) implements Ping {}

    record Unreached(String reason) implements Ping {}
  }

  /** What became of an invitation that somebody gave to the owner. */
  sealed interface Paired {
    /** Both agents have approved each other. */
    record With(Address address, PublicKey key) implements Paired {}

    /** Nothing was approved; the reason is a sentence. */
    record Failed(String reason) implements Paired {}
  }

  /** What a local listener wants to hear of. */
  interface Subscription extends AutoCloseable {
    /** Takes the next message; empty where none came in that time. */
    Optional<StoredMessage> next(Duration wait) throws InterruptedException;

    /** How many messages it was too slow for. */
    long dropped();

    @Override
    void close();
  }

  Status status();

  /** How many sources of connections are refused for what they did. */
  int penalisedSources();

  /** Sends to one address. With {@code wait}, returns when acknowledged or after {@code timeout}. */
  Outcome send(Address to, Outgoing message, boolean wait, Duration timeout) throws InterruptedException;

  /**
   * Sends one message to several addresses.
   *
   * @param separate each copy has an id of its own and names no other recipient; else all have the same id and name all
   */
  List<Recipient> sendAll(List<Address> to, Outgoing message, boolean separate) throws InterruptedException;

  /** Takes back the messages with this id for which {@code wanted} holds, as far as they are not at their end. */
  TakenBack cancel(UUID id, Predicate<OutboxEntry> wanted) throws InterruptedException;

  /** Streams to peers. */
  OutgoingStreams streams();

  /** The newest messages of local callers for which {@code wanted} holds, the oldest of them first. */
  List<OutboxEntry> outbox(int limit, Predicate<OutboxEntry> wanted);

  /** How much is in the outbox. */
  Outbox.Depth outboxDepth();

  /** The newest messages for which {@code wanted} holds, oldest first; each is read when the stream comes to it. */
  Stream<StoredMessage> history(int limit, Predicate<StoredMessage> wanted);

  Subscription subscribe(Predicate<StoredMessage> wanted);

  Ping ping(Address address) throws InterruptedException;

  /** An invitation to this agent, good once and for so long; empty where as many are open as may be. */
  Optional<Invitation> invite(Duration life);

  /** Takes back all invitations that nobody has used; how many there were. */
  int withdrawInvites();

  /** Uses an invitation to another agent. */
  Paired accept(Invitation invitation) throws InterruptedException;

  /** The agents that a domain publishes in DNS; takes at most two seconds. */
  DnsAnswer<DnsRecord> discover(String domain);

  /** Who else announces itself on the local network; asked for at most {@code limit}. Nothing of it is proven. */
  List<Nearby.Found> nearby(Duration limit) throws InterruptedException;

  /** Whether the owner lets the local network be heard and spoken to. */
  boolean isMdnsOn();

  /** This agent's card as specification 7.2 shapes it. */
  JsonObject card();

  Permissions permissions();

  /** Whom this agent has met, and whose an address is. */
  KnownPeers peers();

  /**
   * Replaces this agent's key, at once for what comes in and what goes out; connected peers are told.
   *
   * @return the old key, the new one, and the old one's signature over it
   */
  RotationChain.Step rotateKeys() throws IOException;

  /** Approves, blocks and so on, and applies it to live connections at once. */
  void approve(Permissions.Rule rule) throws IOException;

  void revoke(Permissions.Rule rule) throws IOException;

  void block(Permissions.Rule rule) throws IOException;

  void unblock(Permissions.Rule rule) throws IOException;

  /**
   * Denies a key.
   *
   * @return false where the key is approved, which a denial does not end
   */
  boolean deny(PublicKey key) throws IOException;

  /** Begins to stop; returns at once. */
  void shutdown(boolean graceful);

  Instant startedAt();
}
