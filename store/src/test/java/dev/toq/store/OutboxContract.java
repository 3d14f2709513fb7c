package dev.toq.store;

import static dev.toq.store.OutboxMessages.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.store.Outbox.Acceptance;
import dev.toq.store.Outbox.Change;
import dev.toq.store.Outbox.Cursor;
import dev.toq.store.Outbox.Depth;
import dev.toq.store.OutboxState.Accepted;
import dev.toq.store.OutboxState.Acked;
import dev.toq.store.OutboxState.Cancelled;
import dev.toq.store.OutboxState.Expired;
import dev.toq.store.OutboxState.Failed;
import dev.toq.store.OutboxState.Final;
import dev.toq.store.OutboxState.Refused;
import dev.toq.store.OutboxState.Sent;
import dev.toq.store.OutboxState.Unknown;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link Outbox} must do. Extend it and say how to open one. */
public abstract class OutboxContract extends OutboxFixture {
  @Test
  @DisplayName("A-87: what was durable is there after a restart, with every member as it was, and numbers as written")
  void survivesRestart() throws Exception {
    OutboxMessage full = new OutboxMessage(
        new OutboxKey(UUID.fromString("550e8400-e29b-41d4-a716-446655440000"), "toq://lab.example/\u00fc \"q\""),
        "message.send", List.of("toq://lab.example/\u00fc \"q\"", "toq://lab.example/b"),
        Optional.of("t\n"), Optional.of("r"), Optional.of("application/json"), Optional.of("high"),
        OptionalLong.of(0), Optional.of(JsonObject.builder().put("n", new JsonNumber("1.50E+2")).build()),
        Instant.parse("2026-11-24T12:00:00.123456789Z"), Instant.parse("2026-12-01T12:00:00.5Z"));
    OutboxMessage bare = new OutboxMessage(key(1, 2), "message.cancel", List.of("x"), Optional.empty(),
        Optional.empty(), Optional.empty(), Optional.empty(), OptionalLong.empty(), Optional.empty(), clock.instant(),
        clock.instant().plusSeconds(1));
    for (OutboxMessage message : List.of(full, bare)) {
      store(message);
    }
    for (int opening = 0; opening < 3; opening++) {
      for (OutboxMessage message : List.of(full, bare)) {
        assertEquals(Optional.of(message), outbox.message(message.key()));
        OutboxEntry entry = entry(message.key());
        assertEquals(new Accepted(message.createdAt()), entry.state());
        assertEquals(message.expiresAt(), entry.expiresAt());
        assertEquals(0, entry.transmissions());
      }
      reopen();
    }
  }

  @Test
  @DisplayName("A-70: each recipient of an id has a state of its own; the same id for the same recipient is known")
  void perRecipient() throws Exception {
    store(message(1, 7));
    store(message(2, 7));
    assertInstanceOf(Acceptance.Known.class, outbox.accept(message(1, 7)));
    end(key(1, 7), new Acked(clock.instant()));
    assertInstanceOf(Acceptance.Known.class, outbox.accept(message(1, 7)));
    reopen();
    assertInstanceOf(Acceptance.Known.class, outbox.accept(message(1, 7)));
    List<OutboxEntry> found = outbox.find(new UUID(0, 7));
    assertEquals(List.of(key(1, 7), key(2, 7)), keys(found));
    assertEquals(List.of("acked", "accepted"), found.stream().map(each -> each.state().word()).toList());
    assertEquals(List.of(), outbox.find(new UUID(0, 8)));
  }

