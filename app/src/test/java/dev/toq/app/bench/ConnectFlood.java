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

/** Connections at a fixed rate by one thread, which says nothing on them. */
final class ConnectFlood implements AutoCloseable {
  /** What is not cut for so long waits for our first byte, or to be accepted. */
  private static final Duration UNCUT_AFTER = Duration.ofMillis(300);

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
  private long uncut;

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

  /** How many stood for a while. */
  long uncut() {
    return uncut;
  }

  /** Opens so many a second until the caller says so. */
  void run(int perSecond, BooleanSupplier goesOn) throws IOException {
    began = System.nanoTime();
    while (goesOn.getAsBoolean()) {
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
      if (!isCut && age < UNCUT_AFTER.toNanos()) {
        return;
      }
      standing.removeFirst();
      if (!isCut && oldest.channel().isConnected()) {
        uncut++;
      }
      close(oldest.channel());
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
