package dev.toq.app.torture;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.toq.app.torture.Malformed.Phase;
import dev.toq.spectests.RawJson;
import dev.toq.spectests.RawMutations;
import dev.toq.spectests.RawPeer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** Goes honestly as far as a phase, and says there what is malformed. */
final class MalformedInput {
  private static final byte TLS_HANDSHAKE = 0x16;

  private MalformedInput() {}

  /** {@code signsLast}: whether an envelope is spoiled first and then signed; else its frame's bytes are spoiled. */
  static void say(RawPeer peer, Phase phase, boolean signsLast, RawMutations mutations) throws IOException {
    switch (phase) {
      case TLS -> peer.sendBytes(clientHello(mutations));
      case MAGIC -> {
        peer.startTls();
        peer.sendBytes(mutations.bytes(new byte[] {'T', 'O', 'Q', 1}));
        peer.sendCredentials();
      }
      case CREDENTIALS -> {
        peer.startTls();
        peer.sendMagic();
        peer.sendBytes(mutations.bytes(frame(peer.credentials())));
      }
      case NEGOTIATE -> {
        prove(peer);
        spoiled(peer, "negotiate.request", features(), signsLast, mutations);
      }
      case CARD -> {
        prove(peer);
        peer.negotiate();
        spoiled(peer, "card.exchange", peer.card(), signsLast, mutations);
      }
      case ENVELOPE -> {
        prove(peer);
        peer.negotiate();
        peer.exchangeCards();
        spoiled(peer, "message.send", RawJson.value("{\"text\":\"hello\",\"n\":[1,2.5,null]}"), signsLast, mutations);
      }
    }
  }

  private static void prove(RawPeer peer) throws IOException {
    peer.startTls();
    peer.sendMagic();
    peer.sendCredentials();
    peer.readCredentials();
  }

  private static void spoiled(RawPeer peer, String type, JsonElement body, boolean signsLast, RawMutations mutations)
      throws IOException {
    JsonObject envelope = peer.envelope(type, body);
    if (signsLast) {
      mutations.json(envelope);
      peer.sendSigned(envelope);
    } else {
      peer.sendBytes(mutations.bytes(frame(peer.sign(envelope))));
    }
  }

  private static JsonElement features() {
    return RawJson.value("""
        {"supported_versions":["0.1"],"features":{"streaming":true,"compression":["gzip"],"e2e_encryption":false}}""");
  }

  /** A frame as it stands on the wire. */
  private static byte[] frame(JsonObject payload) {
    byte[] bytes = payload.toString().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Integer.BYTES + bytes.length).putInt(bytes.length).put(bytes).array();
  }

  /** A spoiled first flight of TLS, which still begins as one, for else it would not be taken for TLS. */
  private static byte[] clientHello(RawMutations mutations) throws IOException {
    try {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine();
      engine.setUseClientMode(true);
      ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      engine.wrap(ByteBuffer.allocate(0), hello);
      byte[] spoiled = mutations.bytes(Arrays.copyOf(hello.array(), hello.position()));
      spoiled = spoiled.length == 0 ? new byte[1] : spoiled;
      spoiled[0] = TLS_HANDSHAKE;
      return spoiled;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
