package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonText;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.store.StoredMessage;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EventStreamTest {
  private final EventStream events = new EventStream();

  private static StoredMessage message(String id, int bodyBytes) {
    return new StoredMessage(id, "message.send", "toq://h/p", PublicKey.ofBytes(new byte[32]),
        Optional.of(JsonText.of(new JsonString("x".repeat(bodyBytes - 2)))), Optional.empty(), Optional.empty(),
        Optional.empty(), Instant.EPOCH);
  }

  private static Optional<String> next(Agent.Subscription listener) throws InterruptedException {
    return listener.next(Duration.ZERO).map(StoredMessage::id);
  }

  @Test
  @DisplayName("A listener may fall behind by a number of messages; those above are counted as dropped")
  void number() throws Exception {
    try (Agent.Subscription slow = events.subscribe(any -> true)) {
      for (int i = 0; i < EventStream.QUEUE_LIMIT + 3; i++) {
        events.publish(message("m" + i, 10));
      }
      assertEquals(3, slow.dropped());
      assertEquals(Optional.of("m0"), next(slow));
    }
  }

  @Test
  @DisplayName("A listener may fall behind by a number of bytes, or by one message that is larger, and has room again "
      + "for what it took; another listener loses nothing")
  void bytes() throws Exception {
    try (Agent.Subscription slow = events.subscribe(any -> true);
        Agent.Subscription quick = events.subscribe(message -> message.id().equals("quick"))) {
      events.publish(message("larger", EventStream.QUEUE_BYTES + 1));
      events.publish(message("dropped", 10));
      assertEquals(1, slow.dropped());
      assertEquals(Optional.of("larger"), next(slow));
      for (int i = 0; i < 5; i++) {
        events.publish(message("m" + i, EventStream.QUEUE_BYTES / 4));
      }
      assertEquals(2, slow.dropped());
      events.publish(message("quick", 10));
      assertEquals(Optional.of("quick"), next(quick));
      assertEquals(3, slow.dropped());
      assertEquals(Optional.of("m0"), next(slow));
      events.publish(message("m5", EventStream.QUEUE_BYTES / 4));
      for (String id : new String[] {"m1", "m2", "m3", "m5"}) {
        assertEquals(Optional.of(id), next(slow));
      }
      assertEquals(Optional.empty(), next(slow));
    }
  }
}
