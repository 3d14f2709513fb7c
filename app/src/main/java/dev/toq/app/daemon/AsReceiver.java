package dev.toq.app.daemon;

import dev.toq.app.admission.Admission.Visit;
import dev.toq.app.admission.Offence;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.DnsRecord;
import dev.toq.protocol.session.FrameChannel;
import dev.toq.protocol.session.Handshake;
import dev.toq.protocol.session.HandshakeException;
import dev.toq.protocol.session.Negotiation;
import dev.toq.protocol.session.Negotiation.Outcome;
import dev.toq.protocol.session.Opening;
import dev.toq.protocol.session.Pairing;
import dev.toq.protocol.session.PeerCredentials;
import dev.toq.protocol.session.RefusedByPeerException;
import dev.toq.protocol.session.ResumableSession;
import dev.toq.protocol.session.Resume;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.session.SetupChannel;
import dev.toq.store.Config.ConnectionMode;
import java.io.IOException;
import java.util.Optional;

/** The receiver of a connection (specification 5.4): somebody came to us. */
final class AsReceiver implements Role {
  private final Node node;
  private final Wire wire;
  private final byte[] consumed;
  private final Visit visit;
  private String sessionId = "";
  private Optional<Policy.Standing> standing = Optional.empty();

  /**
   * @param consumed what was read of the connection to learn that it speaks TLS
   * @param visit hears what the peer does wrong; where it is beyond {@code max_connections}, a peer that we would admit
   *     is told so
   */
  AsReceiver(Node node, Wire wire, byte[] consumed, Visit visit) {
    this.node = node;
    this.wire = wire;
    this.consumed = consumed;
    this.visit = visit;
  }

  @Override
  public Wire.Streams secure() throws IOException {
    try {
      return wire.secureAsServer(node.serverTls(), consumed);
    } catch (IOException unfinished) {
      punish(unfinished);
      throw unfinished;
    }
  }

  @Override
  public Proven prove(FrameChannel channel, Self self) throws IOException, HandshakeException, Declined {
    PeerCredentials peer = received(channel, self);
    PeerKeys keys = PeerKeys.of(peer, node.peers());
    if (keys.any(key -> node.policy().blocks(key, peer.address()))) { // a block stays with its agent
      throw new Declined("blocked"); // R-5.4-03: before we reveal who we are, and without a sign
    }
    if (mayConfirm(peer)) {
      node.pins().checkKey(peer, wire.remote().getAddress(), peer.address());
    } else {
      node.pins().check(peer, keys, wire.remote().getAddress(), Optional.empty());
    }
    sessionId = Handshake.answer(channel, self, node.random());
    return new Proven(peer, keys);
  }

  /**
   * Whether the claimed address may yet be confirmed, by DNS or by an invite, which counts for more than what somebody
   * once said of himself. Both come after the peer has signed something, so its address is judged then.
   */
  private boolean mayConfirm(PeerCredentials peer) {
    return node.policy().mode() == ConnectionMode.DNS_VERIFIED && DnsRecord.mayBeAt(peer.address())
        || node.pairings().areOpen();
  }

  private PeerCredentials received(FrameChannel channel, Self self) throws IOException, HandshakeException {
    try {
      return Handshake.receive(channel, self);
    } catch (HandshakeException refused) {
      switch (refused.fault()) {
        case BAD_PROOF, BAD_ROTATION -> punish(Offence.FORGED);
        case NOT_TOQ, MALFORMED, BAD_KEY -> punish(Offence.UNFINISHED);
        case OWN_KEY, WRONG_AGENT -> { } // an honest peer that took a wrong turn
      }
      throw refused;
    } catch (IOException unfinished) {
      punish(unfinished);
      throw unfinished;
    }
  }

  /** The deadline closes the wire on our side; else the peer left or spoke nonsense. */
  private void punish(IOException unfinished) {
    Journal.debug("a handshake was not finished: " + unfinished);
    punish(wire.isOpen() ? Offence.UNFINISHED : Offence.STALLED);
  }

  private void punish(Offence offence) {
    Listener.punish(wire.remote().getAddress(), visit, offence);
  }

  /** The decision is made once the peer has signed an envelope for us, and with no lock held while it may be silent. */
  @Override
  public Opened open(SetupChannel setup, PeerCredentials peer, PeerKeys keys)
      throws IOException, ProtocolException, RefusedByPeerException, Declined {
    Opening opening = opening(setup);
    if (!node.challenges().firstUse(peer.key(), peer.challenge(), node.clock().instant())) {
      punish(Offence.FORGED);
      throw new Declined("credentials that were used before"); // R-17.4-01, A-35
    }
    node.pins().follow(peer, keys);
    boolean invited = opening instanceof Negotiation.Request request && redeemed(setup, request, peer, keys);
    Policy.Standing known = node.policy().standing(peer.key(), peer.address(), wire.remote().getAddress());
    standing = Optional.of(known);
    if (known.isVerified()) {
      node.pins().bind(peer.address(), peer.key());
    }
    node.pins().check(peer, keys, wire.remote().getAddress(), Optional.empty());
    return switch (opening) {
      case Negotiation.Request request -> negotiated(setup, request, known, invited);
      case Resume.Request request -> {
        Optional<ResumableSession> session = resumed(setup, request, known);
        yield session.isPresent() ? new Opened.Resumed(session.get(), Optional.empty())
            : negotiated(setup, Negotiation.receive(setup), known, false);
      }
    };
  }

