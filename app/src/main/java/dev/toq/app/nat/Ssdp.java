package dev.toq.app.nat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Finds the router's description (UPnP Device Architecture 1.1 section 1.3). Anybody on the network can answer a
 * search, with an address of anything; so only the router's own answer counts, and only where it leads to the router
 * itself.
 *
 * @param group where searches go to beside the router: the group of all UPnP devices
 * @param port the router's, for a search that goes to it alone
 * @param patience how long answers are waited for
 */
record Ssdp(InetSocketAddress group, int port, Duration patience) {
  static final int PORT = 1900;
  static final Ssdp STANDARD =
      new Ssdp(new InetSocketAddress(InetAddress.ofLiteral("239.255.255.250"), PORT), PORT, Duration.ofSeconds(3));

  private static final int LONGEST = 4096;
  private static final int LONGEST_LOCATION = 512;
  private static final int HOPS = 2;
  private static final List<String> WANTED = List.of(
      "urn:schemas-upnp-org:device:InternetGatewayDevice:1", "urn:schemas-upnp-org:device:InternetGatewayDevice:2");

  /**
   * Where the router's description is.
   *
   * @throws IOException where the router does not answer
   */
  URI find(Gateway gateway) throws IOException {
    try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(gateway.local(), 0))) {
      socket.setOption(StandardSocketOptions.IP_MULTICAST_TTL, HOPS);
      NetworkInterface way = NetworkInterface.getByInetAddress(gateway.local());
      if (way != null) {
        socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, way);
      }
      for (String target : WANTED) {
        byte[] search = search(target);
        for (InetSocketAddress to : List.of(group, new InetSocketAddress(gateway.router(), port))) {
          socket.send(new DatagramPacket(search, search.length, to));
        }
      }
      return await(socket, gateway.router());
    }
  }

  private static byte[] search(String target) {
    return ("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: " + target
        + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  private URI await(DatagramSocket socket, InetAddress router) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    byte[] room = new byte[LONGEST + 1];
    while (true) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        throw new IOException("no answer");
      }
      socket.setSoTimeout((int) left);
      DatagramPacket packet = new DatagramPacket(room, room.length);
      try {
        socket.receive(packet);
      } catch (SocketTimeoutException silent) {
        throw new IOException("no answer");
      }
      if (packet.getAddress().equals(router) && packet.getLength() <= LONGEST) {
        Optional<URI> location =
            location(new String(room, 0, packet.getLength(), StandardCharsets.ISO_8859_1), router);
        if (location.isPresent()) {
          return location.get();
        }
      }
    }
  }

  /** The location that an answer to a search names; empty where the text is no such answer, or leads elsewhere. */
  static Optional<URI> location(String answer, InetAddress router) {
    String[] lines = answer.split("\r?\n", -1);
    if (!lines[0].startsWith("HTTP/1.1 200")) {
      return Optional.empty();
    }
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).strip().toLowerCase(Locale.ROOT).equals("location")) {
        return own(line.substring(colon + 1).strip(), router);
      }
    }
    return Optional.empty();
  }

  /** The text as an address of the router's own: {@code http} and its IP address, no name, nobody else's. */
  static Optional<URI> own(String text, InetAddress router) {
    if (text.length() > LONGEST_LOCATION) {
      return Optional.empty();
    }
    try {
      URI uri = new URI(text);
      String host = uri.getHost();
      boolean http = "http".equalsIgnoreCase(uri.getScheme()) && host != null && uri.getUserInfo() == null
          && uri.getPort() != 0 && uri.getPort() <= 65_535;
      return http && host.equals(router.getHostAddress()) ? Optional.of(uri) : Optional.empty();
    } catch (URISyntaxException noAddress) {
      return Optional.empty();
    }
  }
}
