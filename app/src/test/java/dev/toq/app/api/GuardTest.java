package dev.toq.app.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who may call. Each refusal is checked to have had no effect. */
class GuardTest {
  private static final String KEY = "ed25519%3A3CqvoBLs4vCaUxnnx%2BMbmSSWovAHmhZcB1fJx%2FxtXkk%3D";
  private static final ApiLimits LIMITS =
      new ApiLimits(1000, 5, 100, 100, Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(5));

  private record Route(String method, String path, String body) {}

  private static final List<Route> ROUTES = List.of(
      new Route("POST", "/v1/messages?wait=true", "{\"to\":\"toq://127.0.0.1:7/bob\",\"body\":1}"),
      new Route("GET", "/v1/messages", ""),
      new Route("GET", "/v1/messages/history", ""),
      new Route("GET", "/v1/threads/t", ""),
      new Route("POST", "/v1/ping", "{\"address\":\"toq://127.0.0.1:7/bob\"}"),
      new Route("GET", "/v1/card", ""),
      new Route("GET", "/v1/health", ""),
      new Route("GET", "/v1/status", ""),
      new Route("GET", "/v1/approvals", ""),
      new Route("POST", "/v1/approvals/" + KEY, "{\"decision\":\"approve\"}"),
      new Route("POST", "/v1/approvals/" + KEY + "/revoke", ""),
      new Route("POST", "/v1/approve", "{\"from\":\"*\"}"),
      new Route("POST", "/v1/revoke", "{\"from\":\"*\"}"),
      new Route("POST", "/v1/block", "{\"from\":\"*\"}"),
      new Route("DELETE", "/v1/block", "{\"from\":\"*\"}"),
      new Route("POST", "/v1/peers/" + KEY + "/block", ""),
      new Route("DELETE", "/v1/peers/" + KEY + "/block", ""),
      new Route("GET", "/v1/permissions", ""),
      new Route("POST", "/v1/daemon/shutdown", ""),
      new Route("OPTIONS", "/v1/messages", ""),
      new Route("PATCH", "/v1/none", ""));

  /** One choice of headers, and whether it alone would let a request pass. */
  private record Choice(String headers, boolean passes) {}

  private static final List<Choice> HOSTS = List.of(
      new Choice("Host: 127.0.0.1:PORT\n", true),
      new Choice("Host: localhost:PORT\n", true),
      new Choice("Host: [::1]:PORT\n", true),
      new Choice("Host: 127.0.0.1\n", false),
      new Choice("Host: localhost:1\n", false),
      new Choice("Host: evil.example:PORT\n", false),
      new Choice("Host: localhost.evil.example:PORT\n", false),
      new Choice("Host: 127.0.0.1.evil.example:PORT\n", false));

  private static final List<Choice> ORIGINS = List.of(
      new Choice("", true),
      new Choice("Origin: http://OWN\n", true),
      new Choice("Origin: https://OWN\n", false),
      new Choice("Origin: null\n", false),
      new Choice("Origin: http://evil.example\n", false));

  private static final List<Choice> SITES = List.of(
      new Choice("", true),
      new Choice("Sec-Fetch-Site: none\n", true),
      new Choice("Sec-Fetch-Site: same-origin\n", true),
      new Choice("Sec-Fetch-Site: same-site\n", false),
      new Choice("sec-fetch-site: cross-site\n", false));

  private static final List<Choice> PASSED_ON = List.of(
      new Choice("", true),
      new Choice("X-Request-Id: 7\nUser-Agent: x\n", true),
      new Choice("Forwarded: for=192.0.2.1\n", false),
      new Choice("x-forwarded-anything: a\n", false));

  private static final List<Choice> BODIES = List.of(
      new Choice("Content-Type: application/json\n", true),
      new Choice("content-type: Application/JSON; charset=UTF-8\n", true),
      new Choice("Content-Type: application/vnd.toq+json\n", true),
      new Choice("", false),
      new Choice("Content-Type: text/plain\n", false),
      new Choice("Content-Type: application/x-www-form-urlencoded\n", false),
      new Choice("Content-Type: multipart/form-data; boundary=json\n", false),
      new Choice("Content-Type: application/json; charset=iso-8859-1\n", false),
      new Choice("Content-Type: application/jsonp\n", false),
      new Choice("Content-Type:\n", false),
      new Choice("Content-Type: application/json\nContent-Type: text/plain\n", false));

