package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.store.ConfigKey;
import dev.toq.store.StoredMessage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two whole agents: streams through the HTTP interface of one arrive in the history of the other. */
@Timeout(60)
class StreamsBetweenAgentsTest {
  @TempDir Path home;
  private final HttpClient client = HttpClient.newHttpClient();
  private TestAgent alice;
  private TestAgent bob;

  @BeforeEach
  void start() throws Exception {
    alice = agent("alice");
    bob = agent("bob");
  }

  private TestAgent agent(String where) throws Exception {
    return TestAgent.start(home.resolve(where),
        config -> config.with(ConfigKey.CONNECTION_MODE, "open").with(ConfigKey.CONNECT_TIMEOUT, 20L)
            .with(ConfigKey.ACCEPT_FILES, true));
  }

  @AfterEach
  void stop() throws Exception {
    client.shutdownNow();
    alice.close();
    bob.close();
  }

  private static String address(TestAgent agent) {
    return "toq://localhost:" + agent.port() + "/tested";
  }

  private JsonObject post(TestAgent agent, int status, String path, String json) throws Exception {
    HttpResponse<String> answer = client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + agent.port() + path))
            .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(json)).build(),
        HttpResponse.BodyHandlers.ofString());
    assertEquals(status, answer.statusCode(), answer.body());
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  private String begin(String more) throws Exception {
    return post(alice, 200, "/v1/stream/start", "{\"to\":\"" + address(bob) + "\"" + more + "}")
        .get("stream_id").getAsString();
  }

  private JsonObject step(int status, String step, String stream, String more) throws Exception {
    return post(alice, status, "/v1/stream/" + step, "{\"stream_id\":\"" + stream + "\"" + more + "}");
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "it did not happen in time");
      Thread.onSpinWait();
    }
  }

  private static String data(StoredMessage message) {
    return JsonParser.parseString(message.body().orElseThrow().toString()).getAsJsonObject().get("data").toString();
  }

  @Test
  @DisplayName("R-11.5-01, A-62: the receiver stores one message with the joined text, and its listeners see each part "
      + "live")
  void text() throws Exception {
    try (Agent.Subscription live = bob.agent().subscribe(any -> true)) {
      String stream = begin(",\"thread_id\":\"t-1\"");
      for (String part : List.of("Here is ", "a streamed ", "grüße 🐦")) {
        assertEquals("sent", step(200, "chunk", stream, ",\"text\":\"" + part + "\"").get("status").getAsString());
      }
      JsonObject end = step(200, "end", stream, "");
      assertEquals("delivered", end.get("status").getAsString());
      StoredMessage stored = bob.history().getFirst();
      assertEquals(1, bob.history().size());
      assertEquals(end.get("chunk_id").getAsString(), stored.id());
      assertEquals(Optional.of("t-1"), stored.threadId());
      assertEquals("{\"text\":\"Here is a streamed grüße 🐦\"}", data(stored));
      for (String type : List.of(
          "message.stream.chunk", "message.stream.chunk", "message.stream.chunk", "message.stream.end")) {
        StoredMessage event = live.next(Duration.ofSeconds(10)).orElseThrow();
        assertEquals(type, event.type());
      }
      assertEquals(1, alice.agent().status().messagesOut());
      step(404, "end", stream, "");
    }
  }

  @Test
  @DisplayName("A-62: binary parts are joined as bytes; the last data may come with the end (R-11.4-01)")
  void binary() throws Exception {
    String stream = begin(",\"content_type\":\"application/octet-stream\"");
    step(200, "chunk", stream, ",\"data\":\"AAE=\"");
    step(200, "end", stream, ",\"data\":\"Ag==\"");
    assertEquals("\"AAEC\"", data(bob.history().getFirst()));
    assertEquals(Optional.of("application/octet-stream"), bob.history().getFirst().contentType());
  }

  @Test
  @DisplayName("R-11.7-03: what the caller cancels is dropped by the peer; other streams go on")
  void cancelled() throws Exception {
    String first = begin("");
    String second = begin("");
    step(200, "chunk", first, ",\"text\":\"no\"");
    step(200, "chunk", second, ",\"text\":\"yes\"");
    assertEquals("cancelled", step(200, "cancel", first, "").get("status").getAsString());
    assertEquals("stream_cancelled",
        step(502, "end", first, "").getAsJsonObject("error").get("code").getAsString());
    step(200, "end", second, "");
    assertEquals(List.of("{\"text\":\"yes\"}"), bob.history().stream().map(StreamsBetweenAgentsTest::data).toList());
  }

  @Test
  @DisplayName("close_thread: the stream is delivered, then a closing message on the same thread, which the outbox "
      + "keeps")
  void closing() throws Exception {
    String stream = begin(",\"thread_id\":\"t-9\"");
    JsonObject end = step(200, "end", stream, ",\"text\":\"bye\",\"close_thread\":true");
    String close = end.get("close_id").getAsString();
    await(() -> bob.history().size() == 2);
    assertEquals(
        List.of("message.stream.end", "thread.close"), bob.history().stream().map(StoredMessage::type).toList());
    assertEquals(close, bob.history().get(1).id());
    assertEquals(Optional.of("t-9"), bob.history().get(1).threadId());
  }

  @Test
  @DisplayName("A-47: where the peer connects by itself in the middle of a stream, the stream still arrives whole")
  void displaced() throws Exception {
    String stream = begin("");
    step(200, "chunk", stream, ",\"text\":\"before \"");
    Outgoing reply = new Outgoing(Optional.of(JsonArray.ofTexts(List.of("hi"))),
        Optional.empty(), Optional.empty(), Optional.empty(), false);
    assertInstanceOf(Outcome.Delivered.class,
        bob.agent().send(Address.parse(address(alice)), reply, true, Duration.ofSeconds(20)));
    step(200, "chunk", stream, ",\"text\":\"and after\"");
    step(200, "end", stream, "");
    assertEquals("{\"text\":\"before and after\"}", data(bob.history().getFirst()));
  }

  @Test
  @DisplayName("R-11.8-01: a receiver that stops in the middle keeps nothing, and the sender is told that nothing "
      + "arrived")
  void receiverStops() throws Exception {
    String stream = begin("");
    step(200, "chunk", stream, ",\"text\":\"half\"");
    bob.close();
    await(() -> alice.agent().status().activeConnections() == 0);
    JsonObject error = step(502, "end", stream, "").getAsJsonObject("error");
    assertTrue(error.get("message").getAsString().contains("nothing of it is delivered"), error.toString());
    bob = agent("bob");
    assertEquals(List.of(), bob.history());
  }
}
