package dev.toq.app.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.daemon.Agent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.protocol.wire.StrictJson;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code POST /v1/messages}. */
class MessagesApiTest {
  private static final String BOB = "toq://127.0.0.1:7/bob";
  private ApiHarness api;

  @BeforeEach
  void open() throws IOException {
    api = new ApiHarness(ApiHarness.QUICK);
  }

  @AfterEach
  void close() throws IOException {
    api.close();
  }

  private void answers(int status, String body, String query, String request) throws Exception {
    HttpResponse<String> answer = api.post("/v1/messages" + query, request);
    assertEquals(status + " " + body, answer.statusCode() + " " + answer.body(), request);
  }

  private void fails(int status, String code, String query, String request) throws Exception {
    int before = api.agent.deeds.size();
    HttpResponse<String> answer = api.post("/v1/messages" + query, request);
    assertEquals(status, answer.statusCode(), request + " → " + answer.body());
    assertTrue(answer.body().startsWith("{\"error\":{\"code\":\"" + code + "\",\"message\":\""), answer.body());
    assertEquals(before, api.agent.deeds.size(), "nothing was asked of the agent");
  }

  @Test
  @DisplayName("A message is answered 200 delivered when it was waited for, 202 queued when not")
  void single() throws Exception {
    answers(200, "{\"id\":\"11111111-2222-4333-8444-555555555555\",\"status\":\"delivered\","
            + "\"thread_id\":\"thread-of-ours\",\"timestamp\":\"2026-11-24T12:34:56.789Z\"}",
        "?wait=true&timeout=5", "{\"to\":\"" + BOB + "\",\"body\":{\"text\":\"hi\"}}");
    api.agent.outcome = new Outcome.Queued(TinyAgent.ID, "t");
    answers(202, "{\"id\":\"11111111-2222-4333-8444-555555555555\",\"status\":\"queued\",\"thread_id\":\"t\","
            + "\"timestamp\":\"2026-11-24T12:34:56.789Z\"}", "", "{\"to\":\"" + BOB + "\"}");
    assertEquals(List.of("send " + BOB + " wait=true timeout=5", "send " + BOB + " wait=false timeout=30"),
        api.agent.deeds);
  }

  @Test
  @DisplayName("A body reaches the agent as the caller wrote it, each number with its own text")
  void bodies() throws Exception {
    for (String body : List.of("{\"n\":1.50,\"big\":9007199254740993,\"e\":1E+2,\"x\":-0.0}", "[1,[2.000]]", "\"t\"",
        "true", "{\"text\":\"ünï ☃ 😀 \\u0001\"}", "{\"deep\":{\"a\":[{\"b\":null}]}}")) {
      api.post("/v1/messages", "{\"to\":\"" + BOB + "\",\"body\":" + body + "}");
      var sent = api.agent.sent.orElseThrow().body().orElseThrow();
      assertEquals(body, new String(StrictJson.write(sent), StandardCharsets.UTF_8));
    }
    api.post("/v1/messages", "{\"to\":\"" + BOB + "\",\"body\":null}");
    assertTrue(api.agent.sent.orElseThrow().body().isEmpty());
  }

  @Test
  @DisplayName("Thread, reply and content type reach the agent; unknown members and query names are ignored")
  void members() throws Exception {
    api.post("/v1/messages?colour=red", "{\"to\":\"" + BOB + "\",\"thread_id\":\"t 1\",\"reply_to\":\"r\","
        + "\"content_type\":\"text/plain\",\"close_thread\":true,\"shape\":[1]}");
    var sent = api.agent.sent.orElseThrow();
    assertEquals("t 1 r text/plain true", sent.threadId().orElseThrow() + " " + sent.replyTo().orElseThrow() + " "
        + sent.contentType().orElseThrow() + " " + sent.closeThread());
  }

