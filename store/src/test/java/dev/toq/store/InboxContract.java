package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.wire.JsonText;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link Inbox} must do. Extend it and say how to open one. */
public abstract class InboxContract {
  /** The duplicate window that the implementation is opened with. */
  protected static final Duration WINDOW = Duration.ofSeconds(600);

  protected final TestClock clock = new TestClock();
  protected Inbox inbox;

  /** Opens the inbox of this test, each time the same one, with {@link #WINDOW} and {@link #clock}. */
  protected abstract Inbox open() throws Exception;

  @BeforeEach
  final void openFirst() throws Exception {
    inbox = open();
  }

  @AfterEach
  final void closeLast() throws Exception {
    inbox.close();
  }

  protected final void reopen() throws Exception {
    inbox.close();
    inbox = open();
  }

  protected final void store(StoredMessage message) throws Exception {
    Inbox.Acceptance acceptance = inbox.accept(message);
    assertFalse(acceptance.duplicate(), message.id());
    await(acceptance.durable());
  }

  protected static void await(CompletableFuture<Void> durable) throws Exception {
    durable.get(30, TimeUnit.SECONDS);
  }

  protected final StoredMessage message(int peer, String id) {
    return Messages.message(peer, id, clock.instant());
  }

  protected final List<String> shown() {
    return inbox.newest(1000, any -> true).map(StoredMessage::id).toList();
  }

