package dev.toq.app.daemon;

import dev.toq.protocol.Spec;
import dev.toq.protocol.body.BodyCodec;
import dev.toq.protocol.body.EndToEnd;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.Timestamps;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.CardExchange;
import dev.toq.protocol.session.ChannelBinding;
import dev.toq.protocol.session.FrameChannel;
import dev.toq.protocol.session.Handshake;
import dev.toq.protocol.session.HandshakeException;
import dev.toq.protocol.session.Negotiation;
import dev.toq.protocol.session.PeerCredentials;
import dev.toq.protocol.session.RefusedByPeerException;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.session.SetupChannel;
import dev.toq.protocol.wire.FrameReader;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.spectests.RawPeer;
import dev.toq.store.Config;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A call as an agent of ours makes it, by the steps of {@link Connection}, with a stream that keeps what it hears. */
final class OwnCall {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

  private OwnCall() {}

  static byte[] make(Caller caller, Address agent) throws Exception {
    OwnCall call = new OwnCall();
    try (Deadlines deadlines = new Deadlines(System::nanoTime);
        Wire wire = new Wire(SocketChannel.open(new InetSocketAddress("127.0.0.1", agent.dialPort())), deadlines,
            RawPeer.PATIENCE)) {
      wire.reading().in(RawPeer.PATIENCE);
      call.converse(wire, new Self(caller.identity(), Address.parse(caller.address()), caller.chain()), agent);
      if (!wire.isOpen()) {
        throw new AssertionError("the agent neither answered nor ended the connection");
      }
    }
    return call.heard.toByteArray();
  }

  private void converse(Wire wire, Self self, Address agent) throws Exception {
    Wire.Streams streams = wire.secureAsClient(TlsContexts.client());
    InputStream in = new Recording(streams.in());
    FrameChannel channel = new FrameChannel(new FrameReader(in), streams.out());
    try {
      PeerCredentials peer = Handshake.initiate(channel, self, agent, RANDOM);
      SetupChannel setup = new SetupChannel(channel, self, peer, agent, self.address()::names,
          ChannelBinding.asInitiator(streams::exported, false), UUID::randomUUID, InstantSource.system());
      if (Negotiation.request(setup, Offer.OURS) instanceof Negotiation.Outcome.Agreed agreed) {
        Config config = Config.standard();
        CardExchange.exchange(setup, Cards.own(config, Config.ConnectionMode.OPEN, self));
        BodyCodec codec = new BodyCodec(Offer.terms(config, agreed), Spec.MAX_MESSAGE_BYTES, agreed.endToEnd()
            ? Optional.of(new EndToEnd(self.identity(), peer.key(), 0, count -> {})) : Optional.empty(),
            RANDOM, BodyCodec.Choices.DEFAULT);
        Envelope message = Envelope.of(UUID.randomUUID(), MessageType.MESSAGE_SEND, self.address(), List.of(agent), 0,
            Timestamps.format(InstantSource.system().instant()))
            .withContentType(Optional.of("application/json"))
            .withBody(JsonObject.builder().put("text", "hello").build());
        EnvelopeWriter writer = new EnvelopeWriter(wire, streams.out(), self.identity(), setup.nextSequence());
        writer.write(codec.sealed(message), Spec.MAX_MESSAGE_BYTES);
        writer.flush();
        new FrameReader(in).read(Spec.MAX_MESSAGE_BYTES);
      } else {
        drain(in);
      }
    } catch (HandshakeException | RefusedByPeerException | IOException ended) {
      drain(in); // heard says how far it came
    }
  }

  /** Until the agent ends the connection. */
  private static void drain(InputStream in) {
    try {
      while (in.read() >= 0) {
        // kept by the stream itself
      }
    } catch (IOException ended) {
      // an end as well
    }
  }

  private final class Recording extends FilterInputStream {
    Recording(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      heard.write(into, offset, Math.max(0, read));
      return read;
    }
  }
}
