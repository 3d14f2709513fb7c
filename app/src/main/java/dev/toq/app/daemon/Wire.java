package dev.toq.app.daemon;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * One TCP connection and the TLS 1.3 on it (specification section 15).
 *
 * <p>Two deadlines guard it: one for what is being read (a setup stage, a started frame), one for what is being
 * written. Each closes the TCP socket beneath the TLS socket, because {@link SSLSocket#close} waits for a stuck writer.
 */
final class Wire implements AutoCloseable {
  private final SocketChannel channel;
  private final InetSocketAddress remote;
  private final Deadlines.Deadline reading;
  private final Deadlines.Deadline writing;
  private final Duration writeTimeout;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Takes over a connected channel in blocking mode. */
  Wire(SocketChannel channel, Deadlines deadlines, Duration writeTimeout) throws IOException {
    this.channel = channel;
    this.remote = (InetSocketAddress) channel.getRemoteAddress();
    this.writeTimeout = writeTimeout;
    this.reading = deadlines.create(this::close);
    this.writing = deadlines.create(this::close);
    channel.socket().setTcpNoDelay(true); // before TLS: its small flights would wait for delayed TCP acknowledgements
    channel.socket().setKeepAlive(true);
  }

  /** The two directions of a connection whose TLS handshake is done. */
  record Streams(InputStream in, OutputStream out, SSLSocket socket) {
    /** The keys' fingerprint of this one TLS connection, which no relay can have on both of its sides. */
    byte[] exported(String label, int length) throws IOException {
      if (socket.getSession() instanceof ExtendedSSLSession session) {
        return session.exportKeyingMaterialData(label, new byte[0], length);
      }
      throw new IOException("this TLS session exports nothing");
    }
  }

  InetSocketAddress remote() {
    return remote;
  }

  /** Guards a stage of the setup or a started frame. */
  Deadlines.Deadline reading() {
    return reading;
  }

  /** The receiver's side of TLS; {@code consumed} is what was read of the connection before. */
  Streams secureAsServer(SSLContext context, byte[] consumed) throws IOException {
    SSLSocket socket = (SSLSocket)
        context.getSocketFactory().createSocket(channel.socket(), new ByteArrayInputStream(consumed), true);
    socket.setUseClientMode(false);
    return secure(socket);
  }

  /** The initiator's side of TLS. No certificate is judged: the toq handshake proves who the peer is. */
  Streams secureAsClient(SSLContext context) throws IOException {
    SSLSocket socket = (SSLSocket)
        context.getSocketFactory().createSocket(channel.socket(), remote.getHostString(), remote.getPort(), true);
    socket.setUseClientMode(true);
    return secure(socket);
  }

  private static Streams secure(SSLSocket socket) throws IOException {
    socket.setEnabledProtocols(new String[] {"TLSv1.3"}); // R-15.1-01, R-15.1-02, R-15.1-03
    socket.startHandshake();
    return new Streams(socket.getInputStream(), new OutputBuffer(socket.getOutputStream()), socket);
  }

  /** From now on a write is under way; the connection is cut if it is not {@linkplain #wrote() done} in time. */
  void writes() {
    writing.in(writeTimeout);
  }

  void wrote() {
    writing.clear();
  }

  boolean isOpen() {
    return !closed.get();
  }

  /** Hands the channel over to another owner: its deadlines no longer count. */
  void release() {
    closed.set(true);
    reading.close();
    writing.close();
  }

  /** Closes the TCP socket at once; wakes every thread that waits on it. Never blocks. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      reading.close();
      writing.close();
      try {
        channel.close();
      } catch (IOException broken) {
        Journal.debug("closing a socket failed: " + broken);
      }
    }
  }
}
