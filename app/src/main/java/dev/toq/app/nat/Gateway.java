package dev.toq.app.nat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The router that this machine sends everything to which is not on its own network.
 *
 * @param router the router's address on our side
 * @param local our address as the router sees it
 */
record Gateway(InetAddress router, InetAddress local) {
  private static final Path ROUTES = Path.of("/proc/net/route");
  private static final int LONGEST_TABLE = 4096;
  private static final int FLAG_UP = 1;
  private static final int FLAG_GATEWAY = 2;

  /**
   * The one of the default route for IPv4.
   *
   * @throws IOException where there is none, with a sentence for the owner
   */
  static Gateway find() throws IOException {
    if (!Files.isReadable(ROUTES)) {
      throw new IOException("which router to ask is known on Linux only");
    }
    InetAddress router = of(Files.readAllLines(ROUTES, StandardCharsets.US_ASCII))
        .orElseThrow(() -> new IOException("this machine has no default route, so there is no router to ask"));
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(router, 9)); // sends nothing: the system chooses our address for this way
      return new Gateway(router, socket.getLocalAddress());
    }
  }

  /**
   * The router in a table of routes: that of the default route with the least metric.
   *
   * @param table the lines of {@code /proc/net/route}: its addresses are hexadecimal, in this machine's order of bytes
   */
  static Optional<InetAddress> of(List<String> table) throws IOException {
    InetAddress best = null;
    long least = Long.MAX_VALUE;
    for (String line : table.subList(Math.min(1, table.size()), Math.min(table.size(), LONGEST_TABLE))) {
      String[] cells = line.strip().split("\\s+");
      if (cells.length < 8 || !cells[1].equals("00000000") || !cells[7].equals("00000000")) {
        continue;
      }
      int flags = Integer.parseInt(cells[3], 16);
      long metric = Long.parseLong(cells[6]);
      if ((flags & FLAG_UP) != 0 && (flags & FLAG_GATEWAY) != 0 && metric < least) {
        least = metric;
        best = address(Integer.parseUnsignedInt(cells[2], 16));
      }
    }
    return Optional.ofNullable(best);
  }

  private static InetAddress address(int word) throws IOException {
    boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    int number = little ? Integer.reverseBytes(word) : word;
    return InetAddress.getByAddress(
        new byte[] {(byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8), (byte) number});
  }
}
