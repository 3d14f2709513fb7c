package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawEnd;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A key that once bound itself to its TLS connection must always do so. */
@Timeout(60)
class BindingMemoryTest {
  @TempDir Path home;

  private TestAgent start(String name) throws Exception {
    return TestAgent.start(home.resolve(name), config -> config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.CONNECT_TIMEOUT, 20L).with(ConfigKey.NEGOTIATION_TIMEOUT, 20L));
  }

  private static Outcome send(TestAgent from, String to) throws Exception {
    return from.agent().send(Address.parse(to), new Outgoing(
        Optional.of(JsonValue.JsonObject.builder().put("text", "hello").build()), Optional.empty(), Optional.empty(),
        Optional.of("application/json"), false), true, Duration.ofSeconds(30));
  }

  /** The agent's own key in other hands: in those of a program that does not know the extension. */
  private static RawIdentity keysOf(TestAgent agent) throws Exception {
    String seed = Files.readString(agent.directory().identityKey(), StandardCharsets.US_ASCII);
    return RawIdentity.ofSeed(Base64.getDecoder().decode(seed.strip()), "toq://localhost/tested");
  }

  /** Two agents that met and stopped; returns the keys of the first and of the second. */
  private RawIdentity[] met() throws Exception {
    try (TestAgent first = start("first"); TestAgent second = start("second")) {
      assertInstanceOf(Outcome.Delivered.class, send(first, "toq://localhost:" + second.port() + "/tested"));
      return new RawIdentity[] {keysOf(first), keysOf(second)};
    }
  }

  @Test
  @DisplayName("A-37: who bound itself as initiator, and does not after a restart, gets no answer")
  void initiator() throws Exception {
    RawIdentity first = met()[0];
    try (TestAgent second = start("second")) {
      try (RawPeer unbound = RawPeer.afterHandshake(first, "127.0.0.1", second.port())) {
        assertThrows(RawEnd.class, unbound::negotiate);
      }
      try (RawPeer stranger =
          RawPeer.active(RawIdentity.of("toq://localhost/stranger"), "127.0.0.1", second.port())) {
        stranger.readAck(stranger.sendMessage("{\"text\":\"never bound\"}"));
      }
      assertEquals(1, second.history().stream().filter(m -> m.body().toString().contains("never bound")).count());
    }
  }

  @Test
  @DisplayName("A-37: who bound itself as receiver, and does not after a restart, is told nothing more")
  void receiver() throws Exception {
    RawIdentity second = met()[1];
    try (TestAgent first = start("first");
        RawReceiver unbound = RawReceiver.listen(second, "tested");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<Outcome> sending = () -> send(first, unbound.address());
      Future<Outcome> outcome = threads.submit(sending);
      try (RawPeer peer = unbound.accept(RawPeer.PATIENCE)) {
        peer.answerHandshake();
        peer.answerNegotiation();
        peer.expectEof(RawPeer.PATIENCE);
      }
      String reason = assertInstanceOf(Outcome.NotReachable.class, outcome.get()).reason();
      assertTrue(reason.contains("not bound to this connection"), reason);
    }
  }
}