  @Test
  @DisplayName("Whoever wants to know what is stored is told in the order of storage, and nothing of a duplicate")
  void toldInOrder() throws Exception {
    List<String> told = Collections.synchronizedList(new ArrayList<>());
    List<CompletableFuture<Void>> durable = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (int peer = 1; peer <= 4; peer++) {
      int own = peer;
      threads.add(Thread.ofPlatform().start(() -> {
        for (int i = 0; i < 50; i++) {
          String id = own + "-" + i;
          durable.add(inbox.accept(message(own, id), () -> told.add(id)).durable());
          durable.add(inbox.accept(message(own, id), () -> told.add("again " + id)).durable());
        }
      }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    CompletableFuture.allOf(durable.toArray(CompletableFuture[]::new)).get(30, TimeUnit.SECONDS);
    assertEquals(200, told.size());
    assertEquals(shown(), told);
  }

  @Test
  @DisplayName("R-12.4-01: a message is taken in once, and offered again it is a duplicate")
  void takenOnce() throws Exception {
    store(message(1, "a"));
    Inbox.Acceptance again = inbox.accept(message(1, "a"));
    assertTrue(again.duplicate());
    await(again.durable());
    assertEquals(List.of("a"), shown());
  }

  @Test
  @DisplayName("Two peers may use the same id (A-06)")
  void sameIdOfTwoPeers() throws Exception {
    store(message(1, "a"));
    store(message(2, "a"));
    assertEquals(List.of("a", "a"), shown());
  }

  @Test
  @DisplayName("R-8.9-03: what was durable is there after a restart, with every member as it was")
  void survivesRestart() throws Exception {
    StoredMessage full = new StoredMessage("id \"1\"\n", "message.send", "toq://lab.example/bob", Messages.key(1),
        Optional.of(JsonText.of(JsonObject.builder().put("text", "h\u00e9llo \u2028 \ud83d\ude80")
            .put("n", new JsonNumber("1.50")).build())),
        Optional.of("t"), Optional.of("r"), Optional.of("application/json"),
        Instant.parse("2026-11-24T12:00:00.123456789Z"));
    store(full);
    store(message(1, "bare"));
    List<StoredMessage> before = inbox.newest(10, any -> true).toList();
    assertEquals(List.of(full, message(1, "bare")), before);
    reopen();
    assertEquals(before, inbox.newest(10, any -> true).toList());
  }

  @Test
  @DisplayName("An id stays known over a restart")
  void knownAfterRestart() throws Exception {
    store(message(1, "a"));
    reopen();
    assertTrue(inbox.knows(Messages.key(1), "a"));
    assertFalse(inbox.knows(Messages.key(2), "a"));
    assertTrue(inbox.accept(message(1, "a")).duplicate());
    assertFalse(inbox.accept(message(2, "a")).duplicate());
  }

  @Test
  @DisplayName("R-12.4-02: an id is known through the whole window, and new again after it")
  void window() throws Exception {
    store(message(1, "a"));
    clock.advance(WINDOW.minusSeconds(1));
    assertTrue(inbox.knows(Messages.key(1), "a"));
    assertTrue(inbox.accept(message(1, "a")).duplicate());
    reopen();
    assertTrue(inbox.accept(message(1, "a")).duplicate());
    clock.advance(Duration.ofSeconds(2));
    assertFalse(inbox.knows(Messages.key(1), "a"));
    store(message(1, "a"));
  }

  @Test
  @DisplayName("The newest messages come oldest first, as many as were asked for, of those that are wanted")
  void newest() throws Exception {
    for (int i = 0; i < 9; i++) {
      store(message(i % 2, "m" + i));
    }
    assertEquals(List.of("m6", "m7", "m8"), ids(inbox.newest(3, any -> true)));
    assertEquals(List.of("m5", "m7"), ids(inbox.newest(2, message -> message.fromKey().equals(Messages.key(1)))));
    assertEquals(List.of(), inbox.newest(5, any -> false).toList());
    assertEquals(List.of(), inbox.newest(0, any -> true).toList());
  }

  private static List<String> ids(Stream<StoredMessage> messages) {
    return messages.map(StoredMessage::id).toList();
  }

  @Test
  @DisplayName("Clearing drops messages and keeps ids, also over a restart")
  void clear() throws Exception {
    store(message(1, "a"));
    inbox.clear();
    assertEquals(List.of(), shown());
    assertTrue(inbox.accept(message(1, "a")).duplicate());
    store(message(1, "b"));
    reopen();
    assertEquals(List.of("b"), shown());
    assertTrue(inbox.accept(message(1, "a")).duplicate());
    assertTrue(inbox.accept(message(1, "b")).duplicate());
    inbox.clear();
    inbox.clear();
    reopen();
    assertEquals(List.of(), shown());
    assertTrue(inbox.accept(message(1, "a")).duplicate());
  }

  @Test
  @DisplayName("Of many threads that offer one message at the same time, one is the first, and all wait for the disk")
  void onlyOneFirst() throws Exception {
    int threads = 32;
    CountDownLatch go = new CountDownLatch(1);
    List<Future<Inbox.Acceptance>> offers = new ArrayList<>();
    try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < threads; i++) {
        offers.add(pool.submit(() -> {
          go.await();
          return inbox.accept(message(1, "a"));
        }));
      }
      go.countDown();
      int first = 0;
      for (Future<Inbox.Acceptance> offer : offers) {
        Inbox.Acceptance acceptance = offer.get(30, TimeUnit.SECONDS);
        first += acceptance.duplicate() ? 0 : 1;
        await(acceptance.durable());
      }
      assertEquals(1, first);
    }
    assertEquals(List.of("a"), shown());
  }

  @Test
  @DisplayName("Messages of many threads are all kept, each peer's in its order")
  void manyThreads() throws Exception {
    int each = 50;
    try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int peer = 0; peer < 8; peer++) {
        int own = peer;
        pool.submit(() -> {
          for (int i = 0; i < each; i++) {
            inbox.accept(message(own, own + "-" + i));
          }
        });
      }
    }
    reopen();
    for (int peer = 0; peer < 8; peer++) {
      int own = peer;
      List<String> expected = new ArrayList<>();
      for (int i = 0; i < each; i++) {
        expected.add(own + "-" + i);
      }
      assertEquals(expected, ids(inbox.newest(1000, message -> message.fromKey().equals(Messages.key(own)))));
    }
  }
}
