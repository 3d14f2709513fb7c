package dev.toq.spectests;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;

/** Listens on a free loopback port; each accepted connection is a {@link RawPeer} in the receiver's role. */
public final class RawReceiver implements AutoCloseable {
  private final RawIdentity me;
  private final ServerSocket server;

  private RawReceiver(RawIdentity me, ServerSocket server) {
    this.me = me;
    this.server = server;
  }

  /** An agent of this name on localhost, with keys that depend on the name alone. */
  public static RawReceiver listen(String agentName) throws IOException {
    return listen(RawIdentity.of("toq://localhost/" + agentName), agentName);
  }

  /** The same with the keys of another identity. */
  public static RawReceiver listen(RawIdentity keys, String agentName) throws IOException {
    ServerSocket server = new ServerSocket();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return new RawReceiver(keys.claiming("toq://localhost:" + server.getLocalPort() + "/" + agentName), server);
  }

  public RawIdentity me() {
    return me;
  }

  public String address() {
    return me.address();
  }

  public int port() {
    return server.getLocalPort();
  }

  /** The next connection, with nothing read from it; fails when none comes in time. */
  public RawPeer accept(Duration timeout) throws IOException {
    return acceptAs(me, timeout);
  }

  /** The same, answered by another identity. */
  public RawPeer acceptAs(RawIdentity other, Duration timeout) throws IOException {
    server.setSoTimeout(Math.toIntExact(timeout.toMillis()));
    return new RawPeer(other, new RawWire(server.accept()), false);
  }

  /** The next connection after TLS, handshake, negotiation and cards. */
  public RawPeer acceptActive(Duration timeout) throws IOException {
    RawPeer peer = accept(timeout);
    try {
      peer.answerHandshake();
      peer.answerNegotiation();
      peer.exchangeCards();
      return peer;
    } catch (IOException | RuntimeException | AssertionError e) {
      peer.drop();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
