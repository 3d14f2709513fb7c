package dev.toq.app.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** HTTP itself, as text over a socket. */
class HttpTest {
  private ApiHarness api;

  @BeforeEach
  void open() throws IOException {
    api = new ApiHarness(ApiHarness.QUICK);
  }

  @AfterEach
  void close() throws IOException {
    api.close();
  }

  /** What a raw answer is without its date. */
  private String ask(String request) throws IOException {
    return api.raw(request).replaceAll("Date: [^\r]*\r\n", "").replace("\r\n", "\n");
  }

  @Test
  @DisplayName("R-27.5-01: health answers ok, in HTTP/1.1 and in HTTP/1.0 without a Host")
  void health() throws Exception {
    assertEquals("""
        HTTP/1.1 200 OK
        X-Content-Type-Options: nosniff
        Cache-Control: no-store
        Content-Type: text/plain;charset=utf-8
        Content-Length: 2
        Connection: close

        ok""", ask("""
        GET /v1/health HTTP/1.1
        Host: 127.0.0.1:PORT
        Connection: close

        """));
    assertTrue(ask("GET /v1/health HTTP/1.0\n\n").endsWith("\n\nok"));
  }

  @Test
  @DisplayName("An unknown path is 404 and a wrong method 405 with Allow, both as JSON")
  void unknown() throws Exception {
    assertEquals("""
        HTTP/1.1 404 Not Found
        X-Content-Type-Options: nosniff
        Cache-Control: no-store
        Content-Type: application/json
        Content-Length: 63
        Connection: close

        {"error":{"code":"not_found","message":"there is no /v1/nope"}}""", ask("""
        GET /v1/nope HTTP/1.1
        Host: localhost:PORT
        Connection: close

        """));
    assertEquals("""
        HTTP/1.1 405 Method Not Allowed
        X-Content-Type-Options: nosniff
        Cache-Control: no-store
        Content-Type: application/json
        Allow: POST, DELETE
        Content-Length: 79
        Connection: close

        {"error":{"code":"method_not_allowed","message":"/v1/block does not take GET"}}""", ask("""
        GET /v1/block HTTP/1.1
        Host: localhost:PORT
        Connection: close

        """));
  }

  @Test
  @DisplayName("HEAD answers on GET routes with the same headers and no body, the event stream included")
  void head() throws Exception {
    for (String path : List.of("/v1/health", "/v1/status", "/v1/card", "/v1/permissions", "/v1/approvals",
        "/v1/messages/history", "/v1/threads/t")) {
      String get = ask("GET " + path + " HTTP/1.1\nHost: localhost:PORT\nConnection: close\n\n");
      String head = ask("HEAD " + path + " HTTP/1.1\nHost: localhost:PORT\nConnection: close\n\n");
      assertEquals(get.substring(0, get.indexOf("\n\n") + 2), head);
    }
    String stream = ask("HEAD /v1/messages HTTP/1.1\nHost: localhost:PORT\nConnection: close\n\n");
    assertTrue(stream.contains("Content-Type: text/event-stream\n"), stream);
    assertTrue(api.agent.listening.isEmpty());
  }

  @Test
  @DisplayName("Ways out of a path are refused or lead nowhere, and encoded slashes stay inside their segment")
  void paths() throws Exception {
    for (String path : List.of("/v1/../v1/status", "/v1/./status", "/v1/%2e%2e/v1/status", "/v1/%2E/status",
        "/v1%2Fstatus", "/v1//status", "//v1/status", "/v1/status/", "/V1/STATUS", "/v1/status;x=1", "/v1/status%00",
        "/v1/peers//block", "/v1/peers/../block", "/v1/threads/%zz", "/v1/threads/%ff", "/v1/threads/a/b",
        "/v1\\status", "/%76%31/status/../status")) {
      String answer = ask("GET " + path + " HTTP/1.1\nHost: localhost:PORT\nConnection: close\n\n");
      assertTrue(answer.matches("(?s)HTTP/1.1 (400|404|405) .*"), path + " → " + answer);
      assertTrue(answer.contains("\n\n{\"error\":{\"code\":\""), path + " → " + answer);
    }
    assertEquals("{\"thread_id\":\"a/b+c%?\",\"messages\":[]}", api.get("/v1/threads/a%2Fb+c%25%3F").body());
  }

  @Test
  @DisplayName("What is not HTTP gets an error in our shape and the end of the connection")
  void garbage() throws Exception {
    for (String request : List.of("GARBAGE\n\n", "GET /v1/health HTTP/9.9\nHost: localhost:PORT\n\n",
        "GET /v1/health\n\n", "GET /v1/health HTTP/1.1\nHost: localhost:PORT\nNo colon\n\n",
        "POST /v1/messages HTTP/1.1\nHost: localhost:PORT\nContent-Type: application/json\nContent-Length: -1\n\n",
        "POST /v1/messages HTTP/1.1\nHost: localhost:PORT\nContent-Type: application/json\nContent-Length: 2\n"
            + "Transfer-Encoding: chunked\n\n{}")) {
      String answer = ask(request);
      assertTrue(answer.matches("(?s)HTTP/1.1 (400|505|426) .*"), request + " → " + answer);
      assertTrue(answer.contains("\n\n{\"error\":{\"code\":\"invalid_request\"") || answer.contains("internal_error"),
          request + " → " + answer);
    }
    assertTrue(api.agent.deeds.isEmpty());
  }

