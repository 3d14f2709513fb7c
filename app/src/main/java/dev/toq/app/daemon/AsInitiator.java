package dev.toq.app.daemon;

import dev.toq.app.daemon.Dialer.DialException;
import dev.toq.app.daemon.Dialer.DialException.Kind;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.Features;
import dev.toq.protocol.session.FrameChannel;
import dev.toq.protocol.session.Handshake;
import dev.toq.protocol.session.HandshakeException;
import dev.toq.protocol.session.Invitation;
import dev.toq.protocol.session.Negotiation;
import dev.toq.protocol.session.Negotiation.Outcome;
import dev.toq.protocol.session.Pairing;
import dev.toq.protocol.session.PeerCredentials;
import dev.toq.protocol.session.RefusedByPeerException;
import dev.toq.protocol.session.ResumableSession;
import dev.toq.protocol.session.Resume;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.session.SetupChannel;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The initiator of a connection (specification 5.3): we dialled an address, and callers wait for the outcome. */
final class AsInitiator implements Role {
  private final Node node;
  private final Wire wire;
  private final Address dialled;
  private final Route route;
  private final CompletableFuture<Session> outcome;
  private final Optional<Invitation> invitation;
  private Kind kind = Kind.UNREACHED;
  private boolean startsAnew;

  /**
   * Makes the role for one connection.
   *
   * @param invitation what the owner was given for this agent; only the agent that it names is spoken to then
   */
  AsInitiator(Node node, Wire wire, Address dialled, Route route, CompletableFuture<Session> outcome,
      Optional<Invitation> invitation) {
    this.node = node;
    this.wire = wire;
    this.dialled = dialled;
    this.route = route;
    this.outcome = outcome;
    this.invitation = invitation;
  }

  @Override
  public Wire.Streams secure() throws IOException {
    return wire.secureAsClient(node.clientTls());
  }

  @Override
  public Proven prove(FrameChannel channel, Self self)
      throws IOException, HandshakeException, RefusedByPeerException, Declined {
    PeerCredentials peer = Handshake.initiate(channel, self, dialled, node.random());
    PeerKeys keys = PeerKeys.of(peer, node.peers());
    if (isBlocked(peer, keys)) {
      kind = Kind.BLOCKED;
      throw new Declined(Dialer.BLOCKED + dialled.full()); // R-5.5-01
    }
    if (!route.leadsTo(peer)) { // R-20.4-01, A-52
      throw new Declined(notTheDomains(dialled));
    }
    if (invitation.isPresent()) {
      requireInvited(peer, invitation.get()); // the owner's word: to whom the address belonged before is no hindrance
      node.pins().checkKey(peer, wire.remote().getAddress(), dialled);
    } else {
      node.pins().check(peer, keys, wire.remote().getAddress(), Optional.of(dialled));
    }
    return new Proven(peer, keys);
  }

  static String notTheDomains(Address dialled) {
    return "who answers at " + dialled.full() + " has another key than "
        + (dialled.host().endsWith(".local") ? "the one that is announced there" : "the domain's DNS record");
  }

  private void requireInvited(PeerCredentials peer, Invitation invited) throws Declined {
    if (!invited.fingerprint().equals(peer.key().fingerprint())) {
      throw new Declined("another agent answers at " + dialled.full() + ": its key is " + peer.key().fingerprint()
          + ", the invite says " + invited.fingerprint() + "; nothing was approved");
    }
  }

  @Override
  public Opened open(SetupChannel setup, PeerCredentials peer, PeerKeys keys)
      throws IOException, ProtocolException, RefusedByPeerException, Declined {
    if (invitation.isPresent()) {
      return paired(setup, peer, keys, invitation.get());
    }
    Optional<ResumableSession> lost = node.lostSessions().takeOwn(peer.key()); // R-8.6-01
    Opened opened =
        lost.isPresent() ? resumed(setup, lost.get(), keys) : negotiated(setup, Offer.OURS);
    node.pins().follow(peer, keys);
    return opened;
  }

