package dev.toq.app.mdns;

import dev.toq.app.daemon.Nearby.Found;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.jmdns.ServiceInfo;

/** Reads what somebody announces. */
final class Announcement {
  /** What is put behind a name that another on the network has too: {@code (2)} by most, {@code #2} by Avahi. */
  private static final Pattern CONFLICT = Pattern.compile("(?: \\(\\d{1,6}\\)| #\\d{1,6})$");

  private static final int MOST_PLACES = 8;

  private Announcement() {}

  /**
   * The agent that a service announces (specification 20.3); empty where it is none of ours, is broken, or is not all
   * there yet.
   *
   * @param name the service's instance name: the agent's name, and what a conflict added to it
   * @param here it was heard on the loopback of this machine, so that its addresses there count
   */
  static Optional<Found> read(String name, ServiceInfo info, boolean here) {
    byte[] text = info.getTextBytes();
    String server = info.getServer();
    if (text == null || server == null) {
      return Optional.empty();
    }
    return read(name, server, info.getPort(), text, Arrays.asList(info.getInetAddresses()), here);
  }

  static Optional<Found> read(
      String name, String server, int port, byte[] text, List<InetAddress> addresses, boolean here) {
    Optional<PublicKey> key = TxtRecord.key(text);
    List<InetAddress> places = addresses.stream()
        .filter(address -> here == address.isLoopbackAddress() && leadsToSomebody(address))
        .distinct().limit(MOST_PLACES).toList();
    String host = server.toLowerCase(Locale.ROOT).replaceFirst("\\.$", ""); // R-20.3-01
    if (key.isEmpty() || places.isEmpty() || !host.endsWith(".local")) {
      return Optional.empty();
    }
    try {
      Address address = Address.of(host, port, CONFLICT.matcher(name).replaceFirst(""));
      return Optional.of(new Found(address, key.get(), places));
    } catch (IllegalArgumentException noAddress) {
      return Optional.empty(); // a stranger's nonsense
    }
  }

  /** Not everybody; and an address of one link only where it says of which. */
  private static boolean leadsToSomebody(InetAddress address) {
    boolean nowhere = address.isAnyLocalAddress() || address.isMulticastAddress();
    boolean someLink = address instanceof Inet6Address six && six.isLinkLocalAddress() && six.getScopeId() == 0;
    return !nowhere && !someLink;
  }
}
