package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import dev.toq.app.TestAgent;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.ConfigKey;
import dev.toq.store.StoredMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Threads, their end, order and cancelling, as a peer over real TLS finds them. */
@Timeout(60)
class ThreadRulesTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7001/talker");

  @TempDir Path home;
  private TestAgent agent;

  @BeforeEach
  void start() throws Exception {
    agent = TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open"));
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
  }

  private RawPeer active() throws IOException {
    return RawPeer.active(PEER, "127.0.0.1", agent.port());
  }

  private static JsonObject said(RawPeer peer, String thread, String text) throws IOException {
    JsonObject message = peer.sendMessage("{\"text\":\"" + text + "\"}", e -> e.addProperty("thread_id", thread));
    peer.readAck(message);
    return message;
  }

  private static JsonObject closed(RawPeer peer, String thread, String text) throws IOException {
    JsonObject last = new JsonObject();
    last.addProperty("text", text);
    JsonObject close =
        peer.send("thread.close", text.isEmpty() ? null : last, e -> e.addProperty("thread_id", thread));
    peer.readAck(close);
    return close;
  }

  /** What is stored of a thread: type and text of each message. */
  private List<String> thread(String id) {
    return agent.history().stream().filter(message -> message.threadId().equals(Optional.of(id)))
        .map(message -> message.type() + text(message)).toList();
  }

  private static String text(StoredMessage message) {
    return message.body().map(body -> JsonParser.parseString(body.toString()).getAsJsonObject().get("text"))
        .map(text -> " " + text.getAsString()).orElse("");
  }

  @Test
  @DisplayName("R-10.1-01, R-10.1-02, R-10.4-01: the first message with an id makes a thread, others of that id join "
      + "it, "
      + "over a new connection too")
  void conversation() throws Exception {
    String thread = UUID.randomUUID().toString();
    try (RawPeer peer = active()) {
      said(peer, thread, "one");
      said(peer, "other", "aside");
    }
    try (RawPeer peer = active()) {
      said(peer, thread, "two");
    }
    assertEquals(List.of("message.send one", "message.send two"), thread(thread));
    assertEquals(List.of("message.send aside"), thread("other"));
  }

  @Test
  @DisplayName("R-9.5-09, R-9.5-10, R-10.6-02: a thread is closed with a last message or without, both are kept as its "
      + "end, and a message after it opens the thread anew")
  void closing() throws Exception {
    try (RawPeer peer = active()) {
      said(peer, "a", "hello");
      closed(peer, "a", "goodbye");
      closed(peer, "b", "");
      said(peer, "a", "again");
    }
    assertEquals(List.of("message.send hello", "thread.close goodbye", "message.send again"), thread("a"));
    assertEquals(List.of("thread.close"), thread("b"));
  }

  @Test
  @DisplayName("R-10.7-02: two hundred messages that come at once are stored and acknowledged in their order")
  void order() throws Exception {
    try (RawPeer peer = active()) {
      List<JsonObject> sent = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int number = i;
        sent.add(peer.sendMessage("{\"text\":\"" + i + "\"}", e -> e.addProperty("thread_id", "t" + number % 7)));
      }
      for (JsonObject message : sent) {
        peer.readAck(message);
      }
      assertEquals(sent.stream().map(message -> message.get("id").getAsString()).toList(),
          agent.history().stream().map(StoredMessage::id).toList());
    }
  }

  @Test
  @DisplayName("R-10.7-03: what comes after a gap in the numbers is taken at once, and what would fill the gap is "
      + "refused")
  void gap() throws Exception {
    try (RawPeer peer = active()) {
      peer.readAck(peer.sendMessage("{\"text\":\"5\"}", e -> e.addProperty("sequence", 5)));
      peer.readAck(peer.sendMessage("{\"text\":\"7\"}", e -> e.addProperty("sequence", 7)));
      peer.sendMessage("{\"text\":\"6\"}", e -> e.addProperty("sequence", 6));
      assertEquals("sequence_violation", peer.readErrorCode());
      assertEquals(2, agent.history().size());
    }
  }

  @Test
  @DisplayName("R-9.5-08: to take back what is stored, or what never came, changes nothing and is acknowledged")
  void cancelTooLate() throws Exception {
    try (RawPeer peer = active()) {
      JsonObject message = said(peer, "a", "said is said");
      for (String id : List.of(message.get("id").getAsString(), UUID.randomUUID().toString())) {
        JsonObject body = new JsonObject();
        body.add("cancel_id", new JsonPrimitive(id));
        peer.readAck(peer.send("message.cancel", body, e -> {}));
      }
      said(peer, "a", "next");
    }
    assertEquals(List.of("message.send said is said", "message.send next"), thread("a"));
    assertTrue(agent.agent().status().errors() == 0, "no error was counted");
  }
}