  @Test
  @DisplayName("Only the right Host, Origin, Sec-Fetch-Site and no trace of a proxy pass, on every route, and"
      + " a refusal has no effect")
  void headers() throws Exception {
    int passed = 0;
    int refused = 0;
    try (var api = new ApiHarness(LIMITS)) {
      for (Route route : ROUTES) {
        String type = route.body.isEmpty() ? "" : "Content-Type: application/json\n";
        try (var line = new Line(api)) {
          for (Choice host : HOSTS) {
            for (Choice origin : ORIGINS) {
              for (Choice site : SITES) {
                for (Choice proxy : PASSED_ON) {
                  boolean passes = host.passes && origin.passes && site.passes && proxy.passes;
                  String own = host.headers.substring("Host: ".length()).strip();
                  String headers = host.headers + origin.headers.replace("OWN", own) + site.headers + proxy.headers
                      + type;
                  check(api, line, route, headers, passes, 403);
                  passed += passes ? 1 : 0;
                  refused += passes ? 0 : 1;
                }
              }
            }
          }
        }
      }
    }
    assertEquals(ROUTES.size() * 8 * 5 * 5 * 4, passed + refused);
    assertEquals(ROUTES.size() * 3 * 2 * 3 * 2, passed);
  }

  @Test
  @DisplayName("Names of this machine may be written in any case; every trace of a proxy is refused")
  void spellings() throws Exception {
    var shutdown = new Route("POST", "/v1/daemon/shutdown", "");
    try (var api = new ApiHarness(LIMITS); var line = new Line(api)) {
      check(api, line, shutdown, "Host: LocalHost:PORT\n", true, 403);
      check(api, line, shutdown, "Host: 0.0.0.0:PORT\n", false, 403);
      for (String header : List.of("Forwarded", "forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host",
          "x-forwarded-proto", "X-FORWARDED", "X-Real-IP", "x-real-ip", "X-Client-IP", "CF-Connecting-IP",
          "True-Client-IP")) {
        check(api, line, shutdown, "Host: localhost:PORT\n" + header + ": 127.0.0.1\n", false, 403);
        check(api, line, shutdown, "Host: localhost:PORT\n" + header + ":\n", false, 403);
      }
    }
  }

