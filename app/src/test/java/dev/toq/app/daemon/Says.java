package dev.toq.app.daemon;

import com.google.gson.JsonObject;
import dev.toq.spectests.RawPeer;
import java.io.IOException;

/** What a raw peer says beside messages and acknowledgements. */
final class Says {
  private Says() {}

  static void backpressure(RawPeer peer, int seconds) throws IOException {
    JsonObject body = new JsonObject();
    body.addProperty("retry_after", seconds);
    peer.send("system.backpressure", body, straight -> {});
  }

  static void clear(RawPeer peer) throws IOException {
    peer.send("system.backpressure.clear", null, straight -> {});
  }

  static void error(RawPeer peer, String code, JsonObject related) throws IOException {
    JsonObject body = new JsonObject();
    body.addProperty("code", code);
    body.addProperty("message", "because");
    body.addProperty("related_id", related.get("id").getAsString());
    peer.send("system.error", body, straight -> {});
  }

  /** Sends a heartbeat and reads its answer, which must come next: all that was sent before has been handled by then. */
  static void andWaits(RawPeer peer) throws IOException {
    peer.send("system.heartbeat", null, straight -> {});
    peer.readEnvelope(RawPeer.PATIENCE, "system.heartbeat.ack");
  }
}
