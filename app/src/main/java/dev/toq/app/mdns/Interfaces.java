package dev.toq.app.mdns;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** The addresses of this machine that others on its networks can reach. */
final class Interfaces {
  /** More networks at a time are not spoken to. */
  private static final int MOST = 8;

  private Interfaces() {}

  /** One address of each network: of interfaces that are up and carry multicast, never the loopback. */
  static Set<InetAddress> addresses() throws SocketException {
    Set<InetAddress> all = new LinkedHashSet<>();
    for (NetworkInterface one : NetworkInterface.networkInterfaces().toList()) {
      if (all.size() < MOST && isReal(one)) {
        best(one).ifPresent(all::add);
      }
    }
    return all;
  }

  private static boolean isReal(NetworkInterface one) {
    try {
      return one.isUp() && !one.isLoopback() && !one.isPointToPoint() && one.supportsMulticast();
    } catch (SocketException gone) {
      return false;
    }
  }

  private static Optional<InetAddress> best(NetworkInterface one) {
    return one.inetAddresses()
        .filter(address -> address instanceof Inet4Address || address instanceof Inet6Address)
        .min(Comparator.comparing(
            address -> address instanceof Inet4Address ? 0 : address.isLinkLocalAddress() ? 2 : 1));
  }
}
