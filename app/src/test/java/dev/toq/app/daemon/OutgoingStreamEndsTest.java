package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.daemon.OutgoingStreams.Step;
import dev.toq.spectests.RawPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of a local caller: how they end before their end. */
@Timeout(60)
class OutgoingStreamEndsTest extends StreamingFixture {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  @DisplayName("R-11.7-01, R-11.7-02: the peer stops a stream by the id of any of its chunks; nothing of it follows")
  void cancelledByPeer(int which) throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      List<JsonObject> chunks = new ArrayList<>();
      for (String text : List.of("a", "b", "c")) {
        chunk(stream, text);
        chunks.add(readChunk(peer));
        peer.ack(chunks.getLast());
      }
      cancel(peer, chunks.get(which));
      assertEquals("stream_cancelled", over(chunk(stream, "d")).code());
      assertEquals("stream_cancelled", over(ending(stream).get()).code());
      Says.andWaits(peer); // nothing came meanwhile
    }
  }

  @Test
  @DisplayName("A-64: a cancel that names nothing of ours changes nothing")
  void foreignCancel() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      chunk(stream, "a");
      JsonObject first = readChunk(peer);
      peer.ack(first);
      JsonObject other = first.deepCopy();
      other.addProperty("id", UUID.randomUUID().toString());
      cancel(peer, other);
      assertInstanceOf(Step.Written.class, chunk(stream, "b"));
      assertEquals("b", text(readChunk(peer)));
    }
  }

  @Test
  @DisplayName("A-63: a part that the peer refused is not sent again: the stream is taken back, and its code is told")
  void refused() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      chunk(stream, "a");
      JsonObject first = readChunk(peer);
      peer.ack(first);
      chunk(stream, "b");
      Says.error(peer, "resource_exhausted", readChunk(peer));
      JsonObject cancel = read(peer, "message.cancel");
      assertEquals(first.get("id"), cancel.getAsJsonObject("body").get("cancel_id"));
      assertEquals(new Step.Over("resource_exhausted", "because"), chunk(stream, "c"));
      Says.andWaits(peer);
    }
  }

  @Test
  @DisplayName("an error about a part that was acknowledged ends the stream with the peer's own words")
  void stoppedLater() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      chunk(stream, "a");
      JsonObject first = readChunk(peer);
      peer.ack(first);
      Says.error(peer, "resource_exhausted", first);
      Says.andWaits(peer);
      assertEquals(new Step.Over("resource_exhausted", "because"), chunk(stream, "b"));
    }
  }

  @Test
  @DisplayName("R-11.8-02: a stream whose connection is lost in the middle is over and told so; the next begins with "
      + "its "
      + "first chunk, under another id")
  void lost() throws Exception {
    Future<Step> starting = starting();
    UUID stream;
    try (RawPeer peer = accept(true)) {
      stream = id(starting);
      chunk(stream, "a");
      peer.ack(readChunk(peer));
      Future<Step> end = later(() -> {
        Step step = chunk(stream, "b");
        while (step instanceof Step.Written) {
          step = chunk(stream, "c"); // until the loss is noticed
        }
        return step;
      });
      peer.reset();
      assertEquals("not_reachable", over(end.get()).code());
    }
    Future<Step> again = starting();
    try (RawPeer peer = accept(true)) {
      UUID second = id(again);
      assertNotEquals(stream, second);
      chunk(second, "a");
      JsonObject first = readChunk(peer);
      assertEquals("a", text(first));
      assertEquals(second.toString(), streamId(first));
    }
  }

  @Test
  @DisplayName("where the connection is lost after the end was written, nobody knows, and that is what is told")
  void lostAfterTheEnd() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      chunk(stream, "a");
      peer.ack(readChunk(peer));
      Future<Step> ending = ending(stream);
      read(peer, "message.stream.end");
      peer.reset();
      assertInstanceOf(Step.Unknown.class, ending.get());
      assertInstanceOf(Step.Unknown.class, streams().end(stream, Optional.empty(), false, LONG));
    }
  }

  @Test
  @DisplayName("R-9.5-05, A-63: unanswered parts are bounded; a caller waits for room, and after ack_timeout the "
      + "stream is over")
  void unanswered() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      for (int i = 0; i < 32; i++) {
        assertInstanceOf(Step.Written.class, chunk(stream, "x"));
      }
      Future<Step> waiting = later(() -> chunk(stream, "y"));
      JsonObject first = readChunk(peer);
      for (int i = 1; i < 32; i++) {
        readChunk(peer);
      }
      Says.andWaits(peer); // the 33rd did not come
      peer.ack(first);
      assertInstanceOf(Step.Written.class, waiting.get());
      assertEquals("y", text(readChunk(peer)));
      chunk(stream, "z"); // a quick answer made room for one more
      readChunk(peer);
      Future<Step> late = later(() -> chunk(stream, "no room"));
      ticker.pass(Duration.ofSeconds(10));
      assertEquals("delivery_timeout", over(late.get()).code());
      read(peer, "message.cancel");
    }
  }

  @Test
  @DisplayName("A-62: a caller that is silent for 50 s loses its stream: the peer is told to drop it")
  void silentCaller() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      chunk(stream, "a");
      JsonObject first = readChunk(peer);
      peer.ack(first);
      ticker.pass(LocalStream.IDLE);
      assertEquals(first.get("id"), read(peer, "message.cancel").getAsJsonObject("body").get("cancel_id"));
      assertTrue(over(chunk(stream, "b")).reason().contains("silent for 50 seconds"));
    }
  }

  @Test
  @DisplayName("the caller cancels: the peer is told, and the stream is over; once its end was sent it cannot")
  void cancelledByCaller() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      UUID other = started();
      chunk(stream, "a");
      JsonObject first = readChunk(peer);
      assertInstanceOf(Step.Cancelled.class, streams().cancel(stream));
      assertEquals(first.get("id"), read(peer, "message.cancel").getAsJsonObject("body").get("cancel_id"));
      assertInstanceOf(Step.Cancelled.class, chunk(stream, "b"));
      Future<Step> ending = ending(other);
      JsonObject end = read(peer, "message.stream.end");
      assertEquals("", text(end)); // an end alone would name no stream
      assertInstanceOf(Step.Unanswered.class, streams().cancel(other));
      peer.ack(end);
      assertInstanceOf(Step.Delivered.class, ending.get());
    }
  }

  @Test
  @DisplayName("a peer that says goodbye in the middle ends the stream: nothing new goes out (R-8.3-03)")
  void goodbyeInTheMiddle() throws Exception {
    Future<Step> starting = starting();
    try (RawPeer peer = accept(true)) {
      UUID stream = id(starting);
      chunk(stream, "a");
      peer.ack(readChunk(peer));
      peer.sendDisconnect();
      peer.expectEof(RawPeer.PATIENCE);
      assertEquals("not_reachable", over(chunk(stream, "b")).code());
    }
  }
}
