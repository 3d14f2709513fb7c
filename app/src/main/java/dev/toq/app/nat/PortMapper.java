package dev.toq.app.nat;

import dev.toq.app.daemon.PortMapping;
import dev.toq.app.daemon.Ticker;
import dev.toq.protocol.wire.PeerText;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.tinylog.Logger;

/**
 * Holds one port of the router open for us: asks for it, renews it at half its time, and gives it back at the end. One
 * virtual thread does all of it; a router that is slow, gone or hostile costs nobody else anything.
 */
public final class PortMapper implements AutoCloseable {
  /** How long a router that said no, or nothing, is left alone: twice as long each time. */
  static final Duration FIRST_PAUSE = Duration.ofSeconds(30);
  static final Duration LONGEST_PAUSE = Duration.ofMinutes(16);

  /** However short a time the router grants, it is not asked more often than this. */
  static final Duration SHORTEST_RENEWAL = Duration.ofSeconds(5);

  /** How long the end waits for the router to take the mapping back; after that it runs out by itself. */
  private static final Duration GIVING_BACK = Duration.ofSeconds(3);

  /** Finds the router; asked again before each attempt, because machines move. */
  @FunctionalInterface
  interface Finding {
    Gateway find() throws IOException;
  }

  private final Finding finding;
  private final List<MappingProtocol> protocols;
  private final Wish wish;
  private final InstantSource clock;
  private final Ticker ticker;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stopped = lock.newCondition();
  private final Thread thread;
  private volatile PortMapping state = new PortMapping.Asking();
  private volatile List<String> warnings = List.of();
  private boolean stop;

  /** Who granted what; touched by the one thread alone. */
  private record Held(MappingProtocol protocol, Gateway gateway, Mapping mapping) {}

  PortMapper(Finding finding, List<MappingProtocol> protocols, Wish wish, InstantSource clock, Ticker ticker) {
    this.finding = finding;
    this.protocols = protocols;
    this.wish = wish;
    this.clock = clock;
    this.ticker = ticker;
    this.thread = Thread.ofVirtual().name("toq-port-mapping").unstarted(this::run);
  }

  /**
   * Asks the router of this machine from now on: by PCP, else NAT-PMP, else UPnP.
   *
   * @param port the TCP port that we listen on
   * @param lifetime how long a mapping is asked for; it is renewed at half of what is granted
   * @param nonce 12 bytes that nobody else knows, the same after a restart: only they change a mapping of PCP
   */
  public static PortMapper start(int port, Duration lifetime, byte[] nonce, InstantSource clock, Ticker ticker) {
    return new PortMapper(Gateway::find, List.of(new Pcp(), new NatPmp(), new UpnpIgd()),
        new Wish(port, lifetime, nonce), clock, ticker).start();
  }

  PortMapper start() {
    thread.start();
    return this;
  }

  /** What came of it until now. */
  public PortMapping state() {
    return state;
  }

  /** What the owner should know: a port that others do not expect, an outside that is none. */
  public List<String> warnings() {
    return warnings;
  }