  @Test
  @DisplayName("A-19: every end is kept with its time and what was said, over restarts too; nothing of it is sent")
  void everyEnd() throws Exception {
    Instant at = clock.instant().plusNanos(1_500_000);
    List<Final> ends = List.of(new Acked(at), new Refused(at, "blocked", "not \"welcome\"\n\u00fc"),
        new Failed(at, "no such name"), new Unknown(at), new Cancelled(at), new Expired(at));
    for (int i = 0; i < ends.size(); i++) {
      store(message(1, i));
      if (!(ends.get(i) instanceof Expired)) {
        sent(key(1, i));
        clock.advance(Duration.ofSeconds(1));
        sent(key(1, i));
      }
      end(key(1, i), ends.get(i));
    }
    for (int opening = 0; opening < 3; opening++) {
      assertEquals(List.of(), waiting(1));
      assertEquals(List.of(), outbox.recipients());
      List<OutboxEntry> all = outbox.newest(100, OutboxEntry::isFinished);
      assertEquals(ends, all.stream().map(OutboxEntry::state).toList());
      for (int i = 0; i < ends.size(); i++) {
        assertEquals(ends.get(i) instanceof Expired ? 0 : 2, entry(key(1, i)).transmissions());
      }
      assertEquals(new Sent(OutboxMessages.message(1, 0, at).createdAt().minusNanos(1_500_000).plusSeconds(1), 2),
          all.getFirst().sent().orElseThrow());
      reopen();
    }
  }

  @Test
  @DisplayName("A final state stays, whatever is noted later; only unknown learns of a late answer, and acked of an "
      + "error that follows it (A-09)")
  void finalStays() throws Exception {
    Instant at = clock.instant();
    List<Final> ends = List.of(new Acked(at), new Refused(at, "c", "t"), new Failed(at, "r"), new Expired(at),
        new Cancelled(at), new Unknown(at));
    for (int i = 0; i < ends.size(); i++) {
      store(message(1, i));
      end(key(1, i), ends.get(i));
    }
    reopen();
    for (int i = 0; i < ends.size(); i++) {
      for (Final later : ends) {
        boolean learns = switch (entry(key(1, i)).state()) {
          case Unknown unknown -> later instanceof Acked || later instanceof Refused;
          case Acked acked -> later instanceof Refused;
          default -> false;
        };
        Change change = outbox.end(key(1, i), later);
        assertEquals(learns, change instanceof Change.Done, ends.get(i) + " then " + later);
      }
      assertInstanceOf(Change.Stays.class, outbox.sent(key(1, i)));
    }
    reopen();
    assertEquals(List.of("refused", "refused", "failed", "expired", "cancelled", "refused"),
        outbox.newest(10, any -> true).stream().map(each -> each.state().word()).toList());
    assertEquals(6, outbox.depth().finished());
  }

  @Test
  @DisplayName("Transmissions are counted, over restarts too, with the time of the last")
  void transmissions() throws Exception {
    store(message(1, 1));
    for (int i = 1; i <= 6; i++) {
      clock.advance(Duration.ofSeconds(10));
      sent(key(1, 1));
      Sent now = new Sent(clock.instant(), i);
      assertEquals(now, entry(key(1, 1)).state());
      if (i % 2 == 0) {
        reopen();
        assertEquals(now, entry(key(1, 1)).state());
        assertEquals(Optional.of(now), entry(key(1, 1)).sent());
      }
    }
    assertEquals(List.of(key(1, 1)), waiting(1));
  }

  @Test
  @DisplayName("A-18: at its time a message that was never sent is expired, one that was sent is unknown")
  void overdue() throws Exception {
    store(message(1, 1));
    store(message(2, 2));
    sent(key(2, 2));
    clock.advance(OutboxMessages.EXPIRY.minusSeconds(1));
    store(message(1, 3));
    assertEquals(List.of(), outbox.endOverdue());
    assertEquals(List.of(key(1, 1), key(1, 3)), waiting(1));
    clock.advance(Duration.ofSeconds(1));
    assertEquals(List.of(key(1, 3)), waiting(1), "what is overdue is not sent");
    assertInstanceOf(Change.Stays.class, outbox.end(key(2, 2), new Expired(clock.instant())));
    List<OutboxEntry> ended = outbox.endOverdue();
    assertEquals(List.of(key(1, 1), key(2, 2)), keys(ended));
    reopen();
    assertEquals(new Expired(clock.instant()), entry(key(1, 1)).state());
    assertEquals(new Unknown(clock.instant()), entry(key(2, 2)).state());
    assertEquals(List.of(), outbox.endOverdue());
    assertEquals(List.of(key(1, 3)), waiting(1));
  }

