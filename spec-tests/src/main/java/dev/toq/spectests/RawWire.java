package dev.toq.spectests;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * A TCP connection that may become a TLS connection, and frames on it: four bytes of length, then that many bytes
 * (specification 4.1). One thread may read while others write; a read that ran out of time loses no byte.
 */
final class RawWire implements AutoCloseable {
  private static final int HEADER_BYTES = 4;
  private static final int CONNECT_MILLIS = 5_000;
  /** More than any frame that toq allows, so that only nonsense is refused here. */
  private static final int HIGHEST_LENGTH = 16 << 20;

  private final Socket tcp;
  /** Either {@link #tcp} itself or TLS above it. */
  private volatile Socket top;
  /** Received, but not yet asked for. */
  private byte[] received = {};
  /** Sent above TCP: in the clear, also where TLS stands. */
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  /** Received above TCP: in the clear, also where TLS stands. */
  private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

  RawWire(Socket tcp) throws IOException {
    this.tcp = tcp;
    this.top = tcp;
    tcp.setTcpNoDelay(true);
  }

  static RawWire connect(String host, int port) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
      return new RawWire(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  void startTls(boolean asClient, Duration timeout, String... versions) throws IOException {
    SSLSocketFactory factory = (asClient ? RawTls.client() : RawTls.server()).getSocketFactory();
    SSLSocket tls = (SSLSocket) factory.createSocket(tcp, "localhost", tcp.getPort(), true);
    tls.setUseClientMode(asClient);
    tls.setEnabledProtocols(versions);
    tls.setSoTimeout(Math.toIntExact(timeout.toMillis()));
    tls.startHandshake();
    top = tls;
  }

  synchronized void write(byte[] bytes) throws IOException {
    said.writeBytes(bytes);
    top.getOutputStream().write(bytes);
    top.getOutputStream().flush();
  }

  /** All that was written, without what TLS made of it. */
  synchronized byte[] said() {
    return said.toByteArray();
  }

  /** All that came so far, without what TLS made of it. */
  byte[] heard() {
    return heard.toByteArray();
  }

  /** Ends the sending half: with the goodbye of TLS where that stands, else of TCP. */
  void endSending() throws IOException {
    top.shutdownOutput();
  }

  /** Everything that still comes until the other side ends the connection; late, it fails as {@link #read} does. */
  byte[] readUntilEnd(Duration timeout) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    try {
      while (System.nanoTime() < deadline) {
        fill(received.length + 1, deadline);
      }
      throw new SocketTimeoutException("the other side does not end the connection");
    } catch (RawEnd end) {
      return take(received.length);
    }
  }

  void writeFrame(byte[] payload) throws IOException {
    write(ByteBuffer.allocate(HEADER_BYTES + payload.length).putInt(payload.length).put(payload).array());
  }

  /**
   * Exactly this many bytes.
   *
   * @throws RawEnd when the other side ended the connection before
   * @throws SocketTimeoutException when they did not come in time; what came is kept for the next read
   */
  byte[] read(int count, Duration timeout) throws IOException {
    fill(count, System.nanoTime() + timeout.toNanos());
    return take(count);
  }

  /** The next frame's payload as text; fails as {@link #read} does. */
  String readFrame(Duration timeout) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    fill(HEADER_BYTES, deadline);
    int length = ByteBuffer.wrap(received).getInt();
    if (length < 0 || length > HIGHEST_LENGTH) {
      throw new AssertionError("a frame claims " + Integer.toUnsignedString(length) + " bytes");
    }
    fill(HEADER_BYTES + length, deadline);
    take(HEADER_BYTES);
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(take(length))).toString();
  }

  /** What comes first; a byte that came stays for the next read. */
  Next next(Duration timeout) throws IOException {
    try {
      fill(1, System.nanoTime() + timeout.toNanos());
      return Next.BYTES;
    } catch (RawEnd e) {
      return Next.END;
    } catch (SocketTimeoutException e) {
      return Next.NOTHING;
    }
  }

  /** What a wait can end with. */
  enum Next { BYTES, END, NOTHING }

  private byte[] take(int count) {
    byte[] taken = Arrays.copyOf(received, count);
    received = Arrays.copyOfRange(received, count, received.length);
    return taken;
  }

  private void fill(int count, long deadlineNanos) throws IOException {
    if (received.length >= count) {
      return;
    }
    ByteArrayOutputStream collected = new ByteArrayOutputStream(count);
    collected.writeBytes(received);
    try {
      byte[] buffer = new byte[8192];
      while (collected.size() < count) {
        int read = readSome(buffer, deadlineNanos);
        collected.write(buffer, 0, read);
      }
    } finally {
      received = collected.toByteArray();
    }
  }

  private int readSome(byte[] buffer, long deadlineNanos) throws IOException {
    long millis = Math.max(1, (deadlineNanos - System.nanoTime()) / 1_000_000);
    try {
      top.setSoTimeout(Math.toIntExact(Math.min(millis, Integer.MAX_VALUE)));
      int read = top.getInputStream().read(buffer);
      if (read < 0) {
        throw new RawEnd("end of stream");
      }
      heard.write(buffer, 0, read);
      return read;
    } catch (SocketException | SSLException e) {
      // Peers commonly drop the socket without a TLS goodbye; a reset is an end as well.
      throw new RawEnd(String.valueOf(e.getMessage()));
    }
  }

  /** Ends TCP at once, without the goodbye of TLS. */
  void drop() throws IOException {
    tcp.close();
  }

  /** Ends TCP with a reset. */
  void reset() throws IOException {
    tcp.setSoLinger(true, 0);
    tcp.close();
  }

  /** Whether bytes have come that nobody has read, of TLS or of what stands on it. */
  boolean hasBytes() throws IOException {
    return tcp.getInputStream().available() > 0;
  }

  int localPort() {
    return tcp.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    top.close();
  }
}
