package dev.toq.app.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code GET /v1/messages}: the event stream. */
class EventsApiTest {
  private ApiHarness api;

  @BeforeEach
  void open() throws IOException {
    api = new ApiHarness(ApiHarness.QUICK);
  }

  @AfterEach
  void close() throws IOException {
    api.close();
  }

  private static String nextLine(BufferedReader lines, String wantedStart) throws IOException {
    String line = lines.readLine();
    while (line != null && !line.startsWith(wantedStart)) {
      line = lines.readLine();
    }
    return String.valueOf(line);
  }

  private BufferedReader stream(String query) throws Exception {
    var answer = api.client.send(api.request("/v1/messages" + query).GET().build(), BodyHandlers.ofInputStream());
    assertEquals(200, answer.statusCode());
    assertEquals(List.of("text/event-stream"), answer.headers().allValues("Content-Type"));
    return new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
  }

  @Test
  @DisplayName("Headers come before any event, and each message is one data line followed by an empty one")
  void format() throws Exception {
    try (var lines = stream("")) {
      api.agent.publish(Messages.NOTE);
      assertEquals("data: {\"id\":\"note\",\"type\":\"message.send\",\"from\":\"toq://127.0.0.1:7/bob\"",
          nextLine(lines, "data").substring(0, 71));
      assertEquals("", lines.readLine());
      api.agent.publish(
          Messages.of("2", "message.send", "toq://h/b", "\"a\\r\\nb\\u2028\"", "2026-11-24T12:00:00Z"));
      String second = nextLine(lines, "data");
      assertTrue(second.contains("\"body\":\"a\\r\\nb"), second);
      assertEquals("", lines.readLine());
    }
  }

  @Test
  @DisplayName("A silent stream gets a comment line now and then, never data")
  void heartbeat() throws Exception {
    try (var lines = stream("")) {
      assertEquals(":", lines.readLine());
      assertEquals("", lines.readLine());
      assertEquals(":", lines.readLine());
    }
  }

  @Test
  @DisplayName("from takes patterns and type takes one type; a stream that wants neither hears nothing else")
  void filters() throws Exception {
    try (var lines = stream("?from=toq%3A%2F%2F127.0.0.1%2F*&type=message.send")) {
      String time = "2026-11-24T12:00:00Z";
      api.agent.publish(Messages.of("1", "message.send", "toq://192.0.2.1/bob", "1", time));
      api.agent.publish(Messages.of("2", "thread.close", "toq://127.0.0.1:7/bob", "1", time));
      api.agent.publish(Messages.of("3", "message.send", "toq://127.0.0.1:7/bob", "1", time));
      assertTrue(nextLine(lines, "data").startsWith("data: {\"id\":\"3\""));
    }
  }

  @Test
  @DisplayName("Messages dropped for a slow reader are told as a comment with their number")
  void lagged() throws Exception {
    try (var lines = stream("")) {
      api.agent.listening.getFirst().lost.set(3);
      assertEquals(": lagged 3", nextLine(lines, ": lagged"));
      assertEquals("", lines.readLine());
      api.agent.listening.getFirst().lost.set(5);
      assertEquals(": lagged 2", nextLine(lines, ": lagged"));
    }
  }

  @Test
  @DisplayName("A reader that went away is noticed and its place is free again")
  void gone() throws Exception {
    for (int i = 0; i < 5; i++) {
      TinyAgent.Listening one;
      try (Socket socket = api.connect()) {
        socket.getOutputStream().write(api.wire("GET /v1/messages HTTP/1.1\nHost: localhost:PORT\n\n"));
        assertEquals('H', socket.getInputStream().read());
        one = api.agent.listening.getFirst();
      }
      assertTrue(one.closed.await(10, TimeUnit.SECONDS));
    }
  }

  @Test
  @DisplayName("A reader that does not read is given up, and costs others nothing")
  void stuck() throws Exception {
    try (Socket socket = api.connect(); var lines = stream("")) {
      socket.getOutputStream().write(api.wire("GET /v1/messages HTTP/1.1\nHost: localhost:PORT\n\n"));
      assertEquals('H', socket.getInputStream().read());
      TinyAgent.Listening stuck = api.agent.listening.getLast();
      String text = "\"" + "x".repeat(1_000_000) + "\"";
      var big = Messages.of("big", "message.send", "toq://h/b", text, "2026-11-24T12:00:00Z");
      for (int i = 0; i < 30; i++) {
        stuck.queue.add(big);
      }
      api.agent.publish(Messages.NOTE);
      assertTrue(nextLine(lines, "data").contains("\"note\""));
      assertTrue(stuck.closed.await(10, TimeUnit.SECONDS), "after the write limit of 2 s");
    }
  }

  @Test
  @DisplayName("More streams than allowed are refused with 429, and a free place is given to the next")
  void places() throws Exception {
    try (var first = stream("")) {
      TinyAgent.Listening freed;
      try (var second = stream("")) {
        freed = api.agent.listening.getLast();
        var third = api.get("/v1/messages");
        assertEquals(429, third.statusCode());
        assertTrue(third.body().startsWith("{\"error\":{\"code\":\"too_many_streams\""), third.body());
        assertTrue(second.ready() || first.readLine() != null);
      }
      assertTrue(freed.closed.await(10, TimeUnit.SECONDS));
    }
  }
}