  @Test
  @DisplayName("Unfinished messages come in batches, each recipient's in the order of acceptance, after a restart too")
  void batches() throws Exception {
    for (int i = 0; i < 30; i++) {
      store(message(i % 3, i));
    }
    end(key(0, 0), new Acked(clock.instant()));
    sent(key(1, 4));
    end(key(1, 7), new Failed(clock.instant(), "x"));
    for (int opening = 0; opening < 2; opening++) {
      assertEquals(List.of(key(1, 0).recipient(), key(2, 0).recipient(), key(0, 0).recipient()), outbox.recipients());
      List<OutboxKey> found = new ArrayList<>();
      Outbox.Batch batch = outbox.unfinished(key(1, 0).recipient(), Cursor.START, 4);
      while (!batch.entries().isEmpty()) {
        assertTrue(batch.entries().size() <= 4);
        found.addAll(keys(batch.entries()));
        batch = outbox.unfinished(key(1, 0).recipient(), batch.end(), 4);
      }
      List<OutboxKey> expected = new ArrayList<>();
      for (int i = 1; i < 30; i += 3) {
        if (i != 7) {
          expected.add(key(1, i));
        }
      }
      assertEquals(expected, found);
      assertEquals(List.of(), outbox.unfinished("toq://nobody.example/x", Cursor.START, 4).entries());
      reopen();
    }
  }

  @Test
  @DisplayName("A cursor goes on behind what it has seen, whatever ended or came meanwhile")
  void cursor() throws Exception {
    for (int i = 0; i < 4; i++) {
      store(message(1, i));
    }
    Outbox.Batch first = outbox.unfinished(key(1, 0).recipient(), Cursor.START, 2);
    assertEquals(List.of(key(1, 0), key(1, 1)), keys(first.entries()));
    end(key(1, 1), new Acked(clock.instant()));
    end(key(1, 2), new Acked(clock.instant()));
    store(message(1, 4));
    Outbox.Batch second = outbox.unfinished(key(1, 0).recipient(), first.end(), 9);
    assertEquals(List.of(key(1, 3), key(1, 4)), keys(second.entries()));
    assertEquals(List.of(), outbox.unfinished(key(1, 0).recipient(), second.end(), 9).entries());
  }

  @Test
  @DisplayName("The newest come oldest first, as many as were asked for, of those that are wanted")
  void newest() throws Exception {
    for (int i = 0; i < 300; i++) {
      store(message(i % 2, i));
    }
    end(key(0, 2), new Acked(clock.instant()));
    assertEquals(List.of(key(0, 298), key(1, 299)), keys(outbox.newest(2, any -> true)));
    assertEquals(List.of(key(0, 2)), keys(outbox.newest(5, OutboxEntry::isFinished)));
    assertEquals(List.of(key(1, 1), key(1, 3)),
        keys(outbox.newest(150, each -> each.key().recipient().endsWith("1"))).subList(0, 2));
    assertEquals(List.of(), outbox.newest(0, any -> true));
    assertEquals(300, outbox.newest(1000, any -> true).size());
  }

  @Test
  @DisplayName("Of the finished ones so many are shown as are set, those that ended last")
  void history() throws Exception {
    store(message(1, 0));
    for (int i = 1; i <= HISTORY + 20; i++) {
      store(message(1, i));
      end(key(1, i), new Acked(clock.instant()));
    }
    reopen();
    assertEquals(HISTORY, outbox.depth().finished());
    List<OutboxEntry> all = outbox.newest(1000, any -> true);
    assertEquals(HISTORY + 1, all.size());
    assertEquals(List.of(key(1, 0), key(1, 21)), keys(all).subList(0, 2));
    assertEquals(List.of(), outbox.find(new UUID(0, 20)));
    assertInstanceOf(Change.NotHere.class, outbox.end(key(1, 20), new Unknown(clock.instant())));
    assertEquals(Optional.empty(), outbox.message(key(1, 20)));
    assertEquals(List.of(key(1, 0)), waiting(1));
  }

