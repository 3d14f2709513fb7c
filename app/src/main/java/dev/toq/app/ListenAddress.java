package dev.toq.app;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Address;
import dev.toq.store.Config;
import dev.toq.store.StoreException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Where the daemon listens. */
public final class ListenAddress {
  private ListenAddress() {}

  /**
   * The address that {@code bind} names; without it this machine alone where {@code host} means this machine, else every
   * address of it. The port is the configured one; 0 lets the system choose.
   *
   * @throws StoreException where {@code bind} is a name that no address belongs to
   */
  public static InetSocketAddress of(Config config) throws IOException {
    if (config.bind().isPresent()) {
      String bind = config.bind().get();
      try {
        return new InetSocketAddress(InetAddress.getByName(bind), config.port());
      } catch (UnknownHostException e) {
        throw new StoreException(
            "cannot listen on \"" + bind + "\": no address of that name", "set bind in config.toml to an IP address of this machine", e);
      }
    }
    if (Address.of(config.host(), Spec.DEFAULT_PORT, config.agentName()).isLoopbackHost()) {
      return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), config.port());
    }
    return new InetSocketAddress(config.port());
  }
}
