package dev.toq.app.daemon;

import dev.toq.app.admission.Admission;
import dev.toq.app.admission.Admission.Visit;
import dev.toq.app.admission.Offence;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Accepts connections on the one port, at one address of it or at all. The accept loop does no input or output with a
 * peer: not one byte is read there. The first byte, read on the connection's own virtual thread, decides between toq
 * over TLS and the loopback API.
 */
final class Listener {
  /** First byte of a TLS handshake record (RFC 8446 section 5.1). */
  private static final int TLS_HANDSHAKE = 0x16;

  /** Where accepting fails, as it does without file descriptors, it is tried again so much later. */
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Node node;
  private final HttpSide http;
  private final ServerSocketChannel server;
  private final Thread acceptor;

  /** Starts to accept on a bound socket, until it is closed. */
  static void start(Node node, HttpSide http, ServerSocketChannel bound) {
    new Listener(node, http, bound).acceptor.start();
  }

  private Listener(Node node, HttpSide http, ServerSocketChannel server) {
    this.node = node;
    this.http = http;
    this.server = server;
    this.acceptor = Thread.ofPlatform().name("toq-accept").unstarted(this::accept);
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        admit(server.accept());
      } catch (ClosedChannelException stopped) {
        return;
      } catch (IOException broken) {
        // Out of file descriptors, or a peer that left before it was accepted: the daemon goes on.
        Journal.warn("accepting a connection failed: " + broken);
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  /** A place before service (R-21.3-01); {@link #serve} gives it back. */
  private void admit(SocketChannel channel) throws IOException {
    InetAddress source = ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
    switch (node.admission().enter(source)) {
      case Admission.Entry.Admitted(Visit visit) -> Thread.ofVirtual().name("toq-in-" + source.getHostAddress())
          .start(() -> serve(channel, source, visit));
      case Admission.Entry.Refused(String reason) -> {
        Journal.debug("closed a connection: " + reason);
        try (channel) { // before TLS
          channel.setOption(StandardSocketOptions.SO_LINGER, 0); // a reset, so that the system remembers nothing of it
        }
      }
    }
  }

  private void serve(SocketChannel channel, InetAddress source, Visit visit) {
    try (visit) {
      Wire wire = new Wire(channel, node.deadlines(), node.config().writeTimeout());
      byte[] first = firstByte(channel, wire);
      if (first.length == 0) {
        punish(source, visit, Offence.UNFINISHED);
        wire.close();
      } else if (first[0] == TLS_HANDSHAKE && visit.maySpeakToq()) {
        new Connection(node, wire, new AsReceiver(node, wire, first, visit)).run();
      } else if (first[0] != TLS_HANDSHAKE && source.isLoopbackAddress() && visit.hasRoom()) {
        wire.release();
        http.adopt(channel, first);
      } else {
        if (!source.isLoopbackAddress()) {
          punish(source, visit, Offence.UNFINISHED);
        }
        wire.close(); // the API is for this machine alone
      }
    } catch (IOException broken) {
      punish(source, visit, broken instanceof AsynchronousCloseException ? Offence.STALLED : Offence.UNFINISHED);
      Journal.debug("a connection from " + source.getHostAddress() + " ended at once: " + broken);
      closeQuietly(channel);
    }
  }

  /** What the peer did counts against its source. */
  static void punish(InetAddress source, Visit visit, Offence offence) {
    Optional<Duration> refused = visit.offended(offence);
    if (refused.isPresent()) {
      Journal.warn("connections from " + source.getHostAddress() + " are refused for " + refused.get().toSeconds()
          + " s: too many failed handshakes");
    }
  }

  private byte[] firstByte(SocketChannel channel, Wire wire) throws IOException {
    wire.reading().in(node.config().handshakeTimeout());
    ByteBuffer first = ByteBuffer.allocate(1);
    int read = channel.read(first);
    wire.reading().clear();
    return read == 1 ? first.array() : new byte[0];
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException broken) {
      Journal.debug("closing a socket failed: " + broken);
    }
  }
}
