package dev.toq.app.daemon;

import dev.toq.protocol.Spec;
import dev.toq.protocol.body.BodyCodec;
import dev.toq.protocol.body.EndToEnd;
import dev.toq.protocol.body.Streams;
import dev.toq.protocol.envelope.EnvelopeCheck;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.session.Card;
import dev.toq.protocol.session.CardExchange;
import dev.toq.protocol.session.ChannelBinding;
import dev.toq.protocol.session.FrameChannel;
import dev.toq.protocol.session.HandshakeException;
import dev.toq.protocol.session.Negotiation.Outcome.Agreed;
import dev.toq.protocol.session.PeerCredentials;
import dev.toq.protocol.session.Phase;
import dev.toq.protocol.session.RefusedByPeerException;
import dev.toq.protocol.session.ResumableSession.CardLimits;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.session.SetupChannel;
import dev.toq.protocol.wire.FrameReader;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/**
 * One toq connection in either role, from TLS to its end. {@link #run} is its whole life, on one virtual thread; every
 * step is one call that returns or throws, under a deadline of its own.
 */
final class Connection implements Runnable {
  private final Node node;
  private final Wire wire;
  private final Role role;
  private final Self self;
  private volatile Phase phase = Phase.CONNECTING;

  Connection(Node node, Wire wire, Role role) {
    this.node = node;
    this.wire = wire;
    this.role = role;
    this.self = node.self();
  }

  @Override
  public void run() {
    Optional<Session> active = Optional.empty();
    try (wire) {
      wire.reading().in(node.config().handshakeTimeout());
      Wire.Streams streams = role.secure();

      enter(Phase.HANDSHAKE);
      wire.reading().in(node.config().handshakeTimeout()); // R-5.7-01
      FrameReader frames = new FrameReader(streams.in(), new FrameDeadline(), node.frameBudget());
      FrameChannel channel = new FrameChannel(frames, streams.out());
      Role.Proven proven = role.prove(channel, self);
      PeerCredentials peer = proven.peer();
      PeerKeys keys = proven.keys();

      enter(Phase.NEGOTIATING);
      wire.reading().in(node.config().negotiationTimeout()); // R-6.4-01, R-6.4-02
      SetupChannel setup = new SetupChannel(channel, self, peer, role.counterpart(peer), node::isNamedBy,
          binding(streams, keys), UUID::randomUUID, node.clock());
      Opened opened = reporting(setup, () -> role.open(setup, peer, keys));

      Lasting lasting = switch (opened) {
        case Opened.Anew(Agreed agreed) -> new Lasting(role.sessionId(peer), agreed, swapCards(setup));
        case Opened.Resumed resumed -> Lasting.of(resumed.session(), role.sessionId(peer)); // R-8.6-02
      };

      enter(Phase.ACTIVE); // R-7.6-01
      wire.reading().clear();
      Session session = activate(peer, keys, lasting, setup, frames, streams);
      active = Optional.of(session);
      session.converse(opened instanceof Opened.Resumed resumed ? resumed.first() : Optional.empty());
      role.ended(session.end());
    } catch (Role.Declined declined) {
      role.ended(declined.reason());
    } catch (RefusedByPeerException refused) {
      // The peer said why it does not want us.
      role.ended(String.valueOf(refused.getMessage()));
    } catch (HandshakeException stranger) {
      // Somebody who is no toq peer, or no honest one: they learn nothing (R-5.1-01), the owner does.
      Journal.emit(new Journal.Event.HandshakeFailed(source(), String.valueOf(stranger.getMessage())));
      role.ended("the handshake failed: " + stranger.getMessage());
    } catch (ProtocolException broken) {
      // The peer's fault after it proved its key; what it may be told it has been told.
      Journal.emit(new Journal.Event.HandshakeFailed(source(), broken.code().wire() + ": " + broken.reason()));
      role.ended(broken.reason());
    } catch (IOException gone) {
      // The network's fault, or a deadline: peers leave without a goodbye, so this is ordinary.
      Journal.debug("connection with " + source() + " ended in " + phase + ": " + gone);
      role.ended("the connection was lost during " + phase);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException fault) {
      // Our fault: this connection dies, the daemon lives.
      Journal.bug("a connection with " + source(), fault);
      role.ended("internal error; the log says more");
    } finally {
      enter(Phase.CLOSED);
      active.ifPresent(this::leave);
    }
  }

