package dev.toq.app.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.StoredMessageJson;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalApiTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** Takes one connection, reads up to the end of the request's head and body, and answers with this text. */
  private static CompletableFuture<String> serve(ServerSocket server, String answer, int bodyBytes, boolean close) {
    CompletableFuture<String> request = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (Socket socket = server.accept()) {
                InputStream in = socket.getInputStream();
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) {
                  head.append((char) in.read());
                }
                String body = new String(in.readNBytes(bodyBytes), StandardCharsets.UTF_8);
                socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
                socket.getOutputStream().flush();
                request.complete(head + body);
                if (!close) {
                  in.read();
                }
              } catch (IOException e) {
                request.completeExceptionally(e);
              }
            });
    return request;
  }

  private static ServerSocket server() throws IOException {
    return new ServerSocket(0, 5, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
  }

  @Test
  @DisplayName("A request names the loopback host with its port, its content type and its length")
  void request() throws Exception {
    try (ServerSocket server = server()) {
      CompletableFuture<String> seen = serve(server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 10, false);
      JsonObject body = JsonObject.builder().put("a", "é").build();
      new LocalApi(server.getLocalPort()).post("/v1/x", body, SECOND);
      assertEquals(
          "POST /v1/x HTTP/1.1\r\nHost: 127.0.0.1:"
              + server.getLocalPort()
              + "\r\nAccept: application/json\r\nConnection: close\r\nContent-Type: application/json\r\n"
              + "Content-Length: 10\r\n\r\n{\"a\":\"é\"}",
          seen.get(5, TimeUnit.SECONDS));
    }
  }

  @ParameterizedTest(name = "An answer ends where it says: {0}")
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}",
        "HTTP/1.1 200 OK\r\ncontent-length:9\r\nX: y\r\n\r\n{\"a\":\"b\"} and more",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n5;x=y\r\n:\"b\"}\r\n0\r\n\r\n",
      })
  void framed(String answer) throws Exception {
    try (ServerSocket server = server()) {
      serve(server, answer, 0, false);
      assertEquals("b", new LocalApi(server.getLocalPort()).get("/", SECOND).json().text("a").orElse(""));
    }
  }

  @Test
  @DisplayName("An answer without a length ends with its connection")
  void untilClose() throws Exception {
    try (ServerSocket server = server()) {
      serve(server, "HTTP/1.0 200 OK\r\n\r\nok", 0, true);
      assertArrayEquals(new byte[] {'o', 'k'}, new LocalApi(server.getLocalPort()).get("/", SECOND).body());
    }
  }

  @ParameterizedTest(name = "What is no whole HTTP answer is an error: {0}")
  @ValueSource(
      strings = {
        "",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      })
  void malformed(String answer) {
    InputStream in = new ByteArrayInputStream(answer.getBytes(StandardCharsets.ISO_8859_1));
    assertThrows(IOException.class, () -> new HttpAnswer(in).readAllBytes());
  }

  @Test
  @DisplayName("A list of messages that are as deep as messages may be is read")
  void deep() throws Exception {
    int depth = StoredMessageJson.DEPTH - 1;
    String body = "{\"messages\":[{\"body\":" + "[".repeat(depth) + "]".repeat(depth) + "}]}";
    try (ServerSocket server = server()) {
      serve(server, "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body, 0, false);
      LocalApi.Answer answer = new LocalApi(server.getLocalPort()).get("/", SECOND);
      assertEquals(1, Json.objects(answer.json(), "messages").size());
    }
  }

  @Test
  @DisplayName("A failed request gives its code and its message with control characters escaped")
  void failed() throws Exception {
    String body = "{\"error\":{\"code\":\"not_reachable\",\"message\":\"gone \\u001b[31m\"}}";
    try (ServerSocket server = server()) {
      serve(server, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: " + body.length() + "\r\n\r\n" + body, 0, false);
      LocalApi.Answer answer = new LocalApi(server.getLocalPort()).get("/", SECOND);
      assertFalse(answer.succeeded());
      assertEquals("not_reachable", answer.errorCode());
      assertEquals("gone \\u001b[31m", answer.errorMessage());
    }
  }

  @Test
  @DisplayName("A daemon that is silent ends the request at its deadline, and one that is not there at once")
  void silent() throws Exception {
    int port;
    try (ServerSocket server = server()) {
      port = server.getLocalPort();
      serve(server, "", 0, false);
      LocalApi api = new LocalApi(port);
      assertThrows(SocketTimeoutException.class, () -> api.get("/", Duration.ofMillis(100)));
    }
    assertThrows(ConnectException.class, () -> new LocalApi(port).get("/", SECOND));
    assertFalse(new LocalApi(port).healthy(SECOND));
    assertFalse(new LocalApi(port).listens());
  }

  @Test
  @DisplayName("An event stream is read line by line, from after it was opened until the taker has enough")
  void stream() throws Exception {
    try (ServerSocket server = server()) {
      serve(server,
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n:\n\n\r\n9\r\ndata: é\n\r\n1\r\nx\r\n", 0, false);
      List<String> lines = new ArrayList<>();
      new LocalApi(server.getLocalPort())
          .stream(
              "/v1/messages",
              SECOND,
              () -> lines.add("opened"),
              line -> {
                lines.add(line);
                return !line.startsWith("data");
              });
      assertEquals(List.of("opened", ":", "", "data: é"), lines);
    }
  }

  @Test
  @DisplayName("A key is percent-encoded whole for a path")
  void encoded() {
    assertEquals("ed25519%3AA%2Fb%2B9-._~%3D%C3%A9%20", LocalApi.encoded("ed25519:A/b+9-._~=é "));
    assertTrue(LocalApi.encoded("plain").equals("plain"));
  }
}
