package dev.toq.app.up;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import dev.toq.store.StoreException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where the daemon listens, on the real sockets of this machine. */
@Timeout(60)
class SocketsTest {
  private static final InetAddress FOUR = InetAddress.ofLiteral("127.0.0.1");
  private static final InetAddress SIX = InetAddress.ofLiteral("::1");
  private static final Config ANY_PORT = Config.standard().with(ConfigKey.PORT, 0L);

  private static void requireSix() throws IOException {
    assumeTrue(NetworkInterface.getByInetAddress(SIX) != null, "this machine has no IPv6");
  }

  private static boolean isReachable(InetAddress address, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 5_000);
      return true;
    } catch (IOException refused) {
      return false;
    }
  }

  private static int port(Sockets sockets) throws IOException {
    return ((InetSocketAddress) sockets.first().getLocalAddress()).getPort();
  }

  @Test
  @DisplayName("A-83: a host that means this machine is listened to on 127.0.0.1 and ::1, on one port")
  void loopback() throws Exception {
    requireSix();
    try (Sockets sockets = Sockets.bind(ANY_PORT)) {
      assertTrue(isReachable(FOUR, port(sockets)));
      assertTrue(isReachable(SIX, port(sockets)));
    }
  }

  @Test
  @DisplayName("A-83: a public host is listened to on every address, IPv4 and IPv6")
  void everywhere() throws Exception {
    requireSix();
    try (Sockets sockets = Sockets.bind(ANY_PORT.with(ConfigKey.HOST, "agents.example.org"))) {
      assertTrue(isReachable(FOUR, port(sockets)));
      assertTrue(isReachable(SIX, port(sockets)));
    }
  }

  @Test
  @DisplayName("A-83: bind = 0.0.0.0 means IPv4 alone, bind = :: both")
  void bind() throws Exception {
    requireSix();
    try (Sockets sockets = Sockets.bind(ANY_PORT.with(ConfigKey.BIND, "0.0.0.0"))) {
      assertTrue(isReachable(FOUR, port(sockets)));
      assertTrue(!isReachable(SIX, port(sockets)));
    }
    try (Sockets sockets = Sockets.bind(ANY_PORT.with(ConfigKey.BIND, "[::]"))) {
      assertTrue(isReachable(FOUR, port(sockets)));
      assertTrue(isReachable(SIX, port(sockets)));
    }
  }

  @Test
  @DisplayName("A taken first address keeps the daemon from starting; a taken further one is told in the status")
  void taken() throws Exception {
    requireSix();
    try (Sockets six = Sockets.bind(ANY_PORT.with(ConfigKey.BIND, "[::1]"))) {
      Config same = Config.standard().with(ConfigKey.PORT, (long) port(six));
      try (Sockets sockets = Sockets.bind(same)) {
        assertTrue(isReachable(FOUR, port(six)));
        assertEquals(List.of("toq does not listen on 0:0:0:0:0:0:0:1 port " + port(six) + ": Address already in use"),
            sockets.warnings());
        assertThrows(StoreException.class, () -> Sockets.bind(same));
      }
    }
  }
}
