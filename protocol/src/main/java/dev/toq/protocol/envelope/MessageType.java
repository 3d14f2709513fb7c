package dev.toq.protocol.envelope;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The 25 values of an envelope's {@code type} (specification section 9). */
public enum MessageType {
  HANDSHAKE_INIT("handshake.init"),
  HANDSHAKE_RESPONSE("handshake.response"),
  HANDSHAKE_REJECT("handshake.reject"),
  NEGOTIATE_REQUEST("negotiate.request"),
  NEGOTIATE_RESPONSE("negotiate.response"),
  NEGOTIATE_REJECT("negotiate.reject"),
  SESSION_RESUME("session.resume"),
  SESSION_DISCONNECT("session.disconnect"),
  APPROVAL_REQUEST("approval.request"),
  APPROVAL_GRANTED("approval.granted"),
  APPROVAL_DENIED("approval.denied"),
  MESSAGE_SEND("message.send"),
  MESSAGE_ACK("message.ack"),
  MESSAGE_CANCEL("message.cancel"),
  STREAM_CHUNK("message.stream.chunk"),
  STREAM_END("message.stream.end"),
  THREAD_CLOSE("thread.close"),
  HEARTBEAT("system.heartbeat"),
  HEARTBEAT_ACK("system.heartbeat.ack"),
  BACKPRESSURE("system.backpressure"),
  BACKPRESSURE_CLEAR("system.backpressure.clear"),
  ERROR("system.error"),
  KEY_ROTATION("system.key_rotation"),
  KEY_ROTATION_ACK("system.key_rotation.ack"),
  CARD_EXCHANGE("card.exchange");

  private static final Map<String, MessageType> BY_WIRE =
      Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(MessageType::wire, Function.identity()));

  private final String wire;

  MessageType(String wire) {
    this.wire = wire;
  }

  /** The value as it stands in the {@code type} field. */
  public String wire() {
    return wire;
  }

  /** The types that a receiver acknowledges (R-9.5-03, R-9.5-04). */
  public boolean isAcknowledged() {
    return switch (this) {
      case MESSAGE_SEND, THREAD_CLOSE, MESSAGE_CANCEL, STREAM_CHUNK, STREAM_END -> true;
      case HANDSHAKE_INIT, HANDSHAKE_RESPONSE, HANDSHAKE_REJECT, NEGOTIATE_REQUEST, NEGOTIATE_RESPONSE,
          NEGOTIATE_REJECT, SESSION_RESUME, SESSION_DISCONNECT, APPROVAL_REQUEST, APPROVAL_GRANTED, APPROVAL_DENIED,
          MESSAGE_ACK, HEARTBEAT, HEARTBEAT_ACK, BACKPRESSURE, BACKPRESSURE_CLEAR, ERROR, KEY_ROTATION,
          KEY_ROTATION_ACK, CARD_EXCHANGE -> false;
    };
  }

  /** The types whose body is content: what the agents say to each other, not what the protocol says about it. */
  public boolean carriesContent() {
    return switch (this) {
      case MESSAGE_SEND, THREAD_CLOSE, STREAM_CHUNK, STREAM_END -> true;
      case HANDSHAKE_INIT, HANDSHAKE_RESPONSE, HANDSHAKE_REJECT, NEGOTIATE_REQUEST, NEGOTIATE_RESPONSE,
          NEGOTIATE_REJECT, SESSION_RESUME, SESSION_DISCONNECT, APPROVAL_REQUEST, APPROVAL_GRANTED, APPROVAL_DENIED,
          MESSAGE_ACK, MESSAGE_CANCEL, HEARTBEAT, HEARTBEAT_ACK, BACKPRESSURE, BACKPRESSURE_CLEAR, ERROR,
          KEY_ROTATION, KEY_ROTATION_ACK, CARD_EXCHANGE -> false;
    };
  }

  /** A chunk or the end of a stream. */
  public boolean isStreamPart() {
    return this == STREAM_CHUNK || this == STREAM_END;
  }

  /** The types that an ACTIVE connection carries; any other breaks the protocol there. */
  public boolean isLegalWhenActive() {
    return switch (this) {
      case SESSION_DISCONNECT, MESSAGE_SEND, MESSAGE_ACK, MESSAGE_CANCEL, STREAM_CHUNK, STREAM_END, THREAD_CLOSE,
          HEARTBEAT, HEARTBEAT_ACK, BACKPRESSURE, BACKPRESSURE_CLEAR, ERROR, KEY_ROTATION, KEY_ROTATION_ACK -> true;
      case HANDSHAKE_INIT, HANDSHAKE_RESPONSE, HANDSHAKE_REJECT, NEGOTIATE_REQUEST, NEGOTIATE_RESPONSE,
          NEGOTIATE_REJECT, SESSION_RESUME, APPROVAL_REQUEST, APPROVAL_GRANTED, APPROVAL_DENIED, CARD_EXCHANGE -> false;
    };
  }

  /** The types that a connection carries between its handshake and ACTIVE. */
  public boolean isLegalInSetup() {
    return switch (this) {
      case NEGOTIATE_REQUEST, NEGOTIATE_RESPONSE, NEGOTIATE_REJECT, SESSION_RESUME, APPROVAL_REQUEST,
          APPROVAL_GRANTED, APPROVAL_DENIED, CARD_EXCHANGE, ERROR, SESSION_DISCONNECT -> true;
      case HANDSHAKE_INIT, HANDSHAKE_RESPONSE, HANDSHAKE_REJECT, MESSAGE_SEND, MESSAGE_ACK, MESSAGE_CANCEL,
          STREAM_CHUNK, STREAM_END, THREAD_CLOSE, HEARTBEAT, HEARTBEAT_ACK, BACKPRESSURE, BACKPRESSURE_CLEAR,
          KEY_ROTATION, KEY_ROTATION_ACK -> false;
    };
  }

  /** The type of this wire text, or empty where there is none (R-4.3-05). */
  public static Optional<MessageType> ofWire(String text) {
    return Optional.ofNullable(BY_WIRE.get(text));
  }
}