  @Test
  @DisplayName("Headers over 16 KiB are refused with 431")
  void longHeaders() throws Exception {
    String answer = ask("GET /v1/status HTTP/1.1\nHost: localhost:PORT\nX-A: " + "a".repeat(17_000) + "\n\n");
    assertTrue(answer.startsWith("HTTP/1.1 431 "), answer);
  }

  @Test
  @DisplayName("A body over the limit is refused with 413, whether its length is declared or found out, and unsent")
  void longBodies() throws Exception {
    int limit = ApiHarness.QUICK.maxRequestBytes();
    String declared = ask("POST /v1/messages HTTP/1.1\nHost: localhost:PORT\nContent-Type: application/json\n"
        + "Connection: close\nContent-Length: " + (limit + 1) + "\n\n");
    assertTrue(declared.startsWith("HTTP/1.1 413 "), declared);
    String chunk = "a".repeat(1024 * 1024);
    try (Socket socket = api.connect()) {
      socket.getOutputStream().write(api.wire("POST /v1/messages HTTP/1.1\nHost: localhost:PORT\n"
          + "Content-Type: application/json\nConnection: close\nTransfer-Encoding: chunked\n\n"));
      for (int i = 0; i < 2; i++) {
        socket.getOutputStream().write(("100000\r\n" + chunk + "\r\n").getBytes(StandardCharsets.US_ASCII));
      }
      socket.getOutputStream().write("1\r\n".getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write('a');
      byte[] start = socket.getInputStream().readNBytes(13);
      assertEquals("HTTP/1.1 413 ", new String(start, StandardCharsets.US_ASCII));
    }
    assertTrue(api.agent.deeds.isEmpty());
  }

  @Test
  @DisplayName("A request that is refused before its body is needed leaves the connection good for the next one")
  void refusedBeforeItsBody() throws Exception {
    try (Socket socket = api.connect()) {
      socket.getOutputStream().write(api.wire("POST /v1/approvals/1 HTTP/1.1\nHost: localhost:PORT\n"
          + "Content-Type: application/json\nContent-Length: 22\n\n{"));
      socket.setSoTimeout(300); // shorter than a body may take
      assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write("\"decision\":\"approve\"}".substring(0, 21).getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(
          api.wire("GET /v1/health HTTP/1.1\nHost: localhost:PORT\nConnection: close\n\n"));
      String answers = ApiHarness.readAll(socket.getInputStream());
      assertTrue(answers.startsWith("HTTP/1.1 404 ") && answers.endsWith("\r\n\r\nok"), answers);
    }
  }

  @Test
  @DisplayName("A body that does not arrive in time is refused with 408")
  void slowBody() throws Exception {
    String answer = ask("POST /v1/ping HTTP/1.1\nHost: localhost:PORT\nContent-Type: application/json\n"
        + "Content-Length: 10\n\n{");
    assertTrue(answer.startsWith("HTTP/1.1 408 "), answer);
    assertTrue(answer.contains("\"code\":\"request_timeout\""), answer);
  }

  @Test
  @DisplayName("A body may come in chunks, and two requests may come at once on one connection")
  void chunksAndPipelines() throws Exception {
    String answers = ask("""
        POST /v1/ping HTTP/1.1
        Host: localhost:PORT
        Content-Type: application/json
        Transfer-Encoding: chunked

        """ + "2\r\n{\"\r\n1e\r\naddress\":\"toq://127.0.0.1:7/b\"\r\n1\r\n}\r\n0\r\n\r\n"
        + "GET /v1/health HTTP/1.1\r\nHost: localhost:" + api.port() + "\r\nConnection: close\r\n\r\n");
    assertTrue(answers.contains("\"reachable\":true"), answers);
    assertTrue(answers.endsWith("\n\nok"), answers);
  }

  @Test
  @DisplayName("A connection that says nothing between requests is closed, one whose answer takes long is not")
  void idle() throws Exception {
    long before = System.nanoTime();
    assertTrue(ask("GET /v1/health HTTP/1.1\nHost: localhost:PORT\n\n").endsWith("ok"));
    assertTrue(System.nanoTime() - before < 8_000_000_000L, "closed by the other side after 2 s");

    api.agent.beforeAnswer = new CountDownLatch(1);
    var letGo = Thread.ofVirtual().unstarted(() -> api.agent.beforeAnswer.countDown());
    try (Socket socket = api.connect()) {
      socket.getOutputStream().write(api.wire("""
          POST /v1/messages?wait=true HTTP/1.1
          Host: localhost:PORT
          Content-Type: application/json
          Content-Length: 28

          {"to":"toq://127.0.0.1:7/b"}"""));
      socket.setSoTimeout(3500); // longer than the idle limit of 2 s
      boolean silent = false;
      try {
        silent = socket.getInputStream().read() < 0;
      } catch (SocketTimeoutException e) {
        letGo.start();
      }
      assertFalse(silent, "the connection was closed while its answer was being made");
      socket.setSoTimeout(10_000);
      assertEquals("HTTP/1.1 200 ",
          new String(socket.getInputStream().readNBytes(13), StandardCharsets.US_ASCII));
    }
    assertTrue(letGo.join(Duration.ofSeconds(5)));
  }

  @Test
  @DisplayName("Headers that come one letter at a time are given up after the idle limit, not with each letter anew")
  void trickle() throws Exception {
    try (Socket socket = api.connect()) {
      long before = System.nanoTime();
      socket.getOutputStream().write("GET /v1/health HTTP/1.1\r\nX-Slow: ".getBytes(StandardCharsets.US_ASCII));
      socket.setSoTimeout(100);
      int end = 0;
      while (end == 0 && System.nanoTime() - before < 10_000_000_000L) {
        try {
          socket.getOutputStream().write('a');
          end = socket.getInputStream().read();
        } catch (SocketTimeoutException e) {
          end = 0; // still open
        } catch (SocketException e) {
          end = -1;
        }
      }
      assertEquals(-1, end);
      long millis = (System.nanoTime() - before) / 1_000_000;
      assertTrue(millis >= 1900, "closed after " + millis + " ms");
    }
  }

  @Test
  @DisplayName("More connections than the limit are closed unanswered")
  void connections() throws Exception {
    var kept = new ArrayList<Socket>();
    try {
      for (int i = 0; i < ApiHarness.QUICK.maxConnections(); i++) {
        Socket socket = api.connect();
        kept.add(socket);
        socket.getOutputStream().write(api.wire("GET /v1/health HTTP/1.1\nHost: localhost:PORT\n\n"));
        assertEquals('H', socket.getInputStream().read());
      }
      try (Socket tooMany = api.connect()) {
        tooMany.getOutputStream().write('G');
        assertEquals(-1, endOf(tooMany));
      }
    } finally {
      for (Socket socket : kept) {
        socket.close();
      }
    }
  }

  /** The end may come as an end or as a reset, where the other side had not read all. */
  private static int endOf(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read();
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (SocketException e) {
      return -1;
    }
  }

  @Test
  @DisplayName("A failure inside is a 500 in our shape, and the next request is served")
  void bugs() throws Exception {
    api.agent.bug = Optional.of(new IllegalStateException("a bug of the test"));
    var answer = api.post("/v1/messages", "{\"to\":\"toq://127.0.0.1:7/b\"}");
    assertEquals(500, answer.statusCode());
    assertTrue(answer.body().startsWith("{\"error\":{\"code\":\"internal_error\""), answer.body());
    assertEquals(200, api.get("/v1/health").statusCode());
  }

  @Test
  @DisplayName("All bytes read before the hand-over are served, from one byte to a whole request")
  void handOver() throws Exception {
    byte[] request = api.wire("GET /v1/health HTTP/1.1\nHost: localhost:PORT\nConnection: close\n\n");
    for (int length : new int[] {1, 2, 20, request.length - 1, request.length}) {
      try (var listener = ServerSocketChannel.open()) {
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.socket().getLocalPort())) {
          socket.setSoTimeout(5000);
          api.api.adopt(listener.accept(), Arrays.copyOf(request, length));
          socket.getOutputStream().write(request, length, request.length - length);
          assertTrue(ApiHarness.readAll(socket.getInputStream()).endsWith("\r\n\r\nok"), "handed over " + length);
        }
      }
    }
  }

