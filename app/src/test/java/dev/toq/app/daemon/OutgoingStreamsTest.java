package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.OutgoingStreams.Step;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawPeer;
import dev.toq.store.ConfigKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams of a local caller: how they go on. */
@Timeout(60)
class OutgoingStreamsTest extends StreamingFixture {
  @Test
  @DisplayName("R-11.2-01, R-11.3-01, R-9.6-01, R-9.6-03: the parts of a stream share a fresh UUID and a thread, and "
      + "it is "
      + "delivered only when each of them and the end is acknowledged")
  void delivered() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      assertInstanceOf(Step.Written.class, chunk(stream, "one "));
      assertInstanceOf(Step.Written.class, chunk(stream, "two"));
      Future<Step> ending = ending(stream);
      JsonObject one = readChunk(peer);
      JsonObject two = readChunk(peer);
      JsonObject end = read(peer, "message.stream.end");
      assertEquals(List.of("one ", "two"), List.of(text(one), text(two)));
      assertEquals(List.of(stream.toString(), stream.toString()), List.of(streamId(one), streamId(end)));
      assertEquals(one.get("thread_id"), end.get("thread_id"));
      assertEquals(receiver.address(), one.getAsJsonArray("to").get(0).getAsString());
      assertTrue(!end.getAsJsonObject("body").has("data"), "R-11.4-01: no data was left for the end");
      peer.ack(end);
      peer.ack(two);
      Says.andWaits(peer); // the acks are read
      assertTrue(!ending.isDone(), "one part has no answer yet");
      peer.ack(one);
      assertEquals(end.get("id").getAsString(),
          assertInstanceOf(Step.Delivered.class, ending.get()).chunkId().toString());
      assertInstanceOf(Step.NotFound.class, streams().end(stream, Optional.empty(), false, LONG));
    }
  }

  @Test
  @DisplayName("R-8.4-04, R-11.6-01, R-11.6-02: heartbeats go out between the chunks of a stream, at their own pace")
  void heartbeats() throws Exception {
    agent.close();
    agent = TestAgent.start(home.resolve("beating"),
        config -> config.with(ConfigKey.CONNECTION_MODE, "open").with(ConfigKey.CONNECT_TIMEOUT, 20L), ticker);
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      for (String part : List.of("one", "two", "three")) {
        chunk(stream, part);
        JsonObject chunk = readChunk(peer);
        assertEquals(part, text(chunk));
        peer.ack(chunk);
        Says.andWaits(peer); // the ack is read
        ticker.pass(Duration.ofSeconds(30));
        read(peer, "system.heartbeat");
      }
    }
  }

  @Test
  @DisplayName("R-11.1-01, A-60: to a peer that did not agree to stream nothing is sent, and the caller is told")
  void notNegotiated() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(false)) {
      assertTrue(assertInstanceOf(Step.NotReachable.class, starting.get()).reason().contains("does not take streams"));
      Says.andWaits(peer);
    }
  }

  @Test
  @DisplayName("a connection that leaves before anything was sent costs the stream nothing: it moves to another")
  void movedBeforeTheFirst() throws Exception {
    Future<Step> starting = starting();
    UUID stream;
    try (RawPeer peer = accept(true)) {
      stream = id(starting);
      peer.reset();
      awaitConnections(0);
    }
    Future<Step> writing = later(() -> chunk(stream, "a"));
    try (RawPeer peer = accept(true)) {
      assertEquals("a", text(readChunk(peer)));
      assertInstanceOf(Step.Written.class, writing.get());
    }
  }

  private void awaitConnections(int wanted) {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (agent.agent().status().activeConnections() != wanted) {
      assertTrue(System.nanoTime() < deadline, "still " + agent.agent().status().activeConnections());
      Thread.onSpinWait();
    }
  }

  @Test
  @DisplayName("A-67: while the peer asks for a pause no part goes out, acks are not late, and the caller is told that "
      + "nothing was sent; afterwards the stream goes on")
  void held() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      chunk(stream, "a");
      JsonObject first = readChunk(peer);
      Says.backpressure(peer, 60);
      Says.andWaits(peer);
      ticker.pass(Duration.ofSeconds(11)); // longer than ack_timeout
      assertInstanceOf(Step.Held.class,
          streams().chunk(stream, JsonValue.JsonArray.ofTexts(List.of("b")), Duration.ZERO));
      peer.ack(first);
      Says.clear(peer);
      Says.andWaits(peer); // "b" did not come
      assertInstanceOf(Step.Written.class, chunk(stream, "c"));
      assertEquals("c", text(readChunk(peer)));
    }
  }

  @Test
  @DisplayName("an end without an answer in time is told as sent, and ending once more waits on; the goodbye of a peer "
      + "leaves it the time to answer (A-69)")
  void endedTwice() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      Future<Step> hasty = later(() -> streams().end(
          stream, Optional.of(JsonValue.JsonArray.ofTexts(List.of("all"))), false, Duration.ofSeconds(5)));
      JsonObject end = read(peer, "message.stream.end");
      ticker.pass(Duration.ofSeconds(5));
      assertInstanceOf(Step.Unanswered.class, hasty.get());
      Future<Step> patient = ending(stream);
      peer.sendDisconnect();
      Says.andWaits(peer);
      peer.ack(end);
      assertInstanceOf(Step.Delivered.class, patient.get());
    }
  }

  @Test
  @DisplayName("R-7.2-06: a part above the peer's limit is not sent, and the stream goes on")
  void tooLarge() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      peer.answerHandshake();
      peer.answerNegotiation(
          response -> response.getAsJsonObject("body").getAsJsonObject("features").addProperty("streaming", true));
      peer.exchangeCards(card -> card.getAsJsonObject("body").addProperty("max_message_size", 1_000));
      UUID stream = id(starting);
      assertInstanceOf(Step.TooLarge.class, chunk(stream, "x".repeat(2_000)));
      assertInstanceOf(Step.Written.class, chunk(stream, "y"));
      assertEquals("y", text(readChunk(peer)));
    }
  }

  @Test
  @DisplayName("R-11.9-01, A-62: sixteen streams to one address run at once, on one connection, and no more")
  void several() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      List<UUID> all = new ArrayList<>(List.of(id(starting)));
      for (int i = 1; i < 16; i++) {
        all.add(started());
      }
      assertInstanceOf(Step.TooMany.class, starting().get());
      for (UUID stream : all) {
        chunk(stream, "a");
      }
      List<String> seen = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        seen.add(streamId(readChunk(peer)));
      }
      assertEquals(all.stream().map(UUID::toString).toList(), seen);
      assertEquals(1, agent.agent().status().activeConnections());
      streams().cancel(all.getFirst());
      read(peer, "message.cancel");
      started(); // its place is free again
    }
  }

  @Test
  @DisplayName("R-10.8-01: no stream to oneself; nothing is dialled")
  void self() throws Exception {
    assertInstanceOf(Step.SelfMessage.class, streams().start(
        Address.parse("toq://localhost:" + agent.port() + "/tested"), Optional.empty(), Optional.empty()));
  }
}