  @Test
  @DisplayName("R-27.5-02: a caller whose address is not loopback is refused, also where it names localhost")
  void otherMachines() throws Exception {
    Optional<InetAddress> outside = NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
        .findFirst();
    assumeTrue(outside.isPresent(), "this machine has no address but loopback");
    try (var api = new ApiHarness(LIMITS); var listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(outside.get(), 0));
      try (var socket = new Socket(outside.get(), listener.socket().getLocalPort())) {
        api.api.adopt(listener.accept(), new byte[0]);
        socket.setSoTimeout(5000);
        socket.getOutputStream().write(
            api.wire("POST /v1/daemon/shutdown HTTP/1.1\nHost: localhost:PORT\nConnection: close\n\n"));
        assertTrue(ApiHarness.readAll(socket.getInputStream()).startsWith("HTTP/1.1 403 "));
        assertEquals(List.of(), api.agent.deeds);
      }
    }
  }

  @Test
  @DisplayName("A body that is not declared as JSON is refused with 415 before any route sees it")
  void contentTypes() throws Exception {
    try (var api = new ApiHarness(LIMITS)) {
      for (Route route : ROUTES) {
        String body = route.body.isEmpty() ? "{}" : route.body;
        for (Choice choice : BODIES) {
          try (var line = new Line(api)) {
            var declared = new Route(route.method, route.path, body);
            check(api, line, declared, "Host: localhost:PORT\n" + choice.headers, choice.passes, 415);
          }
          try (var line = new Line(api)) {
            String chunked = "Host: localhost:PORT\nTransfer-Encoding: chunked\n" + choice.headers;
            String chunk = Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
            check(api, line, new Route(route.method, route.path, chunk), chunked, choice.passes, 415);
          }
        }
      }
    }
  }

  @Test
  @DisplayName("A Host may be missing only from a GET in HTTP/1.0, and then no Origin may stand there")
  void missingHost() throws Exception {
    try (var api = new ApiHarness(LIMITS)) {
      assertTrue(api.raw("GET /v1/health HTTP/1.0\n\n").startsWith("HTTP/1.1 200 "));
      assertTrue(api.raw("GET /v1/health HTTP/1.0\nOrigin: http://null\n\n").startsWith("HTTP/1.1 403 "));
      assertTrue(api.raw("GET http://evil.example/v1/health HTTP/1.0\n\n").startsWith("HTTP/1.1 403 "));
      assertTrue(api.raw("POST /v1/daemon/shutdown HTTP/1.0\n\n").startsWith("HTTP/1.1 403 "));
      String refused = api.raw("GET /v1/health HTTP/1.1\nConnection: close\n\n");
      assertTrue(refused.startsWith("HTTP/1.1 400 "), refused);
      assertEquals(List.of(), api.agent.deeds);
    }
  }

  @Test
  @DisplayName("A request line that names another host is refused, whatever the Host header says, and so are two Hosts")
  void otherTargets() throws Exception {
    try (var api = new ApiHarness(ApiHarness.QUICK)) {
      String close = "Connection: close\n\n";
      for (String head : List.of(
          "POST http://evil.example/v1/daemon/shutdown HTTP/1.1\nHost: localhost:PORT\n",
          "POST http://user@localhost:PORT/v1/daemon/shutdown HTTP/1.1\nHost: localhost:PORT\n",
          "POST /v1/daemon/shutdown HTTP/1.1\nHost: localhost:PORT\nHost: evil.example\n",
          "POST //evil.example/v1/daemon/shutdown HTTP/1.1\nHost: evil.example\n",
          "POST /v1/daemon/shutdown HTTP/1.1\nHost: localhost:PORT.evil.example\n",
          "CONNECT evil.example:443 HTTP/1.1\nHost: evil.example:443\n",
          "CONNECT localhost:PORT HTTP/1.1\nHost: localhost:PORT\n",
          "TRACE /v1/status HTTP/1.1\nHost: localhost:PORT\n",
          "OPTIONS * HTTP/1.1\nHost: localhost:PORT\n")) {
        String answer = api.raw(head + close);
        assertTrue(answer.startsWith("HTTP/1.1 4"), head + "→ " + answer);
        assertTrue(answer.contains("{\"error\":{\"code\":"), head + "→ " + answer);
      }
      assertEquals(List.of(), api.agent.deeds);
      assertTrue(api.raw("GET http://localhost:PORT/v1/health HTTP/1.1\nHost: localhost:PORT\n" + close)
          .startsWith("HTTP/1.1 200 "));
    }
  }

  private static void check(ApiHarness api, Line line, Route route, String headers, boolean passes, int refusal)
      throws IOException {
    int before = api.agent.deeds.size();
    String answer = line.ask(route, headers);
    String question = route.method + " " + route.path + "\n" + headers + "\n→ " + answer;
    assertFalse(answer.toLowerCase(Locale.ROOT).contains("access-control"), question);
    if (passes) {
      if (answer.startsWith("HTTP/1.1 200 ") && route.path.endsWith("/shutdown")) {
        api.agent.awaitDeeds(before + 1); // it acts after its answer
      }
      assertFalse(answer.contains(" 403 ") || answer.contains(" 415 "), question);
    } else {
      assertTrue(answer.startsWith("HTTP/1.1 " + refusal + " "), question);
      assertTrue(answer.contains("X-Content-Type-Options: nosniff"), question);
      assertTrue(answer.contains("Cache-Control: no-store"), question);
      assertEquals(before, api.agent.deeds.size(), question);
      assertTrue(api.agent.listening.isEmpty(), question);
    }
  }

  /** A kept connection, asked again and again; a new one is made where the last was closed or became a stream. */
  private static final class Line implements AutoCloseable {
    private final ApiHarness api;
    private final List<Socket> open = new ArrayList<>();

    Line(ApiHarness api) {
      this.api = api;
    }

    /** The head of the answer. */
    String ask(Route route, String headers) throws IOException {
      boolean chunked = headers.contains("chunked");
      String given = route.body;
      String length = given.isEmpty() || chunked ? "" : "Content-Length: " + given.length() + "\n";
      byte[] request = api.wire(route.method + " " + route.path + " HTTP/1.1\n" + headers + length + "\n" + given);
      if (open.isEmpty()) {
        open.add(api.connect());
      }
      Socket socket = open.getFirst();
      socket.getOutputStream().write(request);
      InputStream in = new BufferedInputStream(socket.getInputStream()); // one answer at a time: nothing is left in it
      String head = head(in);
      if (head.contains("Content-Length: ")) {
        String digits = head.substring(head.indexOf("Content-Length: ") + 16);
        in.readNBytes(Integer.parseInt(digits.substring(0, digits.indexOf('\r'))));
      }
      if (head.contains("Connection: close") || head.contains("event-stream")) {
        close();
        endStream();
      }
      return head;
    }

    /** A stream's reader has gone; the writer notices when it writes. */
    private void endStream() throws IOException {
      for (TinyAgent.Listening one : api.agent.listening) {
        try {
          for (int tries = 0; !one.closed.await(1, TimeUnit.MILLISECONDS); tries++) {
            assertTrue(tries < 10_000, "the stream never ended");
            one.queue.add(Messages.NOTE);
          }
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
    }

    private static String head(InputStream in) throws IOException {
      var head = new StringBuilder();
      while (!head.toString().endsWith("\r\n\r\n")) {
        int next = in.read();
        if (next < 0) {
          throw new IOException("closed after: " + head);
        }
        head.append((char) next);
      }
      return new String(head.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
      for (Socket socket : open) {
        socket.close();
      }
      open.clear();
    }
  }
}
