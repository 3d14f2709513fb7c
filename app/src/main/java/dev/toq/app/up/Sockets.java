package dev.toq.app.up;

import dev.toq.app.ListenAddress;
import dev.toq.store.Config;
import dev.toq.store.StoreException;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets at which the daemon listens, all on one port: one for IPv6 and IPv4 at once where every address is meant,
 * else one for each address.
 *
 * @param first the one that says who can reach the agent
 * @param more those of further addresses that this machine has; where the first is not the local API's, that one too
 * @param warnings for the owner: an address that another program has taken
 */
record Sockets(ServerSocketChannel first, List<ServerSocketChannel> more, List<String> warnings)
    implements AutoCloseable {
  /** Length of the kernel's queue: a thousand peers that come back at once find room. */
  private static final int BACKLOG = 1024;

  /** A port that the system chose at one address may be taken at the next; it hardly ever is several times. */
  private static final int PORTS_TO_TRY = 10;

  /** @throws StoreException where the first address or that of the local API is taken or is none of this machine */
  static Sockets bind(Config config) throws IOException {
    List<InetSocketAddress> addresses = ListenAddress.all(config);
    boolean isOfBothFamilies = addresses.getFirst().getAddress().isAnyLocalAddress() && config.bind().isEmpty();
    int left = config.port() == 0 ? PORTS_TO_TRY - 1 : 0;
    while (true) {
      try {
        return bind(addresses, isOfBothFamilies);
      } catch (StoreException unusable) {
        if (left-- == 0) {
          throw unusable;
        }
      }
    }
  }

  private static Sockets bind(List<InetSocketAddress> addresses, boolean isOfBothFamilies) throws IOException {
    Sockets sockets =
        new Sockets(required(addresses.getFirst(), isOfBothFamilies), new ArrayList<>(), new ArrayList<>());
    try {
      int port = ((InetSocketAddress) sockets.first.getLocalAddress()).getPort();
      for (InetSocketAddress address : addresses.subList(1, addresses.size())) {
        sockets.add(address.getAddress(), port);
      }
      return sockets;
    } catch (IOException | RuntimeException unusable) {
      sockets.close();
      throw unusable;
    }
  }

  private static ServerSocketChannel required(InetSocketAddress wanted, boolean isOfBothFamilies) throws IOException {
    try {
      return bind(wanted, isOfBothFamilies);
    } catch (BindException taken) {
      throw new StoreException("cannot listen on " + wanted.getAddress().getHostAddress() + " port "
          + wanted.getPort() + ": " + taken.getMessage(), "stop the other program, or set another port in config.toml",
          taken);
    }
  }

  /** Without IPv6 the machine has no such address, and then nobody can come to it either. */
  private void add(InetAddress address, int port) throws IOException {
    if (ListenAddress.isLocalApi(address)) { // an agent that its owner cannot speak to is of no use
      more.add(required(new InetSocketAddress(address, port), false));
      return;
    }
    if (NetworkInterface.getByInetAddress(address) == null) {
      return;
    }
    try {
      more.add(bind(new InetSocketAddress(address, port), false));
    } catch (BindException taken) {
      warnings.add("toq does not listen on " + address.getHostAddress() + " port " + port + ": " + taken.getMessage());
    }
  }

  /** A socket of IPv6 takes 0.0.0.0 for every address of both families; an owner who writes it means IPv4. */
  private static ServerSocketChannel bind(InetSocketAddress address, boolean isOfBothFamilies) throws IOException {
    ServerSocketChannel server = address.getAddress() instanceof Inet4Address && !isOfBothFamilies
        ? ServerSocketChannel.open(StandardProtocolFamily.INET) : ServerSocketChannel.open();
    try {
      server.bind(address, BACKLOG);
      return server;
    } catch (IOException | RuntimeException unusable) {
      server.close();
      throw unusable;
    }
  }

  @Override
  public void close() throws IOException {
    first.close();
    for (ServerSocketChannel server : more) {
      server.close();
    }
  }
}