  /** A key that bound itself once must do so on every connection, and so must one that replaced it. */
  private ChannelBinding binding(Wire.Streams streams, PeerKeys keys) throws IOException {
    boolean isRequired = keys.boundItself(node.peers());
    return role.isInitiator() ? ChannelBinding.asInitiator(streams::exported, isRequired)
        : ChannelBinding.asReceiver(streams::exported, isRequired);
  }

  private CardLimits swapCards(SetupChannel setup)
      throws IOException, ProtocolException, RefusedByPeerException, Role.Declined {
    enter(Phase.CARD_EXCHANGE);
    wire.reading().in(node.config().negotiationTimeout());
    Card own = Cards.own(node.config(), node.policy().mode(), self);
    return CardLimits.of(reporting(setup, () -> CardExchange.exchange(setup, own)));
  }

  private void enter(Phase next) {
    phase = phase.become(next);
  }

  /** A step after the handshake: a fault of the peer is reported to it, where it may be told, before it is thrown. */
  private static <T> T reporting(SetupChannel setup, Step<T> step)
      throws IOException, ProtocolException, RefusedByPeerException, Role.Declined {
    try {
      return step.take();
    } catch (ProtocolException fault) {
      setup.report(fault);
      throw fault;
    }
  }

  private interface Step<T> {
    T take() throws IOException, ProtocolException, RefusedByPeerException, Role.Declined;
  }

  private Session activate(PeerCredentials peer, PeerKeys keys, Lasting lasting, SetupChannel setup,
      FrameReader frames, Wire.Streams streams) throws IOException {
    Agreed agreed = lasting.agreed();
    Terms terms = Offer.terms(node.config(), agreed);
    EnvelopeCheck check = setup.activate(terms, id -> keys.acceptedUnder(node.inbox(), id).isPresent());
    EnvelopeWriter writer = new EnvelopeWriter(wire, streams.out(), self.identity(), setup.nextSequence());
    // R-7.2-06, R-7.4-01
    long peerLimit = Math.min(
        node.config().maxMessageSize(), lasting.limits().maxMessageBytes().orElse(Spec.MAX_MESSAGE_BYTES));
    Optional<EndToEnd> endToEnd = agreed.endToEnd()
        ? Optional.of(node.secrets().between(self.identity(), peer.key())) : Optional.empty();
    BodyCodec codec = new BodyCodec(terms, peerLimit, endToEnd, node.random(), BodyCodec.Choices.DEFAULT);
    Session session = new Session(node, wire, new Session.Established(keys, peer.address(),
        role.counterpart(peer), lasting, role.isInitiator(), role.isInitiator() || Offer.isDuplex(agreed),
        Offer.sharesAcks(agreed), agreed.streaming(), peerLimit, codec,
        new Streams(Streams.Limits.of(terms), node.streamBudget()), check, writer, frames));
    node.registry().add(session);
    if (!role.isStillAdmitted(peer, keys)) {
      session.expel("the owner's rules changed"); // after the decision, and before they could see this connection
    }
    node.peers().touch(peer.key(), peer.address().toString(), node.clock().instant()); // R-5.6-01
    if (setup.isBound()) {
      node.peers().boundItself(peer.key());
    }
    node.pins().met(peer, wire.remote().getAddress(),
        role.isInitiator() ? Optional.of(role.counterpart(peer)) : Optional.empty());
    Journal.emit(new Journal.Event.ConnectionUp(
        peer.key(), peer.address().toString(), role.isInitiator() ? "outbound" : "inbound", session.id()));
    role.active(session);
    return session;
  }

  private void leave(Session session) {
    node.registry().remove(session);
    session.lost().ifPresent(lost -> node.lostSessions().remember(lost, role.isInitiator()));
    session.left();
    Journal.emit(
        new Journal.Event.ConnectionClosed(session.peerKey(), session.peerAddress().toString(), session.end()));
  }

  private String source() {
    return wire.remote().getAddress().getHostAddress();
  }

  /** A frame that has begun must end in time; before ACTIVE the deadline of the stage covers it. */
  private final class FrameDeadline implements FrameReader.Progress {
    @Override
    public void started() {
      if (phase == Phase.ACTIVE) {
        wire.reading().in(node.config().heartbeatTimeout());
      }
    }

    @Override
    public void finished() {
      if (phase == Phase.ACTIVE) {
        wire.reading().clear();
      }
    }
  }
}
