package dev.toq.app.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

/** The interface behind a real port: an acceptor of its own reads the first byte and hands the connection over. */
final class ApiHarness implements AutoCloseable {
  static final Instant NOW = Instant.parse("2026-11-24T12:34:56.789Z");
  static final ApiLimits QUICK =
      new ApiLimits(1000, 5, 2, 32, Duration.ofMillis(100), Duration.ofSeconds(2), Duration.ofSeconds(1));

  final TinyAgent agent = new TinyAgent();
  final ApiServer api;
  final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ServerSocketChannel listener;

  ApiHarness(ApiLimits limits) throws IOException {
    listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    api = new ApiServer(agent, limits, Clock.fixed(NOW, ZoneOffset.UTC));
    Thread.ofVirtual().start(this::acceptAll);
    api.start(port());
  }

  int port() throws IOException {
    return ((InetSocketAddress) listener.getLocalAddress()).getPort();
  }

  private void acceptAll() {
    while (listener.isOpen()) {
      try {
        SocketChannel channel = listener.accept();
        Thread.ofVirtual().start(() -> handOver(channel));
      } catch (ClosedChannelException e) {
        return; // the test is over
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void handOver(SocketChannel channel) {
    try {
      ByteBuffer first = ByteBuffer.allocate(1);
      if (channel.read(first) == 1) {
        api.adopt(channel, first.array());
      } else {
        channel.close();
      }
    } catch (IOException e) {
      System.err.println("not handed over: " + e);
    }
  }

  /** Sends the text as it is, with CRLF for its line ends, returns all that comes until the end. */
  String raw(String text) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(wire(text));
      return readAll(socket.getInputStream());
    }
  }

  Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** A text block as bytes of HTTP: PORT is replaced, and lines up to the empty one end in CRLF. */
  byte[] wire(String text) throws IOException {
    String ported = text.replace("PORT", Integer.toString(port()));
    int body = ported.indexOf("\n\n");
    String head = body < 0 ? ported : ported.substring(0, body + 2);
    String rest = body < 0 ? "" : ported.substring(body + 2);
    return (head.replace("\n", "\r\n") + rest).getBytes(StandardCharsets.UTF_8);
  }

  static String readAll(InputStream in) throws IOException {
    var all = new ByteArrayOutputStream();
    in.transferTo(all);
    return all.toString(StandardCharsets.UTF_8);
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(request(path).GET());
  }

  HttpResponse<String> post(String path, String json) throws IOException, InterruptedException {
    return withBody("POST", path, json);
  }

  HttpResponse<String> withBody(String method, String path, String json) throws IOException, InterruptedException {
    return send(request(path).header("Content-Type", "application/json")
        .method(method, HttpRequest.BodyPublishers.ofString(json)));
  }

  HttpResponse<String> withoutBody(String method, String path) throws IOException, InterruptedException {
    return send(request(path).method(method, HttpRequest.BodyPublishers.noBody()));
  }

  HttpRequest.Builder request(String path) throws IOException {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path)).timeout(Duration.ofSeconds(10));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() throws IOException {
    listener.close();
    client.shutdownNow();
    api.close();
  }
}
