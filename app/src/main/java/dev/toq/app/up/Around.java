package dev.toq.app.up;

import dev.toq.app.ListenAddress;
import dev.toq.app.daemon.Nearby;
import dev.toq.app.daemon.PortMapping;
import dev.toq.app.daemon.Surroundings;
import dev.toq.app.daemon.Ticker;
import dev.toq.app.mdns.LocalNetwork;
import dev.toq.app.nat.Outside;
import dev.toq.app.nat.PortMapper;
import dev.toq.protocol.Spec;
import dev.toq.protocol.crypto.Sha256;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.Identity;
import dev.toq.store.Config;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What the daemon asks of its networks and its router, as the owner set it; both are told when it stops. */
public final class Around implements AutoCloseable {
  private static final int NONCE_BYTES = 12;

  private final Optional<LocalNetwork> network;
  private final Optional<PortMapper> router;
  private final List<String> warnings = new ArrayList<>();
  private final List<Thread> farewells = new ArrayList<>();

  /**
   * Begins.
   *
   * @param port the port that is bound
   * @param mapPort the owner asks for a port of the router, whatever the configuration says
   */
  Around(Config config, Identity identity, int port, boolean mapPort, InstantSource clock) throws IOException {
    InetAddress at = ListenAddress.of(config).getAddress();
    boolean alone = at.isLoopbackAddress();
    network = config.mdnsEnabled() // R-20.1-01
        ? Optional.of(LocalNetwork.start(at, config.agentName(), port, identity.publicKey(), Ticker.SYSTEM))
        : Optional.empty();
    if (config.mdnsEnabled() && alone) {
      warnings.add("mDNS is on, but this agent listens on this machine only and is not announced: set host or bind");
    }
    router = mapsPort(config, at, mapPort)
        ? Optional.of(PortMapper.start(port, config.portMappingLifetime(), nonce(identity, port), clock, Ticker.SYSTEM))
        : Optional.empty();
  }

  /**
   * Whether a router is asked for a port: for an agent with a public host, unless {@code upnp} is false, and for
   * any that listens on more than this machine where its owner says so.
   */
  public static boolean mapsPort(Config config, InetAddress listensAt, boolean mapPort) {
    boolean isPublic = Outside.isPublic(Address.of(config.host(), Spec.DEFAULT_PORT, config.agentName()));
    return !listensAt.isLoopbackAddress() && (mapPort || config.upnp() && isPublic); // R-8.8-01
  }

  /**
   * The same after each start, so that a mapping that a crash left behind can be renewed; and nobody else's to know.
   */
  private static byte[] nonce(Identity identity, int port) {
    byte[] signature = identity.sign(("toq port mapping " + port).getBytes(StandardCharsets.US_ASCII));
    return Arrays.copyOf(Sha256.of(signature), NONCE_BYTES);
  }

  Surroundings surroundings() {
    return new Surroundings(network.<Nearby>map(on -> on).orElse(Nearby.OFF),
        () -> router.map(PortMapper::state).orElseGet(PortMapping.Off::new));
  }

  List<String> warnings() {
    List<String> all = new ArrayList<>(warnings);
    router.ifPresent(asked -> all.addAll(asked.warnings()));
    return all;
  }

  /** Begins to say goodbye, which takes seconds, while the daemon does the rest of stopping. */
  synchronized void leave() {
    if (farewells.isEmpty()) {
      network.ifPresent(on -> farewells.add(Thread.ofVirtual().name("toq-mdns-goodbye").start(on::close)));
      router.ifPresent(on -> farewells.add(Thread.ofVirtual().name("toq-port-return").start(on::close)));
    }
  }

  /** Waits until it is said; each has a limit of its own. */
  @Override
  public void close() {
    leave();
    try {
      for (Thread farewell : List.copyOf(farewells)) {
        farewell.join();
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
