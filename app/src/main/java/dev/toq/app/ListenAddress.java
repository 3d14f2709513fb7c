package dev.toq.app;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Address;
import dev.toq.store.Config;
import dev.toq.store.StoreException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** Where the daemon listens. */
public final class ListenAddress {
  /** Where the command line asks the daemon, and a program finds its API. */
  private static final InetAddress LOCAL = InetAddress.ofLiteral("127.0.0.1");

  private ListenAddress() {}

  /** The first of {@link #all}: who can reach it can reach the agent. */
  public static InetSocketAddress of(Config config) throws IOException {
    return all(config).getFirst();
  }

  /** Those of {@link #all} without which the daemon does not start: the first, and the one of the local API. */
  public static List<InetSocketAddress> required(Config config) throws IOException {
    List<InetSocketAddress> all = all(config);
    return all.stream().filter(address -> address.equals(all.getFirst()) || isLocalApi(address.getAddress())).toList();
  }

  /** Whether the command line asks the daemon at this address. */
  public static boolean isLocalApi(InetAddress address) {
    return address.equals(LOCAL);
  }

  /**
   * The addresses that {@code bind} names, and 127.0.0.1 where they leave it out: the owner's commands come there.
   * Without {@code bind} this machine alone where {@code host} means this machine, else every address of it. The port
   * is the configured one; 0 lets the system choose.
   *
   * @return one or more; the wildcard stands for IPv6 and IPv4 at once where the machine has both
   * @throws StoreException where {@code bind} is a name that no address belongs to
   */
  public static List<InetSocketAddress> all(Config config) throws IOException {
    if (config.bind().isPresent()) {
      String bind = config.bind().get();
      try {
        return withLocalApi(List.of(InetAddress.getAllByName(bind))).stream()
            .map(address -> new InetSocketAddress(address, config.port())).toList();
      } catch (UnknownHostException e) {
        throw new StoreException(
            "cannot listen on \"" + bind + "\": no address of that name",
            "set bind in config.toml to an IP address of this machine", e);
      }
    }
    if (Address.of(config.host(), Spec.DEFAULT_PORT, config.agentName()).isLoopbackHost()) {
      byte[] six = new byte[16];
      six[15] = 1;
      return List.of(new InetSocketAddress(LOCAL, config.port()),
          new InetSocketAddress(InetAddress.getByAddress(six), config.port()));
    }
    return List.of(new InetSocketAddress(config.port()));
  }

  private static List<InetAddress> withLocalApi(List<InetAddress> named) {
    if (named.stream().anyMatch(address -> address.isAnyLocalAddress() || isLocalApi(address))) {
      return named;
    }
    List<InetAddress> all = new ArrayList<>(named);
    all.add(LOCAL);
    return all;
  }
}
