package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.TestAgent;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.ConfigKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 spares the page cache, so it cannot show this: what an acknowledgement promises survives a power failure. */
class AckAfterForceTest {
  private static final int MESSAGES = 100;

  @TempDir Path home;

  /** Sends messages in bursts; for each acknowledgement, in the moment it arrives, whether its message was forced. */
  private List<Boolean> keptWhenAcknowledged(ForcedFiles files) throws Exception {
    List<Boolean> kept = new ArrayList<>();
    try (TestAgent agent =
            TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open"), files);
        RawPeer peer = RawPeer.active(RawIdentity.of("toq://localhost:7001/peer"), "127.0.0.1", agent.port())) {
      for (int burst = 0; burst < MESSAGES / 10; burst++) {
        for (int i = 0; i < 10; i++) {
          peer.sendMessage("{\"text\":\"keep me\"}");
        }
        for (int i = 0; i < 10; i++) {
          JsonObject ack = peer.readEnvelope(RawPeer.PATIENCE, "message.ack");
          String id = ack.getAsJsonObject("body").get("ack_id").getAsString();
          kept.add(files.keeps("messages.jsonl", "\"id\":\"" + id + "\""));
        }
      }
    }
    return kept;
  }

  @Test
  @DisplayName("R-8.9-03: when an acknowledgement leaves, every byte of its message has been forced")
  void forced() throws Exception {
    List<Boolean> kept = keptWhenAcknowledged(new ForcedFiles(true));
    assertTrue(kept.size() == MESSAGES && !kept.contains(false), () -> "kept: " + kept);
  }

  @Test
  @DisplayName("the same check is red on a disk that does not force")
  void notForced() throws Exception {
    List<Boolean> kept = keptWhenAcknowledged(new ForcedFiles(false));
    assertFalse(kept.contains(true), () -> "kept: " + kept);
  }
}
