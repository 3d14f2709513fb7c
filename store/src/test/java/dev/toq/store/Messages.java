package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonText;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/** Messages for tests. */
final class Messages {
  private Messages() {}

  static PublicKey key(int peer) {
    byte[] raw = new byte[32];
    Arrays.fill(raw, (byte) (peer + 1));
    return PublicKey.ofBytes(raw);
  }

  static StoredMessage message(int peer, String id, Instant receivedAt) {
    return new StoredMessage(id, "message.send", "toq://lab.example/p" + peer, key(peer),
        Optional.of(JsonText.of(JsonObject.builder().put("text", "hello " + id).build())),
        Optional.empty(), Optional.empty(), Optional.empty(), receivedAt);
  }
}
