package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Handling;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import dev.toq.store.OutboxState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a message whose peer answers it twice, or that another peer answers. */
@Timeout(60)
class AnswersOfPeersTest {
  @TempDir Path home;
  private TestAgent agent;
  private RawReceiver receiver;

  @BeforeEach
  void start() throws Exception {
    agent = TestAgent.start(home,
        config -> config.with(ConfigKey.CONNECTION_MODE, "open").with(ConfigKey.CONNECT_TIMEOUT, 20L));
    receiver = RawReceiver.listen("raw");
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
    receiver.close();
  }

  private static Outgoing text(boolean closeThread) {
    return new Outgoing(Optional.of(JsonValue.JsonObject.builder().put("text", "hello").build()), Optional.of("thread"),
        Optional.empty(), Optional.empty(), closeThread,
        new Handling(Optional.empty(), OptionalLong.empty(), Optional.empty(), true));
  }

  private UUID queue(RawReceiver to, boolean closeThread) throws Exception {
    return assertInstanceOf(Outcome.Queued.class,
        agent.agent().send(Address.parse(to.address()), text(closeThread), false, Duration.ZERO)).id();
  }

  private OutboxState state(UUID id) {
    return agent.agent().outbox(10, entry -> entry.key().id().equals(id)).getFirst().state();
  }

  private OutboxState awaitState(UUID id, String word) {
    long deadline = System.nanoTime() + RawPeer.PATIENCE.toNanos();
    while (!state(id).word().equals(word)) {
      assertTrue(System.nanoTime() < deadline, "wanted " + word + ", is " + state(id));
      Thread.onSpinWait();
    }
    return state(id);
  }

  @Test
  @DisplayName("A-09: an error that follows the acknowledgement of the same message outranks it")
  void errorAfterAck() throws Exception {
    UUID id = queue(receiver, false);
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      peer.ack(message);
      awaitState(id, "acked");
      Says.error(peer, "agent_unavailable", message);
      assertEquals("agent_unavailable", assertInstanceOf(OutboxState.Refused.class, awaitState(id, "refused")).code());
      Says.error(peer, "resource_exhausted", message); // the second error is one too many
      Says.andWaits(peer);
      assertEquals("agent_unavailable", assertInstanceOf(OutboxState.Refused.class, state(id)).code());
    }
  }

  @Test
  @DisplayName("A-09: where a peer has no room after all for what it acknowledged, it is not sent again")
  void noRoomAfterAck() throws Exception {
    UUID id = queue(receiver, false);
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      peer.ack(message);
      awaitState(id, "acked");
      Says.error(peer, "resource_exhausted", message);
      awaitState(id, "refused");
      UUID next = queue(receiver, false);
      assertEquals(next.toString(), peer.readEnvelope(RawPeer.PATIENCE, "message.send").get("id").getAsString());
    }
  }

  @Test
  @DisplayName("A-09: agent_unavailable and then an acknowledgement, as the deployed reference answers: the caller "
      + "is told of the error")
  void ackAfterError() throws Exception {
    CompletableFuture<Outcome> outcome = CompletableFuture.supplyAsync(() -> {
      try {
        return agent.agent().send(Address.parse(receiver.address()), text(false), true, RawPeer.PATIENCE);
      } catch (InterruptedException stopped) {
        throw new IllegalStateException(stopped);
      }
    }, Executors.newVirtualThreadPerTaskExecutor());
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      Says.error(peer, "agent_unavailable", message);
      peer.ack(message);
      assertEquals("agent_unavailable", assertInstanceOf(Outcome.Refused.class, outcome.get()).code());
      Says.andWaits(peer);
      assertEquals("refused", state(UUID.fromString(message.get("id").getAsString())).word());
    }
  }

  @Test
  @DisplayName("A-08: an acknowledgement or an error by another peer than the one the message went to does not count")
  void answersOfOthers() throws Exception {
    try (RawReceiver other = RawReceiver.listen("other")) {
      UUID id = queue(receiver, false);
      UUID otherId = queue(other, false);
      try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE);
          RawPeer stranger = other.acceptActive(RawPeer.PATIENCE)) {
        JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
        stranger.readEnvelope(RawPeer.PATIENCE, "message.send");
        stranger.ack(message);
        Says.error(stranger, "agent_unavailable", message);
        Says.andWaits(stranger);
        assertEquals("sent", state(id).word());
        peer.ack(message);
        awaitState(id, "acked");
        assertEquals("sent", state(otherId).word());
      }
    }
  }

  @Test
  @DisplayName("R-9.5-09: a thread is closed by its last message, which has its body and comes after the others")
  void threadClose() throws Exception {
    UUID first = queue(receiver, false);
    UUID last = queue(receiver, true);
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      JsonObject close = peer.readEnvelope(RawPeer.PATIENCE, "thread.close");
      assertEquals(first.toString(), message.get("id").getAsString());
      assertEquals(last.toString(), close.get("id").getAsString());
      assertEquals("thread", close.get("thread_id").getAsString());
      assertEquals("hello", close.getAsJsonObject("body").get("text").getAsString());
      peer.ack(message);
      peer.ack(close);
      awaitState(last, "acked");
    }
  }
}
