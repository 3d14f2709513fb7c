package dev.toq.protocol.session;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.EnvelopeCheck;
import dev.toq.protocol.envelope.EnvelopeCodec;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.envelope.SystemMessages.PeerError;
import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Signed envelopes between the handshake and ACTIVE: both sequences, the checks of section 4.3, frames of at most
 * 128 KiB. One thread uses it. A fault here ends the connection; {@link #report} says what the peer may be told.
 */
public final class SetupChannel {
  private final FrameChannel channel;
  private final Self self;
  private final PublicKey peerKey;
  private final Address to;
  private final Supplier<UUID> ids;
  private final InstantSource clock;
  private final EnvelopeCheck check;
  private final ChannelBinding binding;
  private boolean bound;
  private long nextSequence;
  private Optional<UUID> request = Optional.empty();

  /**
   * @param to whom our envelopes name: as initiator the dialled address, as receiver the claimed one
   * @param namesUs whether an address means this agent
   * @param binding the values of the TLS connection beneath
   * @param ids fresh UUIDs of version 4
   */
  public SetupChannel(FrameChannel channel, Self self, PeerCredentials peer, Address to, Predicate<Address> namesUs,
      ChannelBinding binding, Supplier<UUID> ids, InstantSource clock) {
    this.channel = channel;
    this.binding = binding;
    this.self = self;
    this.peerKey = peer.key();
    this.to = to;
    this.ids = ids;
    this.clock = clock;
    this.check = EnvelopeCheck.beforeActive(peer.key(), peer.address(), namesUs);
  }

  public PublicKey peerKey() {
    return peerKey;
  }

  /**
   * Whether the peer has bound itself to this connection. A key that did must do so on every later one, so this is
   * worth remembering as soon as it is true.
   */
  public boolean isBound() {
    return bound;
  }

  /** The sequence of the first envelope that we send when ACTIVE. */
  public long nextSequence() {
    return nextSequence;
  }

  /** The setup is over: the same check, with its sequence, for the ACTIVE connection. */
  public EnvelopeCheck activate(Terms terms, Predicate<String> known) {
    check.activate(terms, known);
    return check;
  }

  /**
   * A resumed session goes on: what we send follows on the highest number that we ever sent in it, and what the peer
   * sends has to be above the highest that it ever sent (R-8.6-05, A-13).
   */
  void continues(ResumableSession session) {
    nextSequence = session.highestSent() + 1;
    check.goOnAfter(session.highestReceived());
  }

  /** Our value, to go into a body that we sign. */
  JsonObject bind(JsonObject members) {
    return binding.addTo(members);
  }

  /** Holds the peer's value against the one of this connection; {@code members} is where it stands. */
  void requireBinding(Envelope envelope, JsonObject members) throws ProtocolException {
    bound = binding.check(envelope, members) || bound;
  }

  /** What a proof of an invitation is about: this connection and the keys of its ends, the initiator's first. */
  String pairingStatement(boolean isInitiator) {
    String ownKey = self.identity().publicKey().toString();
    return isInitiator
        ? String.join("\n", "toq-pairing-1", binding.own(), binding.expected(), ownKey, peerKey.toString())
        : String.join("\n", "toq-pairing-1", binding.expected(), binding.own(), peerKey.toString(), ownKey);
  }

  /** The judgement on the next envelope of a connection that may be ACTIVE on the other side. */
  Verdict receiveActive(int limit) throws IOException, ProtocolException {
    return check.check(channel.read(limit), clock.instant());
  }

  /** Tells the peer of a fault where it may be told anything; the connection ends in any case. */
  public void report(ProtocolException fault) throws IOException {
    if (fault.isAnswerable()) {
      send(stamp -> SystemMessages.error(stamp, fault.code(), fault.reason(), fault.relatedId()));
    }
  }

  /** Signs and sends one envelope. */
  Envelope send(Function<Stamp, Envelope> content) throws IOException {
    Envelope envelope = content.apply(new Stamp(ids.get(), self.address(), to, nextSequence, clock.instant()));
    nextSequence++; // R-4.2-08, R-10.7-01
    channel.write(EnvelopeCodec.seal(envelope, self.identity()));
    return envelope;
  }

  /** The id of the negotiate.request of this session: what both sides send from then on refers to it. */
  void refersTo(UUID requestId) {
    request = Optional.of(requestId);
  }

  Optional<UUID> request() {
    return request;
  }

  /**
   * Reads one envelope of one of these types.
   *
   * @throws RefusedByPeerException where the peer sent a system.error or took its leave instead
   */
  Envelope receive(Set<MessageType> expected) throws IOException, ProtocolException, RefusedByPeerException {
    Envelope envelope = switch (check.check(channel.read(Spec.MAX_SETUP_FRAME_BYTES), clock.instant())) {
      case Verdict.Accepted(Envelope accepted) -> accepted;
      case Verdict.Duplicate(Envelope seen) -> throw outOfPlace(seen);
      case Verdict.Refused refused -> throw inSetup(refused);
    };
    if (expected.contains(envelope.type())) {
      requireOurRequest(envelope);
      return envelope;
    }
    requireNoRefusal(envelope);
    throw outOfPlace(envelope);
  }

  /** An error or a goodbye during the setup, as what it is. */
  static void requireNoRefusal(Envelope envelope) throws RefusedByPeerException {
    if (envelope.type() == MessageType.ERROR) {
      PeerError error = SystemMessages.error(envelope);
      throw new RefusedByPeerException(Optional.of(error.codeText()), error.message());
    }
    if (envelope.type() == MessageType.SESSION_DISCONNECT) {
      throw new RefusedByPeerException(Optional.empty(), "the peer ended the connection before it was set up");
    }
  }

  /** An answer that names another request was signed for another session; the reference names none. */
  void requireOurRequest(Envelope envelope) throws ProtocolException {
    Optional<String> wanted = request.map(UUID::toString);
    if (wanted.isPresent() && envelope.replyTo().isPresent() && !envelope.replyTo().equals(wanted)) {
      throw new ProtocolException(ErrorCode.PROTOCOL_VIOLATION,
          "The " + envelope.type().wire() + " belongs to another session.").unanswered();
    }
  }

  private static ProtocolException outOfPlace(Envelope envelope) {
    return new ProtocolException(ErrorCode.PROTOCOL_VIOLATION,
        "A " + envelope.type().wire() + " has no place here in the setup of a connection.").unanswered();
  }

  /** Whoever has not yet signed an envelope for us, or sends what is illegal, gets a bare close. */
  static ProtocolException inSetup(Verdict.Refused refused) {
    ProtocolException fault = ProtocolException.of(refused);
    return switch (refused.code()) {
      case INVALID_SIGNATURE, PROTOCOL_VIOLATION, MESSAGE_TOO_LARGE -> fault.unanswered();
      default -> fault;
    };
  }
}
