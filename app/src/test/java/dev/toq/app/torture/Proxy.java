package dev.toq.app.torture;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * A bad network: accepts on a loopback port, joins each connection with one to the target, and lets a {@link Way} of
 * each direction decide what becomes of the bytes.
 *
 * <pre>
 *   initiator ──▶ up ──▶ target
 *             ◀── down ◀──
 * </pre>
 */
final class Proxy implements AutoCloseable {
  private static final int CHUNK = 8 * 1024;

  /** One direction of one connection; used by one thread. */
  interface Way {
    /** Bytes and the end pass at once. */
    Way STRAIGHT = count -> count;

    /**
     * So many bytes have come. Blocks for as long as they are on their way.
     *
     * @return how many pass; where it is fewer than all, the connection is reset after them
     */
    int pass(int count) throws InterruptedException;

    /** Their sender has closed. Blocks for as long as the news is on its way. */
    default void closing() throws InterruptedException {}
  }

  /** Both directions of one connection. */
  record Ways(Way up, Way down) {
    static final Ways STRAIGHT = new Ways(Way.STRAIGHT, Way.STRAIGHT);
  }

  private record Joined(Socket near, Socket far) {
    /** Ends both without a goodbye. */
    void reset() {
      for (Socket socket : new Socket[] {near, far}) {
        try {
          socket.setSoLinger(true, 0);
          socket.close();
        } catch (IOException gone) {
          continue; // closed by its other end: that is what is wanted
        }
      }
    }
  }

  private final int target;
  private final IntFunction<Ways> ways;
  private final ServerSocket server;
  private final AtomicInteger accepted = new AtomicInteger();
  private final Set<Joined> standing = ConcurrentHashMap.newKeySet();

  /**
   * Listens on a free port.
   *
   * @param target a loopback port
   * @param ways what happens on the connection of this number, counted from 0
   */
  Proxy(int target, IntFunction<Ways> ways) throws IOException {
    this.target = target;
    this.ways = ways;
    this.server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("proxy").start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /** How many connections came so far. */
  int accepted() {
    return accepted.get();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        join(server.accept());
      } catch (IOException over) {
        continue; // closed, or the target took no connection: the initiator is reset
      }
    }
  }

  private void join(Socket near) throws IOException {
    Socket far = new Socket();
    Joined joined = new Joined(near, far);
    standing.add(joined);
    if (server.isClosed()) { // meanwhile: whoever closed it may have seen this one, or not
      drop(joined);
      return;
    }
    Ways own = ways.apply(accepted.getAndIncrement());
    try {
      far.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), target));
      near.setTcpNoDelay(true);
      far.setTcpNoDelay(true);
    } catch (IOException refused) {
      drop(joined);
      throw refused;
    }
    AtomicInteger open = new AtomicInteger(2);
    Thread.ofVirtual().name("proxy-up").start(() -> pump(joined, near, far, own.up(), open));
    Thread.ofVirtual().name("proxy-down").start(() -> pump(joined, far, near, own.down(), open));
  }

  private void pump(Joined joined, Socket from, Socket to, Way way, AtomicInteger open) {
    byte[] buffer = new byte[CHUNK];
    try {
      for (int count = from.getInputStream().read(buffer); count >= 0; count = from.getInputStream().read(buffer)) {
        int passed = way.pass(count);
        to.getOutputStream().write(buffer, 0, passed);
        if (passed < count) {
          drop(joined);
          return;
        }
      }
      way.closing();
      to.shutdownOutput();
      if (open.decrementAndGet() == 0) {
        from.close();
        to.close();
        standing.remove(joined);
      }
    } catch (IOException | InterruptedException broken) {
      drop(joined); // what one end suffers the other end sees
    }
  }

  private void drop(Joined joined) {
    joined.reset();
    standing.remove(joined);
  }

  /** Resets every connection that stands. */
  void resetAll() {
    standing.forEach(this::drop);
  }

  @Override
  public void close() throws IOException {
    server.close();
    resetAll();
  }
}