  @Test
  @DisplayName("A list of addresses gets one result for each, in order")
  void several() throws Exception {
    api.agent.outcome = new Outcome.Queued(TinyAgent.ID, "t");
    answers(200, "{\"results\":[{\"to\":\"toq://127.0.0.1:7/bob\",\"id\":\"11111111-2222-4333-8444-555555555555\","
            + "\"thread_id\":\"t\",\"status\":\"queued\"},{\"to\":\"toq://127.0.0.1:8/carol\","
            + "\"id\":\"11111111-2222-4333-8444-555555555555\",\"thread_id\":\"t\",\"status\":\"queued\"}],"
            + "\"timestamp\":\"2026-11-24T12:34:56.789Z\"}",
        "", "{\"to\":[\"" + BOB + "\",\"toq://127.0.0.1:8/carol\"],\"body\":1}");
    api.agent.outcome = new Outcome.NotReachable("nobody \u202e there");
    answers(200, "{\"results\":[{\"to\":\"toq://127.0.0.1:7/bob\",\"id\":\"\",\"thread_id\":\"\",\"status\":\"failed\","
        + "\"error\":\"nobody \\\\u202e there\"}],\"timestamp\":\"2026-11-24T12:34:56.789Z\"}",
        "", "{\"to\":[\"" + BOB + "\"]}");
  }

  @Test
  @DisplayName("R-3.3-04: what became of a failed send is told with its status, its code and a sentence")
  void outcomes() throws Exception {
    String request = "{\"to\":\"" + BOB + "\"}";
    api.agent.outcome = new Outcome.NotReachable("no agent answers at 127.0.0.1:7");
    answers(502, "{\"error\":{\"code\":\"not_reachable\",\"message\":\"no agent answers at 127.0.0.1:7\"}}", "",
        request);
    api.agent.outcome = new Outcome.Refused("agent_unavailable", "come back later");
    answers(502, "{\"error\":{\"code\":\"agent_unavailable\",\"message\":\"come back later\"}}", "", request);
    api.agent.outcome = new Outcome.TimedOut(TinyAgent.ID, "t");
    answers(504, "{\"error\":{\"code\":\"delivery_timeout\",\"message\":\"the peer did not acknowledge the message in"
        + " time; it is sent again, and `toq outbox` tells the end\"},"
        + "\"id\":\"11111111-2222-4333-8444-555555555555\",\"thread_id\":\"t\",\"status\":\"sent\"}",
        "?wait=true", request);
    api.agent.outcome = new Outcome.NoRoom("the outbox is full");
    answers(503, "{\"error\":{\"code\":\"outbox_full\",\"message\":\"the outbox is full\"}}", "", request);
    api.agent.outcome = new Outcome.NotStored("the disk is full");
    answers(507, "{\"error\":{\"code\":\"not_stored\",\"message\":\"the disk is full\"}}", "", request);
    api.agent.outcome = new Outcome.TooLarge(2000, 1000);
    answers(413, "{\"error\":{\"code\":\"message_too_large\",\"message\":\"the message has 2000 bytes, the limit is"
        + " 1000\"}}", "", request);
  }

  @Test
  @DisplayName("R-10.8-02: a send to oneself, or with oneself among others, is refused as a whole with self_message")
  void self() throws Exception {
    api.agent.outcome = new Outcome.SelfMessage();
    String refusal = "{\"error\":{\"code\":\"self_message\",\"message\":\"an agent cannot send to itself\"}}";
    answers(400, refusal, "", "{\"to\":\"" + BOB + "\"}");
    answers(400, refusal, "", "{\"to\":[\"" + BOB + "\",\"toq://127.0.0.1:8/carol\"]}");
  }

