package dev.toq.protocol.envelope;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictBase64;
import dev.toq.protocol.wire.StrictJson;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * The checks of specification section 4.3, in the one order of A-05, for the envelopes that one peer sends on one
 * connection. Nothing of a frame may be used before {@link #check} has accepted it. One reader thread uses it.
 */
public final class EnvelopeCheck {
  /** How far the two clocks may be apart before a ttl is held against a message. */
  private static final Duration CLOCK_SKEW = Duration.ofSeconds(30);

  private static final int E2E_NONCE_BYTES = 12;

  private final PublicKey peerKey;
  private final Address peerAddress;
  private final Predicate<Address> namesUs;
  private final AddressBook addresses = new AddressBook();
  private Terms terms;
  private Predicate<String> known;
  private Predicate<MessageType> legal;
  private long lastSequence = -1;

  /**
   * A check for a connection that is ACTIVE and has carried no envelope from this peer yet. A connection that was set
   * up gets its check from its setup channel, whose sequence it continues.
   *
   * @param peerKey the key of the handshake; nothing else verifies
   * @param peerAddress the address of the handshake
   * @param namesUs whether an address means this agent
   * @param known whether the inbox has accepted this id, a UUID in lower case, from this peer before
   */
  public EnvelopeCheck(
      PublicKey peerKey, Address peerAddress, Predicate<Address> namesUs, Terms terms, Predicate<String> known) {
    this.peerKey = peerKey;
    this.peerAddress = peerAddress;
    this.namesUs = namesUs;
    this.terms = terms;
    this.known = known;
    this.legal = MessageType::isLegalWhenActive;
  }

  /** A check for the envelopes before ACTIVE: nothing is agreed yet, and only the types of setup are legal. */
  public static EnvelopeCheck beforeActive(PublicKey peerKey, Address peerAddress, Predicate<Address> namesUs) {
    EnvelopeCheck check = new EnvelopeCheck(peerKey, peerAddress, namesUs, Terms.beforeActive(), id -> false);
    check.legal = MessageType::isLegalInSetup;
    return check;
  }

  /** From here on the connection is ACTIVE under these terms; the sequence goes on. */
  public void activate(Terms agreed, Predicate<String> knownIds) {
    terms = agreed;
    known = knownIds;
    legal = MessageType::isLegalWhenActive;
  }

  /**
   * The peer goes on with a session of an earlier connection in which it used the numbers up to this one: they are
   * stale from here on, and messages under them that the inbox knows are acknowledged afresh (R-8.6-05, A-13).
   */
  public void goOnAfter(long highestReceived) {
    lastSequence = Math.max(lastSequence, highestReceived);
  }

  /** The highest sequence that came under a good signature, -1 before the first: what a resume has to know. */
  public long highestReceived() {
    return lastSequence;
  }

  /**
   * Judges one frame.
   *
   * @param payload the frame's payload, as received
   * @param now the time to hold a ttl against; nothing else depends on it
   */
  public Verdict check(byte[] payload, Instant now) {
    EnvelopeFields received = new EnvelopeFields(JsonObject.builder().build(), addresses);
    boolean mayBeStreamPart = true;
    try {
      requireSize(payload);
      received = new EnvelopeFields(parse(payload), addresses);
      received.requireAll(); // R-23.1-02
      EnvelopeFields signed = new EnvelopeFields(verified(received), addresses);
      boolean rising = advance(signed);
      requireVersion(signed);
      UUID id = signed.id(); // R-4.3-03
      mayBeStreamPart = signed.knownType().filter(type -> !type.isStreamPart()).isEmpty();
      MessageType type = requireLegalType(signed);
      requireBinding(signed);
      boolean isDuplicate = type.isAcknowledged() && known.test(id.toString());
      requireRising(signed, rising || isDuplicate);
      Envelope envelope = signed.envelope();
      if (isDuplicate) { // R-4.3-04, R-4.7-01, R-12.4-04, R-17.2-01
        return new Verdict.Duplicate(envelope);
      }
      requireAlive(envelope, signed.instant(), now);
      ContentRules.requireAllowed(envelope, terms);
      requireNegotiated(envelope);
      requireSoundBody(envelope, terms);
      return new Verdict.Accepted(envelope);
    } catch (ProtocolException fault) {
      return refused(fault, received, mayBeStreamPart);
    }
  }

  /**
   * The checks of a body: it has the shape of its content type and the fields of its envelope's type. Of a compressed
   * or encrypted body only the outer form can be judged; whoever decodes it asks again with the body in clear.
   *
   * @throws ProtocolException {@code invalid_envelope}, or {@code message_too_large} for a file; it names no id
   */
  public static void requireSoundBody(Envelope envelope, Terms terms) throws ProtocolException {
    ContentRules.requireShape(envelope, terms);
    BodyFields.require(envelope);
  }

  /** R-4.6-04; the frame reader refuses larger ones before they are read, this holds for any other source. */
  private void requireSize(byte[] payload) throws ProtocolException {
    if (payload.length > terms.maxMessageBytes()) {
      throw new ProtocolException(ErrorCode.MESSAGE_TOO_LARGE,
          "The envelope has " + payload.length + " bytes; " + terms.maxMessageBytes() + " are accepted.");
    }
  }

  /** R-4.1-01, R-1.4-01: one JSON object in UTF-8, no member twice. */
  private static JsonObject parse(byte[] payload) throws ProtocolException {
    try {
      if (StrictJson.parse(payload) instanceof JsonObject object) {
        return object;
      }
    } catch (JsonException e) {
      throw new ProtocolException(ErrorCode.PROTOCOL_VIOLATION, "The frame is not sound JSON: " + e.getMessage());
    }
    throw new ProtocolException(ErrorCode.PROTOCOL_VIOLATION, "The frame is not a JSON object.");
  }

  /**
   * R-4.3-09, R-13.4-01, R-13.4-02, R-23.1-01: the signature covers the envelope and verifies with the key of the
   * handshake.
   */
  private JsonObject verified(EnvelopeFields received) throws ProtocolException {
    return SignedForms.verified(received.members(), peerKey, addresses).orElseThrow(
        () -> new ProtocolException(ErrorCode.INVALID_SIGNATURE, "The signature does not verify with your key."));
  }

  /** Moves the tracker on as soon as the signature is good, even where a later check refuses the envelope. */
  private boolean advance(EnvelopeFields signed) {
    OptionalLong sequence = signed.plainSequence();
    if (sequence.isEmpty() || sequence.getAsLong() <= lastSequence) {
      return false;
    }
    lastSequence = sequence.getAsLong();
    return true;
  }

  /** R-4.3-02, R-4.2-01, A-17 */
  private static void requireVersion(EnvelopeFields signed) throws ProtocolException {
    if (!signed.version().equals(Spec.VERSION)) {
      throw new ProtocolException(ErrorCode.VERSION_NOT_SUPPORTED,
          "This connection speaks version " + Spec.VERSION + ".");
    }
  }

  /** R-4.3-05, R-4.2-03, R-9.0-01, A-16 */
  private MessageType requireLegalType(EnvelopeFields signed) throws ProtocolException {
    MessageType type = signed.type();
    if (!legal.test(type)) {
      throw new ProtocolException(
          ErrorCode.PROTOCOL_VIOLATION, "The type " + type.wire() + " is not legal in this state of the connection.");
    }
    if (type.isStreamPart() && !terms.streaming()) { // R-6.5-01, R-11.1-01, A-60
      throw new ProtocolException(ErrorCode.PROTOCOL_VIOLATION, "Streaming was not negotiated.");
    }
    return type;
  }

  /** R-4.3-06, R-4.3-07, R-18.4-01: from is whom the handshake proved, and to names this agent. */
  private void requireBinding(EnvelopeFields signed) throws ProtocolException {
    if (!signed.from().names(peerAddress)) {
      throw EnvelopeFields.invalid("The field 'from' is not the address of your handshake.");
    }
    if (signed.to().stream().noneMatch(namesUs)) {
      throw EnvelopeFields.invalid("The field 'to' does not name this agent.");
    }
  }

  /** R-4.3-08, R-17.1-01: gaps are legal, going back is not; a known id is acknowledged afresh instead. */
  private static void requireRising(EnvelopeFields signed, boolean isFine) throws ProtocolException {
    long sequence = signed.sequence();
    if (!isFine) { // R-10.7-03, R-23.1-06
      throw new ProtocolException(
          ErrorCode.SEQUENCE_VIOLATION, "The sequence " + sequence + " is not above the last one received.");
    }
  }

  /** R-4.3-12: the lifetime only ever discards, and never proves anything. */
  private static void requireAlive(Envelope envelope, Instant created, Instant now) throws ProtocolException {
    if (envelope.ttl().isEmpty()) { // R-17.3-01: the timestamp decides nothing then
      return;
    }
    Duration lifetime = Duration.ofSeconds(envelope.ttl().getAsLong());
    Duration age = Duration.between(created, now.minus(CLOCK_SKEW));
    if (lifetime.isZero() || age.compareTo(lifetime) > 0) { // R-23.1-09
      throw new ProtocolException(ErrorCode.TTL_EXPIRED, "The message expired before it arrived.");
    }
  }

  /** R-4.3-11, R-13.5-01: no algorithm but the negotiated one, no encryption that was not agreed. */
  private void requireNegotiated(Envelope envelope) throws ProtocolException {
    if (envelope.compression().isPresent() && !envelope.compression().equals(terms.compression())) { // R-23.1-20
      throw new ProtocolException(ErrorCode.COMPRESSION_NOT_NEGOTIATED, "This compression was not negotiated.");
    }
    if (envelope.e2eNonce().isPresent()) {
      if (!terms.endToEnd()) {
        throw EnvelopeFields.invalid("End-to-end encryption was not negotiated.");
      }
      Optional<byte[]> nonce = StrictBase64.decode(envelope.e2eNonce().get());
      if (nonce.isEmpty() || nonce.get().length != E2E_NONCE_BYTES) { // R-4.2-15
        throw EnvelopeFields.invalid("The field 'e2e_nonce' is not base64 of " + E2E_NONCE_BYTES + " bytes.");
      }
    }
  }

  /** Quotes the id only where it is a UUID, and answers no answer. */
  private static Verdict refused(ProtocolException fault, EnvelopeFields received, boolean mayBeStreamPart) {
    boolean isAnswer = received.knownType().filter(EnvelopeCheck::isAnswer).isPresent();
    return new Verdict.Refused(
        fault.code(), received.quotableId(), fault.reason(), fault.isAnswerable() && !isAnswer, mayBeStreamPart);
  }

  private static boolean isAnswer(MessageType type) {
    return type == MessageType.ERROR || type == MessageType.MESSAGE_ACK || type == MessageType.HEARTBEAT_ACK
        || type == MessageType.KEY_ROTATION_ACK;
  }
}
