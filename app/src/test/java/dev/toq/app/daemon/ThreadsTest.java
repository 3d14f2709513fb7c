package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
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
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Threads of a peer's messages, and their order (specification section 10). */
@Timeout(60)
class ThreadsTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7001/stranger");
  private static final long SEED = 20_261_124;

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

  private RawPeer active() throws Exception {
    return RawPeer.active(PEER, "127.0.0.1", agent.port());
  }

  private static JsonObject message(RawPeer peer, String thread) throws IOException {
    return peer.sendMessage("{\"text\":\"hello\"}", e -> e.addProperty("thread_id", thread));
  }

  @Test
  @DisplayName("R-10.1-01, R-10.1-02, R-10.7-02: messages of many threads, sent without waiting, are stored and "
      + "acknowledged in the order of their sequence, each with its thread")
  void order() throws Exception {
    RandomGenerator random = new SplittableRandom(SEED);
    List<JsonObject> sent = new ArrayList<>();
    try (RawPeer peer = active()) {
      for (int i = 0; i < 200; i++) {
        sent.add(message(peer, "thread-" + random.nextInt(20)));
      }
      for (JsonObject each : sent) {
        peer.readAck(each);
      }
    }
    List<StoredMessage> stored = agent.history();
    assertEquals(ids(sent), stored.stream().map(StoredMessage::id).toList());
    assertEquals(sent.stream().map(each -> Optional.of(each.get("thread_id").getAsString())).toList(),
        stored.stream().map(StoredMessage::threadId).toList());
  }

  private static List<String> ids(List<JsonObject> messages) {
    return messages.stream().map(each -> each.get("id").getAsString()).toList();
  }

  @Test
  @DisplayName("R-10.4-01: a thread goes on over another connection")
  void laterConnection() throws Exception {
    for (int i = 0; i < 2; i++) {
      try (RawPeer peer = active()) {
        peer.readAck(message(peer, "long"));
      }
    }
    assertEquals(List.of(Optional.of("long"), Optional.of("long")),
        agent.history().stream().map(StoredMessage::threadId).toList());
  }

  @Test
  @DisplayName("R-10.7-03, A-11: a message after a gap is taken at once, and what would fill the gap is refused")
  void gap() throws Exception {
    try (RawPeer peer = active()) {
      peer.readAck(peer.sendMessage("{}", e -> e.addProperty("sequence", 5)));
      peer.readAck(peer.sendMessage("{}", e -> e.addProperty("sequence", 7)));
      peer.sendMessage("{}", e -> e.addProperty("sequence", 6));
      assertEquals("sequence_violation", peer.readErrorCode());
    }
  }
}
