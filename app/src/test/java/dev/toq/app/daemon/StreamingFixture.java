package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.google.gson.JsonObject;
import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.OutgoingStreams.Step;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** An agent on a clock that the test moves, and a raw peer that takes its streams. */
abstract class StreamingFixture {
  static final Duration LONG = Duration.ofDays(1);

  @TempDir Path home;
  final ManualTicker ticker = new ManualTicker();
  TestAgent agent;
  RawReceiver receiver;
  private ExecutorService threads;

  @BeforeEach
  void start() throws Exception {
    agent = TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.CONNECT_TIMEOUT, 20L).with(ConfigKey.HEARTBEAT_INTERVAL, 86_400L)
        .with(ConfigKey.HEARTBEAT_TIMEOUT, 86_400L).with(ConfigKey.WRITE_TIMEOUT, 86_400L), ticker);
    receiver = RawReceiver.listen("raw");
    threads = Executors.newVirtualThreadPerTaskExecutor();
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
    receiver.close();
    threads.shutdownNow();
  }

  OutgoingStreams streams() {
    return agent.agent().streams();
  }

  Future<Step> later(Callable<Step> step) {
    return threads.submit(step);
  }

  Future<Step> starting() {
    return later(() -> streams().start(Address.parse(receiver.address()), Optional.empty(), Optional.empty()));
  }

  /** The raw peer's side of a connection, which takes streams or not. */
  RawPeer accept(boolean streaming) throws Exception {
    RawPeer peer = receiver.accept(RawPeer.PATIENCE);
    peer.answerHandshake();
    peer.answerNegotiation(response ->
        response.getAsJsonObject("body").getAsJsonObject("features").addProperty("streaming", streaming));
    peer.exchangeCards();
    return peer;
  }

  static UUID id(Future<Step> started) throws Exception {
    return assertInstanceOf(Step.Started.class, started.get()).streamId();
  }

  UUID started() throws Exception {
    return id(starting());
  }

  Step chunk(UUID stream, String text) throws Exception {
    return streams().chunk(stream, JsonValue.JsonObject.builder().put("text", text).build(), LONG);
  }

  Future<Step> ending(UUID stream) {
    return later(() -> streams().end(stream, Optional.empty(), false, LONG));
  }

  static JsonObject read(RawPeer peer, String type) throws Exception {
    return peer.readEnvelope(RawPeer.PATIENCE, type);
  }

  static JsonObject readChunk(RawPeer peer) throws Exception {
    return read(peer, "message.stream.chunk");
  }

  static String text(JsonObject part) {
    return part.getAsJsonObject("body").getAsJsonObject("data").get("text").getAsString();
  }

  static String streamId(JsonObject part) {
    return part.getAsJsonObject("body").get("stream_id").getAsString();
  }

  static void cancel(RawPeer peer, JsonObject part) throws Exception {
    JsonObject body = new JsonObject();
    body.add("cancel_id", part.get("id"));
    peer.readAck(peer.send("message.cancel", body, straight -> {}));
  }

  static Step.Over over(Step step) {
    return assertInstanceOf(Step.Over.class, step);
  }
}
