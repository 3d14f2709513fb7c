package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.toq.store.OutboxState.Accepted;
import dev.toq.store.OutboxState.Acked;
import dev.toq.store.OutboxState.Cancelled;
import dev.toq.store.OutboxState.Expired;
import dev.toq.store.OutboxState.Failed;
import dev.toq.store.OutboxState.Refused;
import dev.toq.store.OutboxState.Sent;
import dev.toq.store.OutboxState.Unknown;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OutboxStateTest {
  private static final Instant AT = Instant.parse("2026-11-24T12:00:00Z");
  private static final List<OutboxState> ALL = List.of(new Accepted(AT), new Sent(AT, 1), new Acked(AT),
      new Refused(AT, "c", "t"), new Failed(AT, "r"), new Expired(AT), new Unknown(AT), new Cancelled(AT));

  private static String after(OutboxState state) {
    return ALL.stream().filter(state::allows).map(OutboxState::word).collect(Collectors.joining(" "));
  }

  @Test
  @DisplayName("A-19: the transitions are those of the drawing, and no others")
  void transitions() {
    assertEquals("sent acked refused failed expired unknown cancelled", after(new Accepted(AT)));
    assertEquals("acked refused failed unknown cancelled", after(new Sent(AT, 1)));
    assertEquals("acked refused", after(new Unknown(AT)));
    assertEquals("refused", after(new Acked(AT)));
    for (OutboxState end : List.of(new Refused(AT, "c", "t"), new Failed(AT, "r"), new Expired(AT),
        new Cancelled(AT))) {
      assertEquals("", after(end), end.word());
    }
    assertEquals(true, new Sent(AT, 1).allows(new Sent(AT, 2)));
    assertEquals(false, new Sent(AT, 2).allows(new Sent(AT, 2)));
  }

  @Test
  @DisplayName("What is overdue is expired if it was never sent, and unknown if it was")
  void overdue() {
    assertInstanceOf(Expired.class, new Accepted(AT).overdue(AT));
    assertInstanceOf(Unknown.class, new Sent(AT, 1).overdue(AT));
  }

  @Test
  @DisplayName("What a peer says is cut, never in the middle of a character")
  void cut() {
    Refused refused = new Refused(AT, "c".repeat(65), "t".repeat(499) + "\ud83d\ude80");
    assertEquals("c".repeat(64), refused.code());
    assertEquals("t".repeat(499), refused.text());
    assertEquals(498 + 2, new Failed(AT, "t".repeat(498) + "\ud83d\ude80x").reason().length());
    assertEquals("r".repeat(500), new Failed(AT, "r".repeat(500)).reason());
  }

  @Test
  @DisplayName("Impossible messages and states cannot be made (A-18: no negative ttl)")
  void impossible() {
    assertThrows(IllegalArgumentException.class, () -> new Sent(AT, 0));
    OutboxMessage good = OutboxMessages.message(1, 1, AT);
    assertThrows(IllegalArgumentException.class, () -> with(good, good.key(), good.to(), -1));
    assertThrows(IllegalArgumentException.class, () -> with(good, good.key(), List.of(), 0));
    OutboxKey nobody = new OutboxKey(new UUID(0, 1), "");
    assertThrows(IllegalArgumentException.class, () -> with(good, nobody, good.to(), 0));
    assertEquals(OptionalLong.of(0), with(good, good.key(), good.to(), 0).ttl());
  }

  private static OutboxMessage with(OutboxMessage message, OutboxKey key, List<String> to, long ttl) {
    return new OutboxMessage(key, message.type(), to, message.threadId(), message.replyTo(), message.contentType(),
        message.priority(), OptionalLong.of(ttl), message.body(), message.createdAt(), message.expiresAt());
  }
}
