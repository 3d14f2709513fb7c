package dev.toq.app.api;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A machine so busy that the server is not ready when the first callers come. */
class ApiStartTest {
  @Test
  @DisplayName("R-27.5-01: a caller that came too early is turned away; once the server has started, the next is "
      + "served")
  void early() throws Exception {
    try (ServerSocketChannel listener = ServerSocketChannel.open();
        ApiServer api =
            new ApiServer(new TinyAgent(), ApiHarness.QUICK, Clock.fixed(ApiHarness.NOW, ZoneOffset.UTC))) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
      try (Socket early = connect(port)) {
        SocketChannel accepted = listener.accept();
        assertThrows(IOException.class, () -> api.adopt(accepted, new byte[0], Duration.ofMillis(1)));
        assertTrue(early.getInputStream().read() < 0, "the early caller's connection is closed");
      }
      api.start(port);
      try (Socket later = connect(port)) {
        api.adopt(listener.accept(), new byte[0], Duration.ofSeconds(10));
        later.getOutputStream().write("GET /v1/health HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertTrue(ApiHarness.readAll(later.getInputStream()).endsWith("\r\n\r\nok"));
      }
    }
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(10_000);
    return socket;
  }
}
