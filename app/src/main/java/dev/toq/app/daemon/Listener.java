package dev.toq.app.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Semaphore;

/**
 * Accepts connections on the one port. The accept loop does no input or output with a peer: not one byte is read there.
 * The first byte, read on the connection's own virtual thread, decides between toq over TLS and the loopback API.
 */
final class Listener {
  /** First byte of a TLS handshake record (RFC 8446 section 5.1). */
  private static final int TLS_HANDSHAKE = 0x16;

  /** So many connections beyond {@code max_connections} are set up to be told that there is no room. */
  private static final int RESERVE = 16;

  private final Node node;
  private final HttpSide http;
  private final ServerSocketChannel server;
  private final Thread acceptor;
  private final Semaphore strangers;
  private final Semaphore locals;
  private final Semaphore reserve = new Semaphore(RESERVE);
  private final SourceRates rates;

  /** Starts to accept on a bound socket, until it is closed. */
  static void start(Node node, HttpSide http, ServerSocketChannel bound) {
    new Listener(node, http, bound).acceptor.start();
  }

  private Listener(Node node, HttpSide http, ServerSocketChannel server) {
    this.node = node;
    this.http = http;
    this.server = server;
    int limit = node.config().maxConnections();
    this.strangers = new Semaphore(limit);
    this.locals = new Semaphore(limit); // strangers cannot lock the owner out of the loopback API
    this.rates = new SourceRates(
        node.ticker(), node.config().rateConnectionsPerIp(), node.config().rateLimitLoopback());
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
      }
    }
  }

  /** A permit before service (R-21.3-01); {@link #serve} gives it back. */
  private void admit(SocketChannel channel) throws IOException {
    InetAddress source = ((InetSocketAddress) channel.getRemoteAddress()).getAddress();
    if (!rates.allows(source)) { // R-5.8-03: before TLS
      Journal.debug("closed a connection: rate_connections_per_ip reached by " + source.getHostAddress());
      channel.close();
      return;
    }
    Semaphore permits = source.isLoopbackAddress() ? locals : strangers;
    boolean hasRoom = permits.tryAcquire();
    if (!hasRoom && !reserve.tryAcquire()) {
      Journal.debug("closed a connection: max_connections reached");
      channel.close();
      return;
    }
    Thread.ofVirtual().name("toq-in-" + source.getHostAddress())
        .start(() -> serve(channel, source, hasRoom ? permits : reserve));
  }

  private void serve(SocketChannel channel, InetAddress source, Semaphore permits) {
    try {
      Wire wire = new Wire(channel, node.deadlines(), node.config().writeTimeout());
      byte[] first = firstByte(channel, wire);
      if (first.length == 0) {
        wire.close();
      } else if (first[0] == TLS_HANDSHAKE) {
        new Connection(node, wire, new AsReceiver(node, wire, first, permits != reserve)).run();
      } else if (source.isLoopbackAddress() && permits != reserve) {
        wire.release();
        http.adopt(channel, first);
      } else {
        wire.close(); // the API is for this machine alone
      }
    } catch (IOException broken) {
      Journal.debug("a connection from " + source.getHostAddress() + " ended at once: " + broken);
      closeQuietly(channel);
    } finally {
      permits.release();
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
