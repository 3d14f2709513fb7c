package dev.toq.app.api;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code GET /v1/messages/history} and {@code GET /v1/threads/{thread_id}}. */
class HistoryApiTest {
  private ApiHarness api;

  @BeforeEach
  void open() throws IOException {
    api = new ApiHarness(ApiHarness.QUICK);
    for (int i = 1; i <= 8; i++) {
      String from = i % 2 == 0 ? "toq://127.0.0.1:7/bob" : "toq://[::1]:8/carol";
      String time = "2026-11-24T12:00:0" + i + "Z";
      api.agent.publish(Messages.of("m" + i, "message.send", from, "{\"n\":" + i + ".0}", time));
    }
  }

  @AfterEach
  void close() throws IOException {
    api.close();
  }

  private List<String> ids(String path) throws Exception {
    var answer = api.get(path);
    assertEquals(200, answer.statusCode(), answer.body());
    var ids = Pattern.compile("\"id\":\"([^\"]*)\"").matcher(answer.body());
    return ids.results().map(match -> match.group(1)).toList();
  }

  @Test
  @DisplayName("The newest messages come oldest first, at most as many as asked and as allowed")
  void limits() throws Exception {
    assertEquals(List.of("m7", "m8"), ids("/v1/messages/history?limit=2"));
    assertEquals(List.of("m4", "m5", "m6", "m7", "m8"), ids("/v1/messages/history"));
    assertEquals(List.of("m4", "m5", "m6", "m7", "m8"), ids("/v1/messages/history?limit=1000"));
    assertEquals(List.of(), ids("/v1/messages/history?limit=0"));
    for (String bad : List.of("-3", "x", "", "1.5")) {
      assertEquals(400, api.get("/v1/messages/history?limit=" + bad).statusCode());
    }
  }

  @Test
  @DisplayName("from is a part of the sender's address; since is a moment, included, or the beginning of one")
  void filters() throws Exception {
    assertEquals(List.of("m2", "m4", "m6", "m8"), ids("/v1/messages/history?from=bob"));
    assertEquals(List.of("m5", "m7"), ids("/v1/messages/history?limit=2&from=toq%3A%2F%2F%5B%3A%3A1%5D"));
    assertEquals(List.of("m7", "m8"), ids("/v1/messages/history?since=2026-11-24T12:00:07Z"));
    assertEquals(List.of("m8"), ids("/v1/messages/history?since=2026-11-24T12:00:07.001Z"));
    assertEquals(List.of("m8"), ids("/v1/messages/history?since=2026-11-24T13:00:08%2B01:00"));
    assertEquals(List.of("m8"), ids("/v1/messages/history?since=2026-11-24T13:00:08+01:00"));
    assertEquals(List.of("m4", "m5", "m6", "m7", "m8"), ids("/v1/messages/history?since=2026-11"));
    assertEquals(List.of(), ids("/v1/messages/history?since=2026-12"));
    assertTrue(api.raw("GET /v1/messages/history?since=%zz HTTP/1.1\nHost: localhost:PORT\nConnection: close\n\n")
        .startsWith("HTTP/1.1 400 "));
  }

  @Test
  @DisplayName("R-27.2-01 R-27.2-02: a message is shown with the members callers rely on, absent ones left out")
  void shape() throws Exception {
    var answer = api.get("/v1/messages/history?limit=1").body();
    assertEquals("{\"messages\":[", answer.substring(0, 13));
    for (String member : List.of("\"id\":\"m8\"", "\"type\":\"message.send\"", "\"from\":\"toq://127.0.0.1:7/bob\"",
        "\"body\":{\"n\":8.0}", "\"content_type\":\"application/json\"", "\"timestamp\":\"2026-11-24T12:00:08")) {
      assertTrue(answer.contains(member), answer);
    }
    for (String absent : List.of("thread_id", "reply_to", "signature", "sequence", "version", "null")) {
      assertTrue(!answer.contains(absent), answer);
    }
  }

  @Test
  @DisplayName("History is sent while it is read: what one answer holds is never in memory as a whole")
  void sentWhileRead() throws Exception {
    String text = "\"" + "x".repeat(1_000_000) + "\"";
    var first = Messages.of("m1", "message.send", "toq://h/b", text, "2026-11-24T12:00:01Z");
    CountDownLatch firstHasCome = new CountDownLatch(1);
    api.agent.endless = Optional.of(Stream.of(first, Messages.inThread("m2", "t")).peek(message -> {
      if (message != first) {
        assertDoesNotThrow(() -> assertTrue(firstHasCome.await(30, TimeUnit.SECONDS)));
      }
    }));
    var answer = api.client.send(api.request("/v1/messages/history").GET().build(), BodyHandlers.ofInputStream());
    try (var body = answer.body()) {
      String start = new String(body.readNBytes(500_000), StandardCharsets.UTF_8);
      assertEquals("{\"messages\":[{\"id\":\"m1\"", start.substring(0, 23));
      firstHasCome.countDown();
      String rest = new String(body.readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(rest.contains("},{\"id\":\"m2\",") && rest.endsWith("\"}]}"), rest.substring(rest.length() - 300));
    }
  }

  @Test
  @DisplayName("A thread is its messages in order, and an unknown one is empty")
  void threads() throws Exception {
    api.agent.publish(Messages.inThread("t1", "a/b c"));
    api.agent.publish(Messages.inThread("t2", "other"));
    api.agent.publish(Messages.inThread("t3", "a/b c"));
    assertEquals(List.of("t1", "t3"), ids("/v1/threads/a%2Fb%20c"));
    assertEquals("{\"thread_id\":\"nothing\",\"messages\":[]}", api.get("/v1/threads/nothing").body());
  }
}
