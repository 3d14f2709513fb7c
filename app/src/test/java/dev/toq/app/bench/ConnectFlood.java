package dev.toq.app.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;

/** Connections at a fixed rate by one thread, which says nothing on them. One that is not cut counts as served. */
final class ConnectFlood implements AutoCloseable {
  /** What is not cut for so long is served: it waits for our first byte. */
  private static final Duration SERVED_AFTER = Duration.ofMillis(300);

  /** More do not stand at once; a daemon that does not accept keeps them in its queue. */
  private static final int MOST = 4_000;

  private final InetSocketAddress at;
  private final InetAddress[] sources;
  private final Selector selector = Selector.open();
  private final ArrayDeque<Opening> standing = new ArrayDeque<>();
  private final ByteBuffer nothing = ByteBuffer.allocate(16);
  private long opened;
  private long began;
  private long ended;
  private double servedAt;

  /** @param began by {@link System#nanoTime} */
  private record Opening(SocketChannel channel, long began) {}

  ConnectFlood(InetSocketAddress at, InetAddress[] sources) throws IOException {
    this.at = at;
    this.sources = sources;
  }

  long opened() {
    return opened;
  }

  double perSecond() {
    return opened / ((ended - began) / 1e9);
  }

  /** When the first that is served was opened, in seconds since 1970; 0 where none was. */
  double servedAt() {
    return servedAt;
  }

  /** Opens so many a second until one is served, or the caller says so. */
  void run(int perSecond, BooleanSupplier goesOn) throws IOException {
    began = System.nanoTime();
    while (goesOn.getAsBoolean() && servedAt == 0) {
      long due = (long) ((System.nanoTime() - began) / 1e9 * perSecond);
      while (opened < due && standing.size() < MOST) {
        open();
      }
      selector.select(this::seen, 1);
      judgeOldest();
    }
    ended = System.nanoTime();
  }

  private void open() throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    channel.bind(new InetSocketAddress(sources[(int) (opened++ % sources.length)], 0));
    standing.add(new Opening(channel, System.nanoTime()));
    if (channel.connect(at)) {
      channel.register(selector, SelectionKey.OP_READ);
    } else {
      channel.register(selector, SelectionKey.OP_CONNECT);
    }
  }

  private void seen(SelectionKey key) {
    SocketChannel channel = (SocketChannel) key.channel();
    try {
      if (key.isConnectable() && channel.finishConnect()) {
        key.interestOps(SelectionKey.OP_READ);
      } else if (key.isReadable() && channel.read(nothing.clear()) < 0) {
        channel.close();
      }
    } catch (IOException cut) {
      key.cancel();
      close(channel);
    }
  }

  private void judgeOldest() {
    while (!standing.isEmpty()) {
      Opening oldest = standing.getFirst();
      boolean isCut = !oldest.channel().isOpen();
      long age = System.nanoTime() - oldest.began();
      if (!isCut && age < SERVED_AFTER.toNanos()) {
        return;
      }
      standing.removeFirst();
      if (!isCut && oldest.channel().isConnected()) {
        servedAt = (System.currentTimeMillis() - age / 1e6) / 1e3;
      }
      close(oldest.channel()); // one that is not even connected waits in the system's queue: not served
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException gone) {
      throw new IllegalStateException("a socket cannot be closed", gone);
    }
  }

  @Override
  public void close() throws IOException {
    standing.forEach(one -> close(one.channel()));
    selector.close();
  }
}
