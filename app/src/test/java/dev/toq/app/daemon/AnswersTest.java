package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.ManualTicker;
import dev.toq.app.daemon.Answers.Answer;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.identity.Address;
import dev.toq.spectests.RawPeer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private static final Address HERE = Address.parse("toq://localhost/here");

  private static final SystemMessages.Stamp STAMP =
      new SystemMessages.Stamp(UUID.randomUUID(), HERE, HERE, 0, Instant.EPOCH);

  private static final int SHARED = 3;

  private final ManualTicker ticker = new ManualTicker();
  private final Deadlines deadlines = new Deadlines(ticker);
  private final Heard heard = new Heard();
  private final Answers answers = new Answers("tested", deadlines, heard);

  @AfterEach
  void stop() {
    deadlines.close();
  }

  private static Envelope draft() {
    return SystemMessages.ack(STAMP, UUID.randomUUID());
  }

  private static Answer say(Envelope draft) {
    return new Answer.Say(draft);
  }

  @Test
  @DisplayName("Nothing is answered before the start; then all is, in order, also what comes while nothing was waiting")
  void inOrder() throws Exception {
    List<Envelope> drafts = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      drafts.add(draft());
    }
    drafts.subList(0, 10).forEach(draft -> answers.put(say(draft)));
    assertTrue(heard.said.isEmpty());
    answers.start();
    for (Envelope draft : drafts.subList(0, 10)) {
      assertEquals(draft, heard.next());
    }
    for (Envelope draft : drafts.subList(10, 500)) { // each begins and ends a thread, or meets one that ends
      answers.put(say(draft));
      assertEquals(draft, heard.next());
    }
    drafts.subList(500, 1_000).forEach(draft -> answers.put(say(draft)));
    answers.finish();
    assertEquals(drafts.subList(500, 1_000), List.copyOf(heard.said));
  }

  @Test
  @DisplayName("R-21.2-04: an idle connection is looked after each second of the clock, until its end")
  void ticks() throws Exception {
    answers.start();
    for (int i = 0; i < 3; i++) {
      ticker.pass(Duration.ofSeconds(1));
      assertEquals(Boolean.TRUE, heard.idles.poll(RawPeer.PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }
    answers.finish();
    heard.idles.clear();
    ticker.pass(Duration.ofSeconds(2));
    deadlines.sweep();
    answers.put(say(draft()));
    assertTrue(heard.idles.isEmpty() && heard.said.isEmpty(), "nothing begins after the end");
  }

  @Test
  @DisplayName("Where writing fails nothing more is answered, and the end is not waited for")
  void broken() throws Exception {
    answers.start();
    heard.isBroken = true;
    answers.put(say(draft()));
    answers.finish();
    heard.isBroken = false;
    answers.put(say(draft()));
    deadlines.sweep();
    assertTrue(heard.said.isEmpty());
  }

  @Test
  @DisplayName("a peer that does not read its answers is cut where too many of them wait")
  void unread() {
    for (int i = 0; i < Answers.MOST; i++) {
      answers.put(say(draft()));
    }
    assertEquals(0, heard.overruns);
    answers.put(say(draft()));
    assertEquals(1, heard.overruns);
  }

  @Test
  @DisplayName("Messages that are durable together share an acknowledgement, up to a number, and none waits for "
      + "another: what is said in between, what is not durable yet and what was not stored come in their order")
  void sharedAcknowledgements() throws Exception {
    List<UUID> ids = new ArrayList<>();
    List<CompletableFuture<Void>> stored = new ArrayList<>();
    Envelope between = draft();
    for (int i = 0; i < 8; i++) {
      ids.add(UUID.randomUUID());
      stored.add(i < 6 ? CompletableFuture.completedFuture(null) : new CompletableFuture<>());
      if (i == 4) {
        answers.put(say(between));
      }
      answers.put(new Answer.Acknowledge(ids.get(i), 100, stored.get(i)));
    }
    answers.start();
    assertEquals(SystemMessages.sharedAck(STAMP, ids.subList(0, 3)), heard.next());
    assertEquals(SystemMessages.ack(STAMP, ids.get(3)), heard.next());
    assertEquals(between, heard.next());
    assertEquals(SystemMessages.sharedAck(STAMP, ids.subList(4, 6)), heard.next(), "not held back for the next");
    stored.get(7).completeExceptionally(new IOException("full"));
    stored.get(6).complete(null);
    assertEquals(SystemMessages.ack(STAMP, ids.get(6)), heard.next());
    assertEquals(Optional.of(ids.get(7)), SystemMessages.error(heard.next()).relatedId());
    answers.finish();
    assertEquals(ids.subList(0, 7), heard.acknowledged);
    assertFalse(answers.isOwed());
  }

  /** What the connection was asked to say. */
  private static final class Heard implements Answers.Voice {
    private final BlockingQueue<Envelope> said = new LinkedBlockingQueue<>();
    private final List<UUID> acknowledged = Collections.synchronizedList(new ArrayList<>());
    private final BlockingQueue<Boolean> idles = new LinkedBlockingQueue<>();
    private volatile boolean isBroken;
    private int overruns;

    Envelope next() throws InterruptedException {
      Envelope next = said.poll(RawPeer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing was said");
      }
      return next;
    }

    @Override
    public void say(Envelope draft) throws IOException {
      if (isBroken) {
        throw new IOException("broken");
      }
      said.add(draft);
    }

    @Override
    public void flush() {}

    @Override
    public int mostInAcknowledgement() {
      return SHARED;
    }

    @Override
    public Envelope acknowledgement(List<UUID> ids) {
      return SystemMessages.sharedAck(STAMP, ids);
    }

    @Override
    public Optional<Envelope> storageFailed(UUID id, Throwable cause) {
      return Optional.of(SystemMessages.error(STAMP, ErrorCode.RESOURCE_EXHAUSTED, "not stored", Optional.of(id)));
    }

    @Override
    public void takesMessages() {}

    @Override
    public void overrun() {
      overruns++;
    }

    @Override
    public void acknowledged(UUID id) {
      acknowledged.add(id);
    }

    @Override
    public void idle() {
      idles.add(true);
    }
  }
}
