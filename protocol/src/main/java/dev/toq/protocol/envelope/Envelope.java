package dev.toq.protocol.envelope;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * One envelope (specification section 4.1) without its signature, which exists only on the wire.
 *
 * @param timestamp RFC 3339 UTC text, as sent or received
 * @param sequence 0 to 2^53-1
 * @param ttl seconds, where the sender set one
 */
public record Envelope(
    UUID id,
    MessageType type,
    Address from,
    List<Address> to,
    long sequence,
    String timestamp,
    Optional<String> threadId,
    Optional<String> replyTo,
    Optional<String> priority,
    Optional<String> contentType,
    OptionalLong ttl,
    Optional<String> compression,
    Optional<String> e2eNonce,
    Optional<JsonValue> body) {

  public Envelope {
    to = List.copyOf(to);
  }

  /** An envelope of this type with nothing but what every envelope has. */
  public static Envelope of(
      UUID id, MessageType type, Address from, List<Address> to, long sequence, String timestamp) {
    return new Envelope(id, type, from, to, sequence, timestamp, Optional.empty(), Optional.empty(), Optional.empty(),
        Optional.empty(), OptionalLong.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  public Envelope withBody(JsonValue newBody) {
    return new Envelope(id, type, from, to, sequence, timestamp, threadId, replyTo, priority, contentType, ttl,
        compression, e2eNonce, Optional.of(newBody));
  }

  public Envelope withReplyTo(String newReplyTo) {
    return new Envelope(id, type, from, to, sequence, timestamp, threadId, Optional.of(newReplyTo), priority,
        contentType, ttl, compression, e2eNonce, body);
  }

  /** The same message in this thread, where one is given. */
  public Envelope inThread(Optional<String> newThreadId) {
    return new Envelope(id, type, from, to, sequence, timestamp, newThreadId, replyTo, priority, contentType, ttl,
        compression, e2eNonce, body);
  }

  public Envelope withContentType(Optional<String> newContentType) {
    return new Envelope(id, type, from, to, sequence, timestamp, threadId, replyTo, priority, newContentType, ttl,
        compression, e2eNonce, body);
  }

  /** The same message with its body in another form, and the two fields that name this form. */
  public Envelope withForm(
      Optional<String> newCompression, Optional<String> newE2eNonce, Optional<JsonValue> newBody) {
    return new Envelope(id, type, from, to, sequence, timestamp, threadId, replyTo, priority, contentType, ttl,
        newCompression, newE2eNonce, newBody);
  }

  /** Whether the body is compressed or encrypted: nothing can be said about it before it is decoded. */
  public boolean isEncoded() {
    return compression.isPresent() || e2eNonce.isPresent();
  }

  /** The same message for another transmission: same id, body and timestamp, another sequence. */
  public Envelope withSequence(long newSequence) {
    return new Envelope(id, type, from, to, newSequence, timestamp, threadId, replyTo, priority, contentType, ttl,
        compression, e2eNonce, body);
  }
}
