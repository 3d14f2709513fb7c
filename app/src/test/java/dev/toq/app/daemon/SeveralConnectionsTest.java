package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.toq.app.ManualTicker;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Handling;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.spectests.RawIdentity;
import dev.toq.spectests.RawPeer;
import dev.toq.store.ConfigKey;
import dev.toq.store.OutboxEntry;
import dev.toq.store.Permissions.Rule;
import dev.toq.store.StoredMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One peer, several connections (specification 8.7, A-47). */
@Timeout(120)
class SeveralConnectionsTest {
  private static final RawIdentity PEER = RawIdentity.of("toq://localhost:7001/stranger");
  private static final long SEED = 8_071;
  private static final int ROUNDS = 12;
  private static final int EACH = 4;

  @TempDir Path home;
  private final ManualTicker ticker = new ManualTicker();

  private TestAgent open(String name) throws Exception {
    return TestAgent.start(home.resolve(name),
        config -> config.with(ConfigKey.CONNECTION_MODE, "open").with(ConfigKey.CONNECT_TIMEOUT, 20L));
  }

  private static void await(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!holds.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, what);
      Thread.onSpinWait();
    }
  }

  private static UUID queue(TestAgent from, TestAgent to) throws Exception {
    Outgoing message = new Outgoing(Optional.of(JsonValue.JsonObject.builder().put("text", "hello").build()),
        Optional.empty(), Optional.empty(), Optional.empty(), false,
        new Handling(Optional.empty(), OptionalLong.empty(), Optional.empty(), true));
    Address address = Address.parse(to.endpoint().address().full());
    return assertInstanceOf(Outcome.Queued.class, from.agent().send(address, message, false, Duration.ZERO)).id();
  }

  private static boolean allAcked(TestAgent agent) {
    return agent.agent().outbox(1_000, any -> true).stream().allMatch(entry -> entry.state().word().equals("acked"));
  }

  @Test
  @DisplayName("A-47: two agents that dial each other at the same moment, again and again, lose and repeat nothing, "
      + "and settle on one connection")
  void simultaneousOpens() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    try (TestAgent first = open("first"); TestAgent second = open("second");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      PublicKey secondKey = second.agent().status().publicKey();
      for (int round = 0; round < ROUNDS; round++) {
        List<Future<UUID>> sending = new ArrayList<>();
        for (int i = 0; i < EACH; i++) {
          long pause = random.nextLong(2_000_000);
          Callable<UUID> there = () -> queue(first, second);
          Callable<UUID> back = () -> queue(second, first);
          for (Callable<UUID> each : List.of(there, back)) {
            sending.add(threads.submit(() -> {
              LockSupport.parkNanos(pause);
              return each.call();
            }));
          }
        }
        for (Future<UUID> each : sending) {
          each.get();
        }
        String at = "in round " + round + " of seed " + SEED;
        await("not all acknowledged " + at, () -> allAcked(first) && allAcked(second));
        await("more than one connection " + at,
            () -> first.agent().status().activeConnections() == 1 && second.agent().status().activeConnections() == 1);
        first.agent().block(new Rule.ByKey(secondKey)); // which cuts it
        await("not cut " + at,
            () -> first.agent().status().activeConnections() + second.agent().status().activeConnections() == 0);
        first.agent().unblock(new Rule.ByKey(secondKey));
      }
      assertEquals(sent(first), got(second));
      assertEquals(sent(second), got(first));
    }
  }

  private static List<String> sent(TestAgent agent) {
    return agent.agent().outbox(1_000, any -> true).stream()
        .map(OutboxEntry::key).map(key -> key.id().toString()).sorted().toList();
  }

  private static List<String> got(TestAgent agent) {
    return agent.history().stream().map(StoredMessage::id).sorted().toList();
  }

  private TestAgent onTicker() throws Exception {
    return TestAgent.start(home, config -> config.with(ConfigKey.CONNECTION_MODE, "open")
        .with(ConfigKey.HEARTBEAT_TIMEOUT, 86_400L), ticker);
  }

  private static RawPeer active(TestAgent agent) throws Exception {
    return RawPeer.active(PEER, "127.0.0.1", agent.port());
  }

  @Test
  @DisplayName("R-8.7-01: of two connections of one key the older is closed when nothing goes on there, without a "
      + "word that a waiting sender would take for its acknowledgement")
  void olderIsClosed() throws Exception {
    try (TestAgent agent = onTicker(); RawPeer older = active(agent)) {
      older.readAck(older.sendMessage("{}"));
      try (RawPeer newer = active(agent)) {
        await("two connections", () -> agent.agent().status().activeConnections() == 2);
        ticker.pass(Duration.ofSeconds(3));
        older.expectEof(RawPeer.PATIENCE);
        newer.readAck(newer.sendMessage("{}"));
      }
    }
  }

  @Test
  @DisplayName("A-47: the older connection stays where the newer one ends first")
  void newerEndsFirst() throws Exception {
    try (TestAgent agent = onTicker(); RawPeer older = active(agent)) {
      try (RawPeer newer = active(agent)) {
        newer.readAck(newer.sendMessage("{}"));
        newer.sendDisconnect();
        newer.expectEof(RawPeer.PATIENCE);
      }
      await("two connections", () -> agent.agent().status().activeConnections() == 1);
      ticker.pass(Duration.ofSeconds(10));
      older.readAck(older.sendMessage("{}"));
    }
  }

  @Test
  @DisplayName("A-47: a connection is not cut in the middle of a frame or of a stream, whatever else its peer opens")
  void notInTheMiddle() throws Exception {
    try (TestAgent agent = onTicker(); RawPeer streaming = active(agent); RawPeer writing = active(agent)) {
      JsonObject body = new JsonObject();
      body.addProperty("stream_id", UUID.randomUUID().toString());
      body.add("data", new JsonPrimitive("part"));
      streaming.readAck(streaming.send("message.stream.chunk", body, e -> {}));
      JsonObject message = writing.sign(writing.envelope("message.send", new JsonObject()));
      byte[] payload = message.toString().getBytes(StandardCharsets.UTF_8);
      byte[] frame = ByteBuffer.allocate(4 + payload.length).putInt(payload.length).put(payload).array();
      writing.sendBytes(Arrays.copyOf(frame, 100));
      try (RawPeer newer = active(agent); RawPeer closed = active(agent); RawPeer newest = active(agent)) {
        newer.readAck(newer.sendMessage("{}"));
        ticker.pass(Duration.ofSeconds(20));
        closed.expectEof(RawPeer.PATIENCE); // so the others had their chance
        writing.sendBytes(Arrays.copyOfRange(frame, 100, frame.length));
        writing.readAck(message);
        streaming.readAck(streaming.send("message.stream.end", body, e -> {}));
        newest.readAck(newest.sendMessage("{}"));
      }
    }
  }

  @Test
  @DisplayName("A-47: a hundred deliveries by one key, each on a connection of its own and several at a time, are "
      + "all acknowledged")
  void oneConnectionPerMessage() throws Exception {
    try (TestAgent agent = open("agent"); ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<Boolean>> deliveries = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        deliveries.add(threads.submit(() -> {
          try (RawPeer peer = active(agent)) {
            peer.readAck(peer.sendMessage("{}"));
            peer.sendDisconnect();
          }
          return true;
        }));
      }
      for (Future<Boolean> each : deliveries) {
        assertTrue(each.get());
      }
      assertEquals(100, agent.history().size());
    }
  }
}