  /** Removes the mapping; waits for that, for a few seconds at most. */
  @Override
  public void close() {
    lock.lock();
    try {
      stop = true;
      stopped.signalAll();
      thread.interrupt(); // out of whatever it waits for; before it can see the end, so never out of the removal
    } finally {
      lock.unlock();
    }
    try {
      thread.join(GIVING_BACK);
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Optional<Held> held = Optional.empty();
    Duration pause = FIRST_PAUSE;
    while (!stopping()) {
      Optional<Held> before = held;
      held = before.flatMap(this::renewed).or(this::anew);
      if (held.isPresent()) {
        pause = FIRST_PAUSE;
        sleep(renewal(held.get().mapping()));
      } else {
        sleep(pause);
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
      }
      held = held.or(() -> before.filter(last -> stopping())); // a renewal that the end cut short may have been granted
    }
    held.ifPresent(this::giveBack);
    state = new PortMapping.Off();
  }

  private Optional<Held> renewed(Held held) {
    try {
      return Optional.of(held(held.protocol, held.gateway));
    } catch (IOException failed) {
      Logger.info("the port mapping was not renewed by {}: {}", held.protocol.title(), shown(failed));
      return Optional.empty();
    }
  }

  private Optional<Held> anew() {
    if (stopping()) {
      return Optional.empty();
    }
    state = new PortMapping.Asking();
    List<String> reasons = new ArrayList<>();
    try {
      Gateway gateway = finding.find();
      for (MappingProtocol protocol : protocols) {
        try {
          return Optional.of(held(protocol, gateway));
        } catch (IOException failed) {
          reasons.add(protocol.title() + ": " + shown(failed));
        }
        if (stopping()) {
          giveBack(new Held(protocol, gateway, new Mapping(Optional.empty(), wish.port(), Optional.empty())));
          return Optional.empty(); // the answer was not awaited, but may have been yes
        }
      }
    } catch (IOException nobody) {
      reasons.add(shown(nobody));
    }
    String reason = String.join("; ", reasons);
    Logger.warn("no router leads port {} to this agent: {}", wish.port(), reason);
    state = new PortMapping.Failed(reason);
    warnings = List.of();
    return Optional.empty();
  }

  private Held held(MappingProtocol protocol, Gateway gateway) throws IOException {
    Mapping mapping = protocol.map(gateway, wish);
    Optional<Instant> until = mapping.lifetime().map(clock.instant()::plus);
    warnings = warnings(mapping);
    state = new PortMapping.Mapped(
        protocol.title(), mapping.outside().map(InetAddress::getHostAddress), mapping.port(), until);
    Logger.info("port mapping by {}: outside {} port {}", protocol.title(),
        mapping.outside().map(InetAddress::getHostAddress).orElse("unknown"), mapping.port());
    return new Held(protocol, gateway, mapping);
  }

  private List<String> warnings(Mapping mapping) {
    List<String> all = new ArrayList<>();
    if (mapping.port() != wish.port()) {
      all.add("the router leads its port " + mapping.port() + " here, not " + wish.port()
          + ": agents outside have to name that port in this agent's address");
    }
    mapping.outside().filter(Outside::isPrivate).ifPresent(address -> all.add("the router's own outside address "
        + address.getHostAddress() + " is a private one: another router stands before it, and nobody reaches this agent"
        + " from the internet"));
    return List.copyOf(all);
  }

  private void giveBack(Held held) {
    Thread.interrupted(); // this one wait has its own limit
    try {
      held.protocol.unmap(held.gateway, wish);
    } catch (IOException failed) {
      Logger.info(
          "the port mapping was not removed by {}, it runs out by itself: {}", held.protocol.title(), shown(failed));
    }
  }

  /** Half of what is granted (RFC 6886 section 3.3, RFC 6887 section 11.2.1), at least so often as was asked for. */
  private Duration renewal(Mapping mapping) {
    Duration half = mapping.lifetime().orElse(wish.lifetime()).dividedBy(2);
    return half.compareTo(SHORTEST_RENEWAL) < 0 ? SHORTEST_RENEWAL : half;
  }

  private boolean stopping() {
    lock.lock();
    try {
      return stop;
    } finally {
      lock.unlock();
    }
  }

  private void sleep(Duration time) {
    long end = ticker.getAsLong() + time.toNanos();
    lock.lock();
    try {
      for (long left = time.toNanos(); !stop && left > 0; left = end - ticker.getAsLong()) {
        ticker.await(stopped, Math.min(left, TimeUnit.HOURS.toNanos(1)));
      }
    } catch (InterruptedException atTheEnd) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private static String shown(IOException failed) {
    return PeerText.shown(String.valueOf(failed.getMessage()), 200);
  }
}
