package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.identity.Address;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One acknowledgement for several messages: with peers that announced that they understand it, and no others. */
@Timeout(60)
class SharedAcksTest {
  private static final int MESSAGES = 40;

  @TempDir Path home;
  private final HeldFiles disk = new HeldFiles();
  private TestAgent agent;

  @BeforeEach
  void start() throws Exception {
    agent = TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.CONNECT_TIMEOUT, 20L), disk, new ManualTicker());
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
  }

  private RawPeer peer(boolean announces) throws IOException {
    RawPeer peer = RawPeer.afterHandshake(RawIdentity.of("toq://localhost:7001/peer"), "127.0.0.1", agent.port());
    JsonObject answer = peer.negotiate(request -> {
      if (announces) {
        features(request).addProperty(SystemMessages.SHARED_ACKS, true);
      }
    });
    assertEquals(announces, features(answer).has(SystemMessages.SHARED_ACKS));
    peer.exchangeCards();
    return peer;
  }

  private static JsonObject features(JsonObject negotiation) {
    return negotiation.getAsJsonObject("body").getAsJsonObject("features");
  }

  /** Sends messages while the disk does not answer; then the bodies of what acknowledges them. */
  private List<JsonObject> acknowledgements(RawPeer peer) throws Exception {
    disk.hold();
    List<String> sent = new ArrayList<>();
    for (int i = 0; i < MESSAGES; i++) {
      sent.add(peer.sendMessage("{\"text\":\"hello\"}", e -> e.addProperty("thread_id", "t")).get("id").getAsString());
    }
    disk.release();
    List<JsonObject> bodies = new ArrayList<>();
    List<String> acknowledged = new ArrayList<>();
    while (acknowledged.size() < MESSAGES) {
      JsonObject body = peer.readEnvelope(RawPeer.PATIENCE, "message.ack").getAsJsonObject("body");
      bodies.add(body);
      acknowledged.addAll(ids(body));
    }
    assertEquals(sent, acknowledged);
    return bodies;
  }

  private static List<String> ids(JsonObject ack) {
    List<String> ids = new ArrayList<>(List.of(ack.get("ack_id").getAsString()));
    if (ack.has("more_ack_ids")) {
      for (JsonElement id : ack.getAsJsonArray("more_ack_ids")) {
        ids.add(id.getAsString());
      }
    }
    return ids;
  }

  @Test
  @DisplayName("A peer that announced it gets one acknowledgement for messages that became durable together, "
      + "at most 16, each message once and in order")
  void shared() throws Exception {
    try (RawPeer peer = peer(true)) {
      List<JsonObject> acks = acknowledgements(peer);
      assertTrue(acks.size() < MESSAGES, acks::toString);
      assertTrue(acks.stream().allMatch(ack -> ids(ack).size() <= SystemMessages.MOST_IN_ACK), acks::toString);
    }
  }

  @Test
  @DisplayName("R-9.5-02: a peer that did not announce it gets one acknowledgement for each message, with its id alone")
  void notAnnounced() throws Exception {
    try (RawPeer peer = peer(false)) {
      for (JsonObject ack : acknowledgements(peer)) {
        assertEquals(1, ack.size(), ack::toString);
      }
    }
  }

  @Test
  @DisplayName("A-08: all messages that an acknowledgement names are acknowledged where they went to its signer, "
      + "and none that went to another")
  void taken() throws Exception {
    try (RawReceiver receiver = RawReceiver.listen("raw"); RawReceiver other = RawReceiver.listen("other")) {
      for (RawReceiver to : List.of(receiver, receiver, other)) {
        agent.agent().send(Address.parse(to.address()), Says.text("hello"), false, Duration.ZERO);
      }
      try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE);
          RawPeer stranger = other.acceptActive(RawPeer.PATIENCE)) {
        JsonObject ack = new JsonObject();
        ack.add("ack_id", peer.readEnvelope(RawPeer.PATIENCE, "message.send").get("id"));
        JsonArray more = new JsonArray();
        more.add(peer.readEnvelope(RawPeer.PATIENCE, "message.send").get("id"));
        more.add(stranger.readEnvelope(RawPeer.PATIENCE, "message.send").get("id"));
        ack.add("more_ack_ids", more);
        peer.send("message.ack", ack, straight -> {});
        Says.andWaits(peer);
        awaitAcked(ack.get("ack_id"));
        awaitAcked(more.get(0));
        assertEquals("sent", state(more.get(1)));
      }
    }
  }

  private void awaitAcked(JsonElement id) {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (!state(id).equals("acked")) {
      assertTrue(System.nanoTime() < deadline, () -> "is " + state(id));
      Thread.onSpinWait();
    }
  }

  private String state(JsonElement id) {
    return agent.agent().outbox(1, entry -> entry.key().id().toString().equals(id.getAsString()))
        .getFirst().state().word();
  }
}