  @Test
  @DisplayName("Bad requests are refused with their status before the agent is asked")
  void refusals() throws Exception {
    for (String address :
        List.of("", "bob", "http://127.0.0.1:7/", "toq://", "toq://h", "toq://h:0/bob", "toq://h/a/b")) {
      fails(400, "invalid_address", "", "{\"to\":\"" + address + "\"}");
      fails(400, "invalid_address", "", "{\"to\":[\"" + BOB + "\",\"" + address + "\"]}");
    }
    fails(400, "invalid_request", "", "{\"to\":[]}");
    fails(400, "invalid_request", "", "{\"to\":" + hosts(101) + "}");
    fails(400, "invalid_request", "", "{\"separate\":true,\"to\":" + hosts(257) + "}");
    for (String text : List.of("", " ", "{", "{\"to\":1,}", "{\"to\":\"a\",\"to\":\"b\"}", "nope", "{} {}")) {
      fails(400, "invalid_request", "", text);
    }
    for (String text : List.of("[]", "1", "\"toq://h/b\"", "{}", "{\"to\":null}", "{\"to\":1}", "{\"to\":[1]}",
        "{\"to\":{}}", "{\"to\":\"" + BOB + "\",\"thread_id\":1}", "{\"to\":\"" + BOB + "\",\"reply_to\":[]}",
        "{\"to\":\"" + BOB + "\",\"content_type\":true}", "{\"to\":\"" + BOB + "\",\"close_thread\":\"yes\"}")) {
      fails(422, "invalid_request", "", text);
    }
    for (String bad : List.of("\\u001b[2J", "a\\nb", "\\u202e", "x".repeat(257))) {
      fails(400, "invalid_request", "", "{\"to\":\"" + BOB + "\",\"thread_id\":\"" + bad + "\"}");
    }
    for (String query : List.of("?wait=1", "?wait=True", "?wait=", "?wait", "?timeout=0", "?timeout=301", "?timeout=-1",
        "?timeout=+5", "?timeout=5s", "?timeout=99999999999")) {
      fails(400, "invalid_request", query, "{\"to\":\"" + BOB + "\"}");
    }
  }

  @Test
  @DisplayName("As many addresses are taken as one envelope may name, and more where each copy names its own")
  void manyRecipients() throws Exception {
    api.agent.outcome = new Outcome.Queued(TinyAgent.ID, "t");
    assertEquals(200, api.post("/v1/messages", "{\"to\":" + hosts(100) + "}").statusCode());
    assertEquals(200, api.post("/v1/messages", "{\"separate\":true,\"to\":" + hosts(256) + "}").statusCode());
  }

  private static String hosts(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> "\"toq://h" + i + "/b\"")
        .collect(Collectors.joining(",", "[", "]"));
  }

  @Test
  @DisplayName("A-18, A-66: priority, ttl, expires_in and queue reach the agent, and nonsense in them is refused")
  void handling() throws Exception {
    api.post("/v1/messages?queue=true", "{\"to\":\"" + BOB + "\",\"priority\":\"urgent\",\"ttl\":5,\"expires_in\":60}");
    assertEquals(
        new Agent.Handling(Optional.of("urgent"), OptionalLong.of(5), Optional.of(Duration.ofMinutes(1)), true),
        api.agent.sent.orElseThrow().handling());
    for (String bad : List.of("\"priority\":\"high\"", "\"ttl\":0", "\"ttl\":-1", "\"ttl\":1.5", "\"ttl\":\"5\"",
        "\"expires_in\":1e9", "\"expires_in\":100000000")) {
      fails(400, "invalid_request", "", "{\"to\":\"" + BOB + "\"," + bad + "}");
    }
  }

  @Test
  @DisplayName("A body whose compact form is over the limit is 413; spaces around it do not count")
  void sizes() throws Exception {
    fails(413, "message_too_large", "", "{\"to\":\"" + BOB + "\",\"body\":\"" + "a".repeat(999) + "\"}");
    answersOk("{\"to\":\"" + BOB + "\",\"body\":\"" + "a".repeat(998) + "\"}");
    answersOk("{\"to\":\"" + BOB + "\",\"body\":" + " ".repeat(5000) + "[1]}");
  }

  private void answersOk(String request) throws Exception {
    assertEquals(200, api.post("/v1/messages", request).statusCode());
  }
}
