package dev.toq.app.daemon;

import com.google.gson.JsonObject;
import dev.toq.app.daemon.Agent.Handling;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawPeer;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** What a raw peer says beside messages and acknowledgements, and what a local caller says. */
final class Says {
  private Says() {}

  /** A message of a local caller, to be kept until its recipient is there. */
  static Outgoing text(String text) {
    return text(text, Optional.empty());
  }

  /** The same in this thread. */
  static Outgoing text(String text, Optional<String> thread) {
    return new Outgoing(Optional.of(JsonValue.JsonObject.builder().put("text", text).build()), thread, Optional.empty(),
        Optional.of("application/json"), false,
        new Handling(Optional.empty(), OptionalLong.empty(), Optional.empty(), true));
  }

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

  /**
   * Sends a heartbeat and reads its answer, which must come next: all that was sent before has been handled by then.
   */
  static void andWaits(RawPeer peer) throws IOException {
    peer.send("system.heartbeat", null, straight -> {});
    peer.readEnvelope(RawPeer.PATIENCE, "system.heartbeat.ack");
  }
}
