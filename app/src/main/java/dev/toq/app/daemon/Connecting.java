package dev.toq.app.daemon;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Connects to the first of several places that answers (RFC 8305): the next one is tried when the one before has
 * failed, or has been silent for a moment, so that no place can eat the time of the others.
 */
final class Connecting {
  /** The pause before the next place, where all have their turn in time with it (RFC 8305 section 5). */
  private static final Duration PAUSE = Duration.ofMillis(250);

  /** More places are not tried. */
  static final int MOST = 32;

  private sealed interface Outcome {
    record Connected(SocketChannel channel) implements Outcome {}

    record Failed(IOException why) implements Outcome {}
  }

  private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
  private final List<SocketChannel> opened = new ArrayList<>();
  private final long deadline;

  private Connecting(long deadline) {
    this.deadline = deadline;
  }

  /**
   * A connection to one of the places, in blocking mode; all others are closed.
   *
   * @param limit for all of them together
   * @throws IOException what the last of them said, where none answers in time
   */
  static SocketChannel toAny(List<InetSocketAddress> places, Duration limit) throws IOException, InterruptedException {
    return new Connecting(System.nanoTime() + limit.toNanos()).any(places.stream().limit(MOST).toList(), limit);
  }

  private SocketChannel any(List<InetSocketAddress> places, Duration limit) throws IOException, InterruptedException {
    long pause = Math.min(PAUSE.toNanos(), limit.toNanos() / (places.size() + 1));
    IOException last = new SocketTimeoutException("no address answers");
    SocketChannel first = null;
    try {
      int begun = 0;
      int failed = 0;
      while (first == null && failed < places.size()) {
        if (begun < places.size()) {
          begin(places.get(begun++));
        }
        long wait = begun < places.size() ? pause : deadline - System.nanoTime();
        switch (outcomes.poll(Math.max(0, wait), TimeUnit.NANOSECONDS)) {
          case Outcome.Connected(SocketChannel channel) -> first = channel;
          case Outcome.Failed(IOException why) -> {
            last = why;
            failed++;
          }
          case null -> failed = begun < places.size() ? failed : places.size(); // silent to the end
        }
      }
    } finally {
      for (SocketChannel channel : opened) {
        if (channel != first) {
          channel.close();
        }
      }
    }
    if (first == null) {
      throw last;
    }
    return first;
  }

  private void begin(InetSocketAddress place) throws IOException {
    SocketChannel channel = SocketChannel.open();
    opened.add(channel);
    long leftMillis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
    Thread.ofVirtual().name("toq-connect").start(() -> outcomes.add(connect(channel, place, (int) leftMillis)));
  }

  private static Outcome connect(SocketChannel channel, InetSocketAddress place, int limitMillis) {
    try {
      channel.socket().connect(place, limitMillis);
      return new Outcome.Connected(channel);
    } catch (IOException failed) {
      return new Outcome.Failed(failed);
    }
  }
}
