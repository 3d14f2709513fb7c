package dev.toq.app;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Address;
import dev.toq.store.Config;
import dev.toq.store.StoreException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.stream.Stream;

/** Where the daemon listens. */
public final class ListenAddress {
  private ListenAddress() {}

  /** The first of {@link #all}, without which the daemon does not start. */
  public static InetSocketAddress of(Config config) throws IOException {
    return all(config).getFirst();
  }

  /**
   * The addresses that {@code bind} names; without it this machine alone where {@code host} means this machine, else
   * every address of it. The port is the configured one; 0 lets the system choose.
   *
   * @return one or more; the wildcard stands for IPv6 and IPv4 at once where the machine has both
   * @throws StoreException where {@code bind} is a name that no address belongs to
   */
  public static List<InetSocketAddress> all(Config config) throws IOException {
    if (config.bind().isPresent()) {
      String bind = config.bind().get();
      try {
        return Stream.of(InetAddress.getAllByName(bind))
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
      return List.of(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), config.port()),
          new InetSocketAddress(InetAddress.getByAddress(six), config.port()));
    }
    return List.of(new InetSocketAddress(config.port()));
  }
}
