package dev.toq.store;

import static dev.toq.store.OutboxMessages.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.toq.store.Outbox.Acceptance;
import dev.toq.store.Outbox.Change;
import dev.toq.store.Outbox.Cursor;
import dev.toq.store.OutboxState.Final;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An outbox that is opened before each test and closed after it, and what tests of it share. */
public abstract class OutboxFixture {
  /** The bounds that the implementation is opened with. */
  protected static final int MAX_MESSAGES = 500;

  protected static final long MAX_BYTES = 1_000_000;
  protected static final int HISTORY = 100;

  protected final TestClock clock = new TestClock();
  protected Outbox outbox;

  /** Opens the outbox of this test, each time the same one, with the bounds above and {@link #clock}. */
  protected abstract Outbox open() throws Exception;

  @BeforeEach
  final void openFirst() throws Exception {
    outbox = open();
  }

  @AfterEach
  final void closeLast() throws Exception {
    outbox.close();
  }

  protected final void reopen() throws Exception {
    outbox.close();
    outbox = open();
  }

  protected final OutboxMessage message(int recipient, int number) {
    return OutboxMessages.message(recipient, number, clock.instant());
  }

  protected final void store(OutboxMessage message) throws Exception {
    await(assertInstanceOf(Acceptance.Taken.class, outbox.accept(message)).durable());
  }

  protected static void await(CompletableFuture<Void> durable) throws Exception {
    durable.get(30, TimeUnit.SECONDS);
  }

  protected final OutboxEntry entry(OutboxKey key) {
    List<OutboxEntry> found = outbox.find(key.id()).stream().filter(entry -> entry.key().equals(key)).toList();
    assertEquals(1, found.size(), key + " in " + outbox.newest(1000, any -> true));
    return found.getFirst();
  }

  protected final void sent(OutboxKey key) {
    assertInstanceOf(Change.Done.class, outbox.sent(key));
  }

  protected final void end(OutboxKey key, Final end) {
    assertInstanceOf(Change.Done.class, outbox.end(key, end));
  }

  protected final List<OutboxKey> waiting(int recipient) {
    return keys(outbox.unfinished(key(recipient, 0).recipient(), Cursor.START, 10_000).entries());
  }

  protected static List<OutboxKey> keys(List<OutboxEntry> entries) {
    return entries.stream().map(OutboxEntry::key).toList();
  }
}