  /** Asks to go on with a lost session. Where that comes to nothing, however, a new connection has to be opened. */
  private Opened resumed(SetupChannel setup, ResumableSession session, PeerKeys keys)
      throws IOException, ProtocolException, RefusedByPeerException, Declined {
    startsAnew = true;
    Resume.Outcome answer = Resume.request(setup, session, Offer.terms(node.config(), session.agreed()),
        id -> keys.acceptedUnder(node.inbox(), id).isPresent());
    return switch (answer) {
      case Resume.Outcome.Resumed(var first) -> {
        startsAnew = false;
        yield new Opened.Resumed(session, Optional.of(first));
      }
      case Resume.Outcome.Expired() -> throw new Declined(dialled.full() + " does not know the session any more");
    };
  }

  /** Whether the peer refused to go on with a lost session: then all begins anew, on a new connection (R-8.6-06). */
  boolean startsAnew() {
    return startsAnew;
  }

  /** Shows the invitation, and approves the peer once it has taken it. */
  private Opened paired(SetupChannel setup, PeerCredentials peer, PeerKeys keys, Invitation invited)
      throws IOException, ProtocolException, RefusedByPeerException, Declined {
    Opened opened;
    try {
      opened = negotiated(setup, Pairing.asking(setup, Offer.OURS, invited.code()));
    } catch (IOException silent) { // how everybody is refused who has nothing good to show
      throw new Declined(dialled.full()
          + " did not take the invite: it was used before, has run out, or was taken back; or the connection was lost"
          + " before the answer, and the invite is used up; nothing was approved here");
    }
    if (!Pairing.isGranted(setup, opened.agreed())) {
      throw new Declined(dialled.full() + " does not know invites; nothing was approved");
    }
    node.pins().follow(peer, keys);
    node.pairings().accepted(peer.key(), dialled);
    return opened;
  }

  private Opened negotiated(SetupChannel setup, Features ours)
      throws IOException, ProtocolException, RefusedByPeerException, Declined {
    return switch (Negotiation.request(setup, ours)) {
      case Outcome.Agreed agreed -> new Opened.Anew(agreed);
      case Outcome.Rejected(String reason, var versions) ->
          throw new Declined(dialled.full() + " refused the negotiation: " + reason); // R-9.2-04
      case Outcome.ApprovalPending(var message) -> {
        kind = Kind.PENDING; // R-16.4-02
        throw new Declined(
            dialled.full() + " has to approve this agent first" + message.map(AsInitiator::quoted).orElse(""));
      }
      case Outcome.ApprovalDenied(var reason) -> {
        kind = Kind.DENIED;
        throw new Declined(dialled.full() + " denied this agent" + reason.map(AsInitiator::quoted).orElse(""));
      }
    };
  }

  private static String quoted(String text) {
    return "; it says: " + text;
  }

  @Override
  public Address counterpart(PeerCredentials peer) {
    return dialled;
  }

  @Override
  public String sessionId(PeerCredentials peer) {
    return peer.sessionId().orElse("");
  }

  /** By one of its keys, by the address that was dialled, or by the one that it claims. */
  private boolean isBlocked(PeerCredentials peer, PeerKeys keys) {
    return keys.any(key -> node.policy().blocks(key, dialled)) || node.policy().blocks(peer.address());
  }

  @Override
  public boolean isStillAdmitted(PeerCredentials peer, PeerKeys keys) {
    return !isBlocked(peer, keys);
  }

  @Override
  public boolean isInitiator() {
    return true;
  }

  @Override
  public void active(Session session) {
    node.registry().answeredAt(dialled, session.peerKey());
    if (node.policy().approves(session.peerKey())) {
      node.admission().reached(wire.remote().getAddress());
    }
    outcome.complete(session);
  }

  @Override
  public void ended(String reason) {
    if (!startsAnew) {
      outcome.completeExceptionally(new DialException(reason, kind));
    }
  }
}
