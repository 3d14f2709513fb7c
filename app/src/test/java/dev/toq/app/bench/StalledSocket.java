package dev.toq.app.bench;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.session.FrameChannel;
import dev.toq.protocol.session.Handshake;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.wire.FrameReader;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;

/** A connection that goes as far as its stage and then says no more, until the daemon closes it. */
final class StalledSocket implements AutoCloseable {
  /** How far it goes. Each stands under {@code handshake_timeout} of the daemon (docs/threads.md). */
  enum Stage {
    SILENT("silent TCP"),
    HALF_CLIENT_HELLO("half ClientHello"),
    AFTER_TLS("silent after TLS"),
    HALF_CREDENTIALS("half credentials");

    private final String title;

    Stage(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  /** What a stranger says before it stalls: a ClientHello, and the magic with a frame of credentials. */
  record Words(SSLContext tls, byte[] clientHello, byte[] credentials) {
    /** Those of an honest peer that wants to talk to this agent. */
    static Words of(SSLContext tls, Self self, Address to) throws Exception {
      SSLEngine engine = tls.createSSLEngine();
      engine.setUseClientMode(true);
      ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      engine.wrap(ByteBuffer.allocate(0), hello);
      ByteArrayOutputStream credentials = new ByteArrayOutputStream();
      try {
        FrameChannel nobody = new FrameChannel(new FrameReader(InputStream.nullInputStream()), credentials);
        Handshake.initiate(nobody, self, to, new SecureRandom());
        throw new IllegalStateException("nobody can have answered");
      } catch (EOFException unanswered) {
        // Nobody answers here: only what is said first is wanted.
        return new Words(tls, Arrays.copyOf(hello.array(), hello.position()), credentials.toByteArray());
      }
    }
  }

  private final Socket socket;
  private final long began;

  /**
   * Connects to this port and goes as far as the stage.
   *
   * @param patience how long the daemon may take over TLS, and later until it closes the connection
   */
  static StalledSocket open(Stage stage, int port, Words words, Duration patience) throws IOException {
    Socket socket = switch (stage) {
      case SILENT, HALF_CLIENT_HELLO -> new Socket();
      case AFTER_TLS, HALF_CREDENTIALS -> words.tls().getSocketFactory().createSocket();
    };
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
      return new StalledSocket(socket, reach(stage, socket, port, words));
    } catch (IOException broken) {
      socket.close();
      throw broken;
    }
  }

  private StalledSocket(Socket socket, long began) {
    this.socket = socket;
    this.began = began;
  }

  /** Goes to the stage; the time of its last step there, which is just before the daemon's deadline begins. */
  private static long reach(Stage stage, Socket socket, int port, Words words) throws IOException {
    long connects = System.nanoTime();
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    long connected = System.nanoTime();
    switch (stage) {
      case SILENT -> {
        return connects;
      }
      case HALF_CLIENT_HELLO -> writeHalf(socket, words.clientHello());
      case AFTER_TLS -> ((SSLSocket) socket).startHandshake();
      case HALF_CREDENTIALS -> {
        ((SSLSocket) socket).startHandshake();
        writeHalf(socket, words.credentials());
      }
    }
    return connected;
  }

  private static void writeHalf(Socket socket, byte[] words) throws IOException {
    socket.getOutputStream().write(words, 0, words.length / 2);
    socket.getOutputStream().flush();
  }

  /** Waits until the daemon closes the connection, or patience ends; the time since the stage began. */
  Duration awaitClose() {
    try {
      if (socket.getInputStream().read() >= 0) {
        throw new IllegalStateException("the daemon said something to a peer that proved nothing");
      }
    } catch (IOException cut) {
      // Closed beneath TLS, without TLS's goodbye, or reset: closed all the same. Not closed is told by the time.
      return sinceStageBegan();
    }
    return sinceStageBegan();
  }

  private Duration sinceStageBegan() {
    return Duration.ofNanos(System.nanoTime() - began);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
