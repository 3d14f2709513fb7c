package dev.toq.spectests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RawPeerTest {
  private static final Duration MOMENT = Duration.ofMillis(50);
  private static final RawIdentity ANN = RawIdentity.of("toq://localhost/ann");

  private final ExecutorService other = Executors.newVirtualThreadPerTaskExecutor();
  private RawReceiver bob;

  @BeforeEach
  void listen() throws IOException {
    bob = RawReceiver.listen("bob");
  }

  @AfterEach
  void close() throws IOException {
    other.shutdownNow();
    bob.close();
  }

  /** What the receiver's side does meanwhile. */
  private <T> Future<T> meanwhile(Callable<T> story) {
    return other.submit(story);
  }

  private static <T> T result(Future<T> story) throws Exception {
    return story.get(RawPeer.PATIENCE.toSeconds() * 2, TimeUnit.SECONDS);
  }

  @Test
  @DisplayName("Two raw peers shake hands over TLS 1.3, exchange a message and its ack, and part")
  void wholeConversation() throws Exception {
    Future<JsonObject> story = meanwhile(() -> {
      try (RawPeer peer = bob.acceptActive(RawPeer.PATIENCE)) {
        JsonObject message = peer.readEnvelope(RawPeer.PATIENCE, "message.send");
        peer.ack(message);
        peer.readEnvelope(RawPeer.PATIENCE, "session.disconnect");
        peer.expectEof(RawPeer.PATIENCE);
        return message;
      }
    });
    JsonObject sent;
    try (RawPeer ann = RawPeer.active(ANN, "localhost", bob.port())) {
      assertEquals(bob.me().publicKey(), ann.peerKey());
      assertEquals(bob.address(), ann.peerAddress());
      sent = ann.sendMessage("{\"text\":\"grüße\",\"n\":[1.50,-0,18446744073709551615]}");
      assertEquals(2, sent.get("sequence").getAsInt());
      assertEquals(2, ann.readAck(sent).get("sequence").getAsInt());
      ann.sendDisconnect();
    }
    assertEquals(sent, result(story));
  }

  @Test
  @DisplayName("A signature over other bytes, a repeated sequence and a wrong type are noticed")
  void dishonestyIsNoticed() throws Exception {
    Future<Void> story = meanwhile(() -> {
      try (RawPeer peer = bob.acceptActive(RawPeer.PATIENCE)) {
        JsonObject changed = peer.envelope("message.send", null);
        changed.addProperty("signature", peer.me().sign(RawJson.signedBytes(changed)));
        changed.addProperty("type", "thread.close");
        peer.sendRawFrame(changed.toString());
        peer.sendMessage("1", envelope -> envelope.addProperty("sequence", 1));
        peer.sendMessage("{}");
        peer.sendSignedRaw("{\"sequence\":9007199254740993}");
        peer.sendSpelled("{\"sequence\":9007199254740994,\"v\":17963536935594186e-7}",
            "{\"sequence\":9007199254740994,\"v\":1796353693.5594187}");
        peer.expectEof(RawPeer.PATIENCE);
        return null;
      }
    });
    try (RawPeer ann = RawPeer.active(ANN, "localhost", bob.port())) {
      assertTrue(noticed(() -> ann.readEnvelope(RawPeer.PATIENCE)).contains("signature"));
      assertTrue(noticed(() -> ann.readEnvelope(RawPeer.PATIENCE)).contains("sequence 1 after 1"));
      assertTrue(noticed(() -> ann.readEnvelope(RawPeer.PATIENCE, "message.ack")).contains("expected message.ack"));
      ann.readEnvelope(RawPeer.PATIENCE);
      ann.readEnvelope(RawPeer.PATIENCE);
      ann.drop();
    }
    result(story);
  }

  @Test
  @DisplayName("Credentials whose challenge another key signed are noticed")
  void foreignChallenge() throws Exception {
    Future<Void> story = meanwhile(() -> {
      try (RawPeer peer = bob.accept(RawPeer.PATIENCE)) {
        peer.startTls();
        peer.readMagic();
        peer.readCredentials();
        return null;
      }
    });
    try (RawPeer ann = RawPeer.connectTcp(ANN, "localhost", bob.port())) {
      ann.startTls();
      ann.sendMagic();
      ann.sendCredentials(credentials -> credentials.addProperty("public_key", bob.me().publicKey()));
      ExecutionException failure = assertThrows(ExecutionException.class, () -> result(story));
      assertTrue(String.valueOf(failure.getCause()).contains("not by the key"));
    }
  }

  @Test
  @DisplayName("Silence, an end and half a frame are told apart, and a read that ran out of time loses no byte")
  void endsAndSilence() throws Exception {
    Future<Void> story = meanwhile(() -> {
      try (RawPeer peer = bob.acceptActive(RawPeer.PATIENCE)) {
        peer.sendBytes(new byte[] {0, 0});
        peer.readEnvelope(RawPeer.PATIENCE, "message.send");
        peer.sendBytes(new byte[] {0, 2, '{', '}'});
        peer.reset();
        return null;
      }
    });
    try (RawPeer ann = RawPeer.active(ANN, "localhost", bob.port())) {
      assertThrows(IOException.class, () -> ann.readRawFrame(MOMENT));
      ann.sendMessage("{}");
      assertEquals("{}", ann.readRawFrame(RawPeer.PATIENCE));
      ann.expectEof(RawPeer.PATIENCE);
      assertThrows(AssertionError.class, () -> ann.expectSilence(MOMENT));
    }
    result(story);
  }

  @Test
  @DisplayName("A side that only waits passes for silent and not for ended")
  void silence() throws Exception {
    try (RawPeer ann = RawPeer.connectTcp(ANN, "localhost", bob.port())) {
      ann.expectSilence(MOMENT);
      assertThrows(AssertionError.class, () -> ann.expectEof(MOMENT));
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  private static String noticed(Step step) {
    return String.valueOf(assertThrows(AssertionError.class, step::run).getMessage());
  }
}
