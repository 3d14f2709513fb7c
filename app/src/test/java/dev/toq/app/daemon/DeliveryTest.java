package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.toq.app.TestAgent;
import dev.toq.app.daemon.Agent.Outcome;
import dev.toq.app.daemon.Agent.Outgoing;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.spectests.RawJson;
import dev.toq.spectests.RawPeer;
import dev.toq.spectests.RawReceiver;
import dev.toq.store.ConfigKey;
import dev.toq.store.OutboxEntry;
import dev.toq.store.OutboxState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the local caller is told about a message, with a raw peer on the other side. */
class DeliveryTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @TempDir Path home;
  private TestAgent agent;
  private RawReceiver receiver;
  private ExecutorService threads;

  @BeforeEach
  void start() throws Exception {
    agent = TestAgent.start(home,
        config -> config.with(ConfigKey.CONNECTION_MODE, "open").with(ConfigKey.CONNECT_TIMEOUT, 20L));
    receiver = RawReceiver.listen("raw");
    threads = Executors.newVirtualThreadPerTaskExecutor();
  }

  @AfterEach
  void stop() throws Exception {
    agent.close();
    receiver.close();
    threads.shutdownNow();
  }

  private static Outgoing text(String text) {
    return new Outgoing(Optional.of(JsonValue.JsonObject.builder().put("text", text).build()), Optional.empty(),
        Optional.empty(), Optional.of("application/json"), false);
  }

  private Future<Outcome> send(String text) {
    Callable<Outcome> sending =
        () -> agent.agent().send(Address.parse(receiver.address()), text(text), true, TIMEOUT);
    return threads.submit(sending);
  }

  @Test
  @DisplayName("R-9.5-01: a message is signed, numbered and addressed, and delivered once its own acknowledgement came")
  void delivered() throws Exception {
    Future<Outcome> outcome = send("hello");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      assertEquals(2, message.get("sequence").getAsInt());
      assertEquals(receiver.address(), message.getAsJsonArray("to").get(0).getAsString());
      JsonObject foreign = message.deepCopy();
      foreign.addProperty("id", "8f14e45f-ceea-467f-9575-1f5e2f2f1a11");
      peer.ack(foreign); // an acknowledgement of something else is no answer
      peer.ack(message);
      assertEquals(
          message.get("id").getAsString(), assertInstanceOf(Outcome.Delivered.class, outcome.get()).id().toString());
    }
  }

  @Test
  @DisplayName("many messages share one connection, and their acknowledgements may come in any order")
  void pipelined() throws Exception {
    Future<Outcome> first = send("one");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject one = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      Future<Outcome> second = send("two");
      JsonObject two = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      peer.ack(two);
      assertInstanceOf(Outcome.Delivered.class, second.get());
      peer.ack(one);
      assertInstanceOf(Outcome.Delivered.class, first.get());
      assertEquals(1, agent.agent().status().activeConnections());
    }
  }

  @Test
  @DisplayName("R-23.1-11: an error about the message is told to the caller with its code")
  void refused() throws Exception {
    Future<Outcome> outcome = send("too much");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      JsonObject body = new JsonObject();
      body.addProperty("code", "resource_exhausted");
      body.addProperty("message", "full");
      body.addProperty("related_id", message.get("id").getAsString());
      peer.send("system.error", body, e -> {});
      assertEquals(new Outcome.Refused("resource_exhausted", "full"), outcome.get());
    }
  }

  @Test
  @DisplayName("R-23.1-05: duplicate_message about a message of ours says that the peer has it")
  void duplicateIsDelivered() throws Exception {
    Future<Outcome> outcome = send("twice");
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      Says.error(peer, "duplicate_message", peer.readEnvelope(RawPeer.PATIENCE, "message.send"));
      assertInstanceOf(Outcome.Delivered.class, outcome.get());
    }
  }

  @Test
  @DisplayName("R-9.5-09: the end of a thread goes out as thread.close, with its last words")
  void closesThread() throws Exception {
    Outgoing last = new Outgoing(text("goodbye").body(), Optional.of("t"), Optional.empty(), Optional.empty(), true);
    Callable<Outcome> sending = () -> agent.agent().send(Address.parse(receiver.address()), last, true, TIMEOUT);
    Future<Outcome> outcome = threads.submit(sending);
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject close = peer.readEnvelope(RawPeer.PATIENCE, "thread.close");
      assertEquals("t", close.get("thread_id").getAsString());
      assertEquals("goodbye", close.getAsJsonObject("body").get("text").getAsString());
      peer.ack(close);
      assertInstanceOf(Outcome.Delivered.class, outcome.get());
    }
  }

  @Test
  @DisplayName("R-12.3-03, R-12.5-01: after a lost connection the message is sent again with the same id and body")
  void lostConnection() throws Exception {
    Future<Outcome> outcome = send("again");
    JsonObject first;
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      first = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      peer.reset();
    }
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject second = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      assertEquals(first.get("id"), second.get("id"));
      assertEquals(first.get("body"), second.get("body"));
      assertEquals(first.get("timestamp"), second.get("timestamp"));
      peer.ack(second);
      assertInstanceOf(Outcome.Delivered.class, outcome.get());
    }
  }

  @Test
  @DisplayName("a message without an answer is told as timed out, not as lost")
  void silentPeer() throws Exception {
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    threads.submit(() -> outcome.complete(agent.agent()
        .send(Address.parse(receiver.address()), text("hello?"), true, Duration.ofMillis(200))));
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      assertInstanceOf(Outcome.TimedOut.class, outcome.get());
    }
  }

  @Test
  @DisplayName("where nobody listens the caller is told who is missing")
  void nobody() throws Exception {
    int port;
    try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = unused.getLocalPort();
    }
    Outcome outcome =
        agent.agent().send(Address.parse("toq://localhost:" + port + "/ghost"), text("hello"), true, TIMEOUT);
    assertEquals(
        "no agent is running at toq://localhost:" + port + "/ghost",
        assertInstanceOf(Outcome.NotReachable.class, outcome).reason());
  }

  @Test
  @DisplayName("a caller whose time is over while a connection is still sought hears that nothing was sent, and that "
      + "stays so")
  void overBeforeConnected() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Address address = Address.parse("toq://localhost:" + silent.getLocalPort() + "/silent");
      Outcome outcome = agent.agent().send(address, text("late"), true, Duration.ofMillis(300));
      assertInstanceOf(Outcome.NotReachable.class, outcome);
      OutboxEntry entry = agent.agent().outbox(1, any -> true).getFirst();
      assertInstanceOf(OutboxState.Failed.class, entry.state());
      assertEquals(0, entry.transmissions());
    }
  }

  @Test
  @DisplayName("that a send has failed is forced to the disk when its caller hears of it, so that no restart sends it")
  void failedForGood() throws Exception {
    ForcedFiles files = new ForcedFiles(true);
    Path own = home.resolve("own");
    Files.createDirectory(own);
    try (TestAgent other = TestAgent.start(own, config -> config, files)) {
      int nobody = freePort();
      assertInstanceOf(Outcome.NotReachable.class,
          other.agent().send(Address.parse("toq://localhost:" + nobody + "/nobody"), text("lost"), true, TIMEOUT));
      assertTrue(files.keeps("outbox.jsonl", "\"failed\""));
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  @DisplayName("connect_timeout: a host that accepts and stays silent costs the caller that long, and its name is told")
  void silentHost() throws Exception {
    try (TestAgent hasty = TestAgent.start(home.resolve("hasty"), config -> config.with(ConfigKey.CONNECT_TIMEOUT, 1L));
        ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Address address = Address.parse("toq://localhost:" + silent.getLocalPort() + "/silent");
      Outcome outcome = hasty.agent().send(address, text("hello"), true, TIMEOUT);
      assertEquals("no answer from " + address.full() + " within 1000 ms",
          assertInstanceOf(Outcome.NotReachable.class, outcome).reason());
    }
  }

  @Test
  @DisplayName("A-55: the text of an error in the answer to our credentials is shown to the caller")
  void refusedInHandshake() throws Exception {
    Future<Outcome> outcome = send("hello");
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      peer.startTls();
      peer.readMagic();
      peer.readCredentials();
      peer.sendRawFrame("{\"error\":\"no agent of that name\"}");
      assertTrue(assertInstanceOf(Outcome.NotReachable.class, outcome.get()).reason()
          .contains("no agent of that name"));
    }
  }

  @Test
  @DisplayName("R-9.2-04: after negotiate.reject the connection is closed, and the caller is told the reason")
  void rejected() throws Exception {
    Future<Outcome> outcome = send("hello");
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      peer.answerHandshake();
      peer.readEnvelope(RawPeer.PATIENCE, "negotiate.request");
      peer.send("negotiate.reject", RawJson.value("{\"reason\":\"no_compatible_version\"}"), straight -> {});
      peer.expectEof(RawPeer.PATIENCE);
      assertEquals(receiver.address() + " refused the negotiation: no_compatible_version",
          assertInstanceOf(Outcome.NotReachable.class, outcome.get()).reason());
    }
  }

  @Test
  @DisplayName("R-10.8-01, R-23.1-13: a message to oneself is refused before anything is dialled")
  void self() throws Exception {
    Outcome outcome = agent.agent().send(
        Address.parse("toq://localhost:" + agent.port() + "/tested"), text("me"), true, TIMEOUT);
    assertInstanceOf(Outcome.SelfMessage.class, outcome);
  }

  @Test
  @DisplayName("R-4.6-01, R-7.2-06, R-7.4-01: a message above the peer's own limit is refused here, and nothing is "
      + "sent")
  void peerLimit() throws Exception {
    Future<Outcome> outcome = send("x".repeat(2_000));
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      peer.answerHandshake();
      peer.answerNegotiation();
      peer.exchangeCards(card -> card.getAsJsonObject("body").addProperty("max_message_size", 1_000));
      assertInstanceOf(Outcome.TooLarge.class, outcome.get());
    }
  }

  private static Outgoing file() {
    return new Outgoing(Optional.of(new JsonValue.JsonString("AAAA")), Optional.of("t"), Optional.empty(),
        Optional.of("image/png"), false);
  }

  /** The receiver's setup, with a card that says this of files; or nothing. */
  private RawPeer takesFiles(Optional<Boolean> says) throws Exception {
    RawPeer peer = receiver.accept(RawPeer.PATIENCE);
    peer.answerHandshake();
    peer.answerNegotiation();
    peer.exchangeCards(card -> {
      JsonObject body = card.getAsJsonObject("body");
      body.remove("accept_files");
      says.ifPresent(files -> body.addProperty("accept_files", files));
    });
    return peer;
  }

  @Test
  @DisplayName("R-7.2-04, A-31: to a peer whose card does not say that it takes files none is sent: the caller is told "
      + "at once, its state is failed, and other messages of its thread go on")
  void fileForPeerWithoutFiles() throws Exception {
    Future<Outcome> outcome = threads.submit(
        () -> agent.agent().send(Address.parse(receiver.address()), file(), true, TIMEOUT));
    try (RawPeer peer = takesFiles(Optional.empty())) {
      String reason = receiver.address() + " takes no files, and content of type 'image/png' counts as one";
      assertEquals(new Outcome.Refused("unsupported_content_type", reason), outcome.get());
      OutboxEntry entry = agent.agent().outbox(10, any -> true).getFirst();
      assertEquals(reason, assertInstanceOf(OutboxState.Failed.class, entry.state()).reason());
      assertEquals(0, entry.transmissions());
      Future<Outcome> next = send("text");
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send"); // and no file before it
      assertEquals("text", message.getAsJsonObject("body").get("text").getAsString());
      peer.ack(message);
      assertInstanceOf(Outcome.Delivered.class, next.get());
    }
  }

  @Test
  @DisplayName("R-7.2-04, A-31: a peer whose card says that it takes files is sent them")
  void fileForPeerWithFiles() throws Exception {
    Future<Outcome> outcome = threads.submit(
        () -> agent.agent().send(Address.parse(receiver.address()), file(), true, TIMEOUT));
    try (RawPeer peer = takesFiles(Optional.of(true))) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      assertEquals("image/png", message.get("content_type").getAsString());
      peer.ack(message);
      assertInstanceOf(Outcome.Delivered.class, outcome.get());
    }
  }

  @Test
  @DisplayName("R-5.5-01: a peer that the owner blocked is not talked to")
  void blockedByUs() throws Exception {
    agent.agent().block(new dev.toq.store.Permissions.Rule.ByKey(
        dev.toq.protocol.identity.PublicKey.parse(receiver.me().publicKey())));
    Future<Outcome> outcome = send("hello");
    try (RawPeer peer = receiver.accept(RawPeer.PATIENCE)) {
      peer.answerHandshake();
      peer.expectEof(RawPeer.PATIENCE);
      assertTrue(assertInstanceOf(Outcome.NotReachable.class, outcome.get()).reason().contains("your own rules"));
    }
  }

  @Test
  @DisplayName("R-12.8-01: each of several recipients has its own outcome")
  void several() throws Exception {
    Address nobody = Address.parse("toq://localhost:1/nobody");
    Future<List<Agent.Recipient>> outcomes = threads.submit(
        () -> agent.agent().sendAll(List.of(Address.parse(receiver.address()), nobody), text("all"), false));
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      assertEquals(2, message.getAsJsonArray("to").size());
      peer.ack(message);
      assertInstanceOf(Outcome.Queued.class, outcomes.get().get(0).outcome());
      assertInstanceOf(Outcome.NotReachable.class, outcomes.get().get(1).outcome());
    }
  }

  @Test
  @DisplayName("A-54: where one of several recipients is the sender itself, nothing is sent to anyone")
  void severalAndSelf() throws Exception {
    Address self = Address.parse("toq://localhost:" + agent.port() + "/tested");
    List<Agent.Recipient> outcomes =
        agent.agent().sendAll(List.of(Address.parse(receiver.address()), self), text("all"), false);
    assertEquals(
        List.of(new Outcome.SelfMessage(), new Outcome.SelfMessage()),
        outcomes.stream().map(Agent.Recipient::outcome).toList());
  }

  @Test
  @DisplayName("a caller's floats arrive as the numbers that they are")
  void floats() throws Exception {
    Callable<Outcome> sending = () -> agent.agent().send(Address.parse(receiver.address()), new Outgoing(
        Optional.of(new JsonValue.JsonArray(List.of(new JsonNumber("0.9452706955539223")))), Optional.empty(),
        Optional.empty(), Optional.empty(), false), true, TIMEOUT);
    Future<Outcome> outcome = threads.submit(sending);
    try (RawPeer peer = receiver.acceptActive(RawPeer.PATIENCE)) {
      JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
      assertEquals(0.9452706955539223, message.getAsJsonArray("body").get(0).getAsDouble());
      peer.ack(message);
      assertInstanceOf(Outcome.Delivered.class, outcome.get());
    }
  }
}
