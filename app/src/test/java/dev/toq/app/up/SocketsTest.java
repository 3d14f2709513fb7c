package dev.toq.app.up;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.toq.app.ListenAddress;
import dev.toq.store.Config;
import dev.toq.store.ConfigKey;
import dev.toq.store.StoreException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    try (ServerSocket six = new ServerSocket(0, 5, SIX)) {
      int port = six.getLocalPort();
      Config same = Config.standard().with(ConfigKey.PORT, (long) port);
      try (Sockets sockets = Sockets.bind(same)) {
        assertTrue(isReachable(FOUR, port));
        assertEquals(List.of("toq does not listen on 0:0:0:0:0:0:0:1 port " + port + ": Address already in use"),
            sockets.warnings());
        assertThrows(StoreException.class, () -> Sockets.bind(same));
      }
    }
  }

  @ParameterizedTest(name = "A-83: bind = {0} is listened to, and 127.0.0.1 for the local API, on one port")
  @ValueSource(strings = {"[::1]", "127.0.0.2"})
  void localApi(String bind) throws Exception {
    InetAddress named = InetAddress.getByName(bind);
    assumeTrue(isOfThisMachine(named), "this machine has no " + bind);
    Config config = ANY_PORT.with(ConfigKey.BIND, bind);
    assertEquals(named, ListenAddress.of(config).getAddress(), "who can reach it is what bind says");
    try (Sockets sockets = Sockets.bind(config)) {
      assertTrue(isReachable(named, port(sockets)));
      assertTrue(isReachable(FOUR, port(sockets)));
      assertTrue(!isReachable(InetAddress.ofLiteral("127.0.0.3"), port(sockets)), "no other address");
      assertEquals(List.of(), sockets.warnings());
    }
  }

  @Test
  @DisplayName("A-83: a bind that covers 127.0.0.1 adds no address")
  void covered() throws Exception {
    for (String bind : List.of("127.0.0.1", "0.0.0.0", "[::]")) {
      assertEquals(1, ListenAddress.all(ANY_PORT.with(ConfigKey.BIND, bind)).size(), bind);
    }
  }

  @Test
  @DisplayName("A taken 127.0.0.1 keeps the daemon from starting where bind names another address, which is free then")
  void localApiTaken() throws Exception {
    InetAddress second = InetAddress.ofLiteral("127.0.0.2");
    assumeTrue(isOfThisMachine(second), "this machine has no 127.0.0.2");
    try (ServerSocket other = new ServerSocket(0, 5, FOUR)) {
      int port = other.getLocalPort();
      Config same = ANY_PORT.with(ConfigKey.BIND, "127.0.0.2").with(ConfigKey.PORT, (long) port);
      StoreException refused = assertThrows(StoreException.class, () -> Sockets.bind(same));
      assertEquals("cannot listen on 127.0.0.1 port " + port + ": Address already in use", refused.getMessage());
      new ServerSocket(port, 5, second).close();
    }
  }

  private static boolean isOfThisMachine(InetAddress address) {
    try (ServerSocket probe = new ServerSocket(0, 1, address)) {
      return probe.isBound();
    } catch (IOException none) {
      return false;
    }
  }
}
