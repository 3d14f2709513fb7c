package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.toq.protocol.session.ChannelBinding;
import dev.toq.store.DataDirectory;
import dev.toq.store.KeyStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The values that real TLS connections give to both of their ends. */
class TlsExporterTest {
  private static final int CONNECTIONS = 4;

  /** A value of a TLS session, which the sessions that resume it have too. */
  private static final String MARK = "connection ";

  @TempDir Path home;

  private record Ends(Wire.Streams opened, Wire.Streams accepted) {}

  @Test
  @DisplayName("A-37: the two ends of a TLS connection compute each other's binding, resumed TLS sessions among them")
  void endsAgree() throws Exception {
    SSLContext client = TlsContexts.client();
    SSLContext server = server();
    List<Ends> all = new ArrayList<>();
    List<Wire> wires = new ArrayList<>();
    Deadlines deadlines = new Deadlines(System::nanoTime);
    try (ServerSocketChannel listening = ServerSocketChannel.open();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      for (int i = 0; i < CONNECTIONS; i++) {
        Wire opened = new Wire(SocketChannel.open(listening.getLocalAddress()), deadlines, Duration.ofSeconds(10));
        Wire accepted = new Wire(listening.accept(), deadlines, Duration.ofSeconds(10));
        wires.addAll(List.of(opened, accepted));
        var serving = threads.submit(() -> accepted.secureAsServer(server, new byte[0]));
        Wire.Streams clientEnd = opened.secureAsClient(client);
        Ends ends = new Ends(clientEnd, serving.get(10, TimeUnit.SECONDS));
        ends.accepted().out().write(7); // the ticket for the next connection comes with it
        ends.accepted().out().flush();
        assertEquals(7, ends.opened().in().read());
        all.add(ends);
        ends.opened().socket().getSession().putValue(MARK + i, i);
      }
      Set<String> values = new HashSet<>();
      for (Ends ends : all) {
        ChannelBinding initiator = ChannelBinding.asInitiator(ends.opened()::exported, true);
        ChannelBinding receiver = ChannelBinding.asReceiver(ends.accepted()::exported, true);
        assertEquals(initiator.own(), receiver.expected());
        assertEquals(receiver.own(), initiator.expected());
        assertNotEquals(initiator.own(), receiver.own());
        values.add(initiator.own());
        values.add(receiver.own());
      }
      assertEquals(2 * CONNECTIONS, values.size(), "no two connections share a value");
      Object first = all.getLast().opened().socket().getSession().getValue(MARK + 0);
      assertEquals(0, first, "the last connection resumed the TLS session of the first");
    } finally {
      wires.forEach(Wire::close);
      deadlines.close();
    }
  }

  private SSLContext server() throws Exception {
    DataDirectory directory =
        DataDirectory.resolve(Map.of("HOME", home.toString()), home, Optional.of(home.resolve("agent")));
    directory.create();
    KeyStore.Keys keys = KeyStore.create(directory, new SecureRandom());
    return TlsContexts.server(keys.certificate(), keys.tlsKey());
  }
}