  @Test
  @DisplayName("Closing ends streams and connections quickly, and nothing is adopted afterwards")
  void closing() throws Exception {
    try (Socket socket = api.connect()) {
      socket.getOutputStream().write(api.wire("GET /v1/messages HTTP/1.1\nHost: localhost:PORT\n\n"));
      assertEquals('H', socket.getInputStream().read());
      TinyAgent.Listening stream = api.agent.listening.getFirst();
      long before = System.nanoTime();
      api.api.close();
      assertTrue(stream.closed.await(5, TimeUnit.SECONDS));
      ApiHarness.readAll(socket.getInputStream());
      assertTrue(System.nanoTime() - before < 5_000_000_000L);
      try (Socket late = api.connect()) {
        late.getOutputStream().write('G');
        assertEquals(-1, endOf(late));
      }
    }
  }

  @Test
  @DisplayName("An event stream that is interrupted while it ends gives its thread back to the server uninterrupted")
  void interruptedLate() throws Exception {
    var threads = new LinkedBlockingQueue<Thread>();
    api.agent.whenStreamEnds = () -> {
      Thread.currentThread().interrupt(); // comes after the last wait for an event
      threads.add(Thread.currentThread());
    };
    try (Socket socket = api.connect()) {
      socket.getOutputStream().write(api.wire("GET /v1/messages HTTP/1.1\nHost: localhost:PORT\n\n"));
      assertEquals('H', socket.getInputStream().read());
      api.api.close();
    }
    Thread thread = threads.poll(5, TimeUnit.SECONDS);
    assertTrue(thread.join(Duration.ofSeconds(5)));
    assertFalse(thread.isInterrupted());
  }
}
