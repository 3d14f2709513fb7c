package dev.toq.app.mdns;

import dev.toq.app.daemon.Nearby;
import dev.toq.app.daemon.Ticker;
import dev.toq.protocol.identity.PublicKey;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.tinylog.Logger;

/**
 * This agent on its local networks: announced on each where it can be reached, and listening on each. One virtual
 * thread follows the interfaces of the machine as they come and go.
 */
public final class LocalNetwork implements Nearby, AutoCloseable {
  /** So long after the start the first answers are waited for: JmDNS takes four seconds for them. */
  static final Duration FIRST_ANSWERS = Duration.ofSeconds(5);

  private static final Duration LOOK = Duration.ofSeconds(20);

  /** A goodbye takes JmDNS two seconds. */
  private static final Duration GOODBYE = Duration.ofSeconds(4);

  /** Which addresses to speak from. */
  @FunctionalInterface
  interface Addresses {
    Set<InetAddress> now() throws IOException;
  }

  private final Addresses addresses;
  private final String agent;
  private final int port;
  private final boolean reachable;
  private final Ticker ticker;
  private final long startedAt;
  private final Thread thread = Thread.ofVirtual().name("toq-mdns").unstarted(this::run);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<InetAddress, Link> links = new HashMap<>();
  private PublicKey key;
  private boolean closed;

  LocalNetwork(Addresses addresses, String agent, int port, boolean reachable, PublicKey key, Ticker ticker) {
    this.addresses = addresses;
    this.agent = agent;
    this.port = port;
    this.reachable = reachable;
    this.key = key;
    this.ticker = ticker;
    this.startedAt = ticker.getAsLong();
  }

  /**
   * Speaks and listens from now on.
   *
   * @param listensAt the address that the agent listens on: announced is only what can be reached, and nothing where
   *     that is this machine alone
   */
  public static LocalNetwork start(InetAddress listensAt, String agent, int port, PublicKey key, Ticker ticker) {
    Addresses every = () -> {
      Set<InetAddress> all = Interfaces.addresses();
      boolean one = !listensAt.isAnyLocalAddress() && !listensAt.isLoopbackAddress();
      return one ? Set.of(listensAt) : all;
    };
    return new LocalNetwork(every, agent, port, !listensAt.isLoopbackAddress(), key, ticker).start();
  }

  LocalNetwork start() {
    thread.start();
    return this;
  }

  @Override
  public boolean isOn() {
    return true;
  }

  @Override
  public List<Found> agents(Duration limit) throws InterruptedException {
    long now = ticker.getAsLong();
    long end = Math.min(startedAt + FIRST_ANSWERS.toNanos(), now + limit.toNanos());
    lock.lock();
    try {
      for (long left = end - now; !closed && left > 0; left = end - ticker.getAsLong()) {
        ticker.await(changed, left);
      }
      return links.values().stream().map(Link::found).flatMap(Collection::stream)
          .filter(found -> !found.key().equals(key)).distinct().toList();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isOwnHost(String host) {
    lock.lock();
    try {
      return reachable && links.values().stream().anyMatch(link -> link.host().equals(host));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void announce(PublicKey next) {
    List<Link> all;
    lock.lock();
    try {
      key = next;
      all = List.copyOf(links.values());
    } finally {
      lock.unlock();
    }
    if (reachable) {
      all.forEach(link -> Thread.ofVirtual().name("toq-mdns-announce").start(() -> announce(link, next)));
    }
  }

  private void announce(Link link, PublicKey as) {
    try {
      link.announce(agent, port, as);
    } catch (IOException | RuntimeException failed) {
      Logger.warn("this agent cannot be announced at {}: {}", link.address().getHostAddress(), failed.toString());
    }
  }

  private void run() {
    try {
      while (follow()) {
        sleep();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** Opens what is new, closes what is gone; false at the end. */
  private boolean follow() {
    Set<InetAddress> wanted;
    try {
      wanted = addresses.now();
    } catch (IOException failed) {
      Logger.warn("the interfaces of this machine cannot be read: {}", failed.toString());
      return true;
    }
    List<Link> gone = new ArrayList<>();
    List<InetAddress> fresh = new ArrayList<>(wanted);
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      fresh.removeAll(links.keySet());
      links.values().removeIf(link -> !wanted.contains(link.address()) && gone.add(link));
    } finally {
      lock.unlock();
    }
    gone.forEach(link -> Thread.ofVirtual().name("toq-mdns-close").start(link::close));
    fresh.forEach(this::open);
    return true;
  }

  private void open(InetAddress address) {
    Link link;
    try {
      link = Link.open(address);
    } catch (IOException | RuntimeException failed) {
      Logger.warn("no mDNS at {}: {}", address.getHostAddress(), failed.toString());
      return;
    }
    PublicKey as;
    boolean late;
    lock.lock();
    try {
      as = key;
      late = closed;
      if (!late) {
        links.put(address, link);
      }
    } finally {
      lock.unlock();
    }
    if (late) {
      link.close();
    } else if (reachable) {
      announce(link, as);
    }
  }

  private void sleep() throws InterruptedException {
    long end = ticker.getAsLong() + LOOK.toNanos();
    lock.lock();
    try {
      for (long left = LOOK.toNanos(); !closed && left > 0; left = end - ticker.getAsLong()) {
        ticker.await(changed, Math.min(left, TimeUnit.MINUTES.toNanos(1)));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Says goodbye on every network; waits for that, for a few seconds at most. */
  @Override
  public void close() {
    List<Link> last;
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      last = List.copyOf(links.values());
    } finally {
      lock.unlock();
    }
    try {
      List<Thread> goodbyes = last.stream()
          .map(link -> Thread.ofVirtual().name("toq-mdns-close").start(link::close)).toList();
      for (Thread goodbye : goodbyes) {
        goodbye.join(GOODBYE);
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
