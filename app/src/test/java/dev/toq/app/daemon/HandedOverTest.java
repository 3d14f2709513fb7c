package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.ConfigKey;
import dev.toq.store.StoredMessage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is stored reaches the listeners, once, whatever becomes of the connection that brought it. */
class HandedOverTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7001/peer");
  private static final int MESSAGES = 200;

  @TempDir Path home;

  @Test
  @DisplayName("R-8.9-03, R-12.4-01: a message is handed over once it is durable, also where its acknowledgement finds "
      + "the connection gone; its second copy is acknowledged and not handed over")
  void connectionGone() throws Exception {
    HeldFiles disk = new HeldFiles();
    try (TestAgent agent =
            TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open")
                .with(ConfigKey.MAX_MESSAGE_QUEUE, MESSAGES * 5 / 4L), disk, new ManualTicker());
        Agent.Subscription heard = agent.agent().subscribe(any -> true)) {
      List<JsonObject> sent = new ArrayList<>();
      try (RawPeer peer = RawPeer.active(PEER, "127.0.0.1", agent.port())) {
        disk.hold();
        for (int i = 0; i < MESSAGES; i++) {
          sent.add(peer.sendMessage("{\"text\":\"hello\"}", e -> e.addProperty("thread_id", "t")));
        }
        awaitAllTaken(agent.agent());
        peer.reset();
      }
      disk.release();
      for (JsonObject each : sent) {
        StoredMessage message = heard.next(RawPeer.PATIENCE).orElseThrow();
        assertEquals(each.get("id").getAsString(), message.id());
      }
      try (RawPeer peer = RawPeer.active(PEER, "127.0.0.1", agent.port())) {
        JsonObject again = sent.getLast().deepCopy();
        again.add("sequence", peer.envelope("message.send", null).get("sequence"));
        peer.sendSigned(again);
        peer.readAck(again);
        assertEquals(Optional.empty(), heard.next(Duration.ZERO), "it was handed over twice");
      }
    }
  }

  /** The queue presses when all of them are in it. */
  private static void awaitAllTaken(Agent agent) {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (!agent.status().isBackpressureActive()) {
      assertTrue(System.nanoTime() < deadline, "the messages were not read");
      Thread.onSpinWait();
    }
  }
}