  @Test
  @DisplayName("So many messages may be unfinished; one more is refused with a sentence, until one comes to its end")
  void boundOfMessages() throws Exception {
    for (int i = 0; i < MAX_MESSAGES; i++) {
      outbox.accept(message(1, i));
    }
    Acceptance.Full full = assertInstanceOf(Acceptance.Full.class, outbox.accept(message(2, 0)));
    assertEquals("the outbox is full: 500 messages wait (max_outbox)", full.why());
    await(outbox.flush());
    assertEquals(MAX_MESSAGES, outbox.depth().accepted());
    reopen();
    assertInstanceOf(Acceptance.Full.class, outbox.accept(message(2, 0)));
    assertEquals(1, outbox.find(new UUID(0, 0)).size());
    end(key(1, 17), new Cancelled(clock.instant()));
    store(message(2, 0));
    assertInstanceOf(Acceptance.Full.class, outbox.accept(message(2, 1)));
  }

  @Test
  @DisplayName("So many bytes may be unfinished, and the sentence says so; smaller ones still fit")
  void boundOfBytes() throws Exception {
    String large = "x".repeat(400_000);
    store(OutboxMessages.message(key(1, 1), large, clock.instant()));
    store(OutboxMessages.message(key(1, 2), large, clock.instant()));
    Acceptance.Full full = assertInstanceOf(
        Acceptance.Full.class, outbox.accept(OutboxMessages.message(key(1, 3), large, clock.instant())));
    assertEquals(
        "the outbox is full: with this message more than 1000000 bytes would wait (max_outbox_mb)", full.why());
    store(message(1, 4));
    end(key(1, 1), new Acked(clock.instant()));
    store(OutboxMessages.message(key(1, 3), large, clock.instant()));
  }

  @Test
  @DisplayName("The depth tells how many are in which state, and how many bytes wait")
  void depth() throws Exception {
    assertEquals(new Depth(0, 0, 0, 0, 0), outbox.depth());
    for (int i = 0; i < 4; i++) {
      store(message(1, i));
    }
    int each = entry(key(1, 0)).bytes();
    sent(key(1, 1));
    sent(key(1, 2));
    sent(key(1, 2));
    end(key(1, 2), new Acked(clock.instant()));
    await(outbox.flush());
    assertEquals(new Depth(2, 1, 0, 3L * each, 1), outbox.depth());
    assertEquals(3, outbox.depth().unfinished());
    reopen();
    assertEquals(new Depth(2, 1, 0, 3L * each, 1), outbox.depth());
    end(key(1, 0), new Acked(clock.instant()));
    sent(key(1, 3));
    assertEquals(2, outbox.depth().sent());
    assertEquals(0, outbox.depth().accepted());
  }

  @Test
  @DisplayName("What is not here cannot be changed")
  void notHere() throws Exception {
    assertInstanceOf(Change.NotHere.class, outbox.sent(key(1, 1)));
    assertInstanceOf(Change.NotHere.class, outbox.end(key(1, 1), new Acked(clock.instant())));
    assertEquals(Optional.empty(), outbox.message(key(1, 1)));
  }

  @Test
  @DisplayName("Messages of many threads are all kept, each recipient's in its order")
  void manyThreads() throws Exception {
    int each = 50;
    try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int recipient = 0; recipient < 8; recipient++) {
        int own = recipient;
        pool.submit(() -> {
          for (int i = 0; i < each; i++) {
            store(message(own, own * each + i));
            sent(key(own, own * each + i));
            if (i % 2 == 0) {
              end(key(own, own * each + i), new Acked(clock.instant()));
            }
          }
          return own;
        });
      }
    }
    reopen();
    for (int recipient = 0; recipient < 8; recipient++) {
      List<OutboxKey> expected = new ArrayList<>();
      for (int i = 1; i < each; i += 2) {
        expected.add(key(recipient, recipient * each + i));
      }
      assertEquals(expected, waiting(recipient));
    }
    assertEquals(200, outbox.depth().sent());
  }
}