  private Opening opening(SetupChannel setup) throws IOException, ProtocolException, RefusedByPeerException {
    try {
      return Opening.receive(setup);
    } catch (ProtocolException fault) {
      if (fault.code() == ErrorCode.INVALID_SIGNATURE) { // anybody can show credentials that he has seen
        punish(Offence.FORGED);
      }
      throw fault;
    }
  }

  /** The lost session that the peer asks for, where the owner's rules still admit the key; else it is told no. */
  private Optional<ResumableSession> resumed(SetupChannel setup, Resume.Request request, Policy.Standing peer)
      throws IOException, ProtocolException, Declined {
    Optional<ResumableSession> session = Optional.empty();
    switch (node.policy().decide(peer)) {
      case Policy.Decision.Admit() -> {
        requireRoom(peer);
        session = Resume.answer(
            setup, request, node.lostSessions(), node.clock().instant(), node.lostSessions().timeout());
      }
      case Policy.Decision.Ask(), Policy.Decision.Deny() -> Resume.refuse(setup, request); // the negotiation says why
      case Policy.Decision.Refuse() -> throw new Declined("not allowed by the owner's rules");
    }
    wire.reading().in(node.config().negotiationTimeout());
    return session;
  }

  /** Whether the peer showed an invite of ours; it is used up then, and the peer approved. */
  private boolean redeemed(SetupChannel setup, Negotiation.Request request, PeerCredentials peer, PeerKeys keys)
      throws IOException, Declined {
    Optional<Pairing.Asked> asked = Pairing.asked(request);
    if (asked.isPresent()) {
      node.pins().checkOwner(peer, keys, wire.remote().getAddress()); // else an invite is used up that lets nobody in
      if (!node.pairings().redeem(setup, asked.get(), peer)) {
        punish(Offence.FORGED);
        throw new Declined("it showed an invite that is not good");
      }
    }
    return asked.isPresent();
  }

  private Opened negotiated(
      SetupChannel setup, Negotiation.Request request, Policy.Standing peer, boolean invited)
      throws IOException, ProtocolException, Declined {
    switch (node.policy().decide(peer)) { // R-5.5-02
      case Policy.Decision.Admit() -> requireRoom(peer);
      case Policy.Decision.Ask() -> ask(setup, request, peer);
      case Policy.Decision.Deny() -> {
        Negotiation.deny(setup, request);
        throw new Declined("denied by the owner");
      }
      case Policy.Decision.Refuse() -> throw new Declined("not allowed by the owner's rules");
    }
    return switch (Negotiation.respond(
        setup, request, invited ? Pairing.granted(Offer.OURS) : Offer.OURS)) {
      case Outcome.Agreed agreed -> new Opened.Anew(agreed);
      case Outcome.Rejected rejected -> throw new Declined(rejected.reason());
      case Outcome.ApprovalPending pending -> throw new IllegalStateException("not an answer of ours: " + pending);
      case Outcome.ApprovalDenied denied -> throw new IllegalStateException("not an answer of ours: " + denied);
    };
  }

  private void requireRoom(Policy.Standing peer) throws ProtocolException {
    if (node.policy().approves(peer.key())) {
      visit.showsApprovedKey();
    }
    if (!visit.hasRoom()) { // R-21.3-02, A-57
      throw new ProtocolException(
          ErrorCode.RESOURCE_EXHAUSTED, "This agent has as many connections as it may have; try again later.");
    }
  }

  private void ask(SetupChannel setup, Negotiation.Request request, Policy.Standing peer)
      throws IOException, Declined {
    boolean waits = node.policy().queue().request(
        peer.key(), peer.claimed(), wire.remote().getAddress(), node.clock().instant());
    if (!waits) {
      throw new Declined("the queue of pending approvals is full");
    }
    Journal.emit(new Journal.Event.ApprovalRequested(
        peer.key(), peer.claimed().toString(), wire.remote().getAddress().getHostAddress()));
    Negotiation.askForApproval(setup, request, "The owner of this agent has to approve you first."); // R-16.4-01
    throw new Declined("waits for the owner's approval");
  }

  @Override
  public Address counterpart(PeerCredentials peer) {
    return peer.address();
  }

  @Override
  public String sessionId(PeerCredentials peer) {
    return sessionId;
  }

  @Override
  public boolean isStillAdmitted(PeerCredentials peer, PeerKeys keys) {
    return standing.filter(node.policy()::admits).isPresent()
        && !keys.any(key -> node.policy().blocks(key, peer.address()));
  }

  @Override
  public boolean isInitiator() {
    return false;
  }

  @Override
  public void active(Session session) {
    standing.filter(Policy.Standing::isVerified)
        .ifPresent(peer -> node.pins().bind(peer.claimed(), peer.key())); // DNS has confirmed both
    Journal.debug("inbound session " + session.id());
  }

  @Override
  public void ended(String reason) {
    Journal.debug("inbound connection from " + wire.remote().getAddress().getHostAddress() + " ended: " + reason);
  }
}
