package dev.toq.spectests;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One end of a toq connection, either role, each step a call of its own so that a test can stop, repeat or bend it.
 *
 * <pre>
 *   initiator: connect → startTls → sendMagic → sendCredentials → readCredentials → negotiate → exchangeCards
 *   receiver:  RawReceiver.accept → startTls → readMagic → readCredentials → sendCredentials → answerNegotiation
 *              → exchangeCards
 * </pre>
 *
 * Where a method takes {@code bend}, it is handed the JSON object that is about to be sent and may change anything in
 * it; it runs before signing, so that the signature covers the change. Readers check what every honest peer must do
 * (signature, rising sequence) and throw {@link AssertionError} where the other side failed. One thread may read while
 * others send.
 */
public final class RawPeer implements AutoCloseable {
  /** How long a step waits for the other side, unless the caller says otherwise. */
  public static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final byte[] MAGIC = {'T', 'O', 'Q', 1};
  private static final int CHALLENGE_BYTES = 32;
  /** No change to what is about to be sent. */
  private static final Consumer<JsonObject> STRAIGHT = json -> {};

  private final SecureRandom random = new SecureRandom();
  private final RawIdentity me;
  private final RawWire wire;
  private final boolean initiator;
  private @Nullable JsonObject peerCredentials;
  private long nextSequence;
  private long lastSequenceRead = -1;

  RawPeer(RawIdentity me, RawWire wire, boolean initiator) {
    this.me = me;
    this.wire = wire;
    this.initiator = initiator;
  }

  /** An initiator with TCP connected and nothing else done. */
  public static RawPeer connectTcp(RawIdentity me, String host, int port) throws IOException {
    return new RawPeer(me, RawWire.connect(host, port), true);
  }

  /** An initiator after TLS and handshake: the negotiation comes next. */
  public static RawPeer afterHandshake(RawIdentity me, String host, int port) throws IOException {
    return connectTcp(me, host, port).through(peer -> {
      peer.startTls();
      peer.sendMagic();
      peer.sendCredentials();
      peer.readCredentials();
    });
  }

  /** An initiator after TLS, handshake, negotiation and cards: the next envelope is its sequence 2. */
  public static RawPeer active(RawIdentity me, String host, int port) throws IOException {
    return afterHandshake(me, host, port).through(peer -> {
      peer.negotiate();
      peer.exchangeCards();
    });
  }

  private interface Steps {
    void take(RawPeer peer) throws IOException;
  }

  /** This peer after these steps; where one fails, the connection is dropped. */
  private RawPeer through(Steps steps) throws IOException {
    try {
      steps.take(this);
      return this;
    } catch (IOException | RuntimeException | AssertionError e) {
      wire.drop();
      throw e;
    }
  }

  public RawIdentity me() {
    return me;
  }

  public int localPort() {
    return wire.localPort();
  }

  /** Whether the other side has begun to speak, be it TLS. */
  public boolean hasBytes() throws IOException {
    return wire.hasBytes();
  }

  // ---- transport

  /** TLS 1.3, in this peer's role. */
  public void startTls() throws IOException {
    startTls("TLSv1.3");
  }

  /** TLS in exactly these versions, by the JDK's names. */
  public void startTls(String... versions) throws IOException {
    wire.startTls(initiator, PATIENCE, versions);
  }

  /** These bytes, with no length before them: into TLS once that stands, else into TCP. */
  public void sendBytes(byte[] bytes) throws IOException {
    wire.write(bytes);
  }

  /** A frame with this payload, whatever it holds. */
  public void sendRawFrame(byte[] payload) throws IOException {
    wire.writeFrame(payload);
  }

  public void sendRawFrame(String payload) throws IOException {
    sendRawFrame(payload.getBytes(StandardCharsets.UTF_8));
  }

  /** Exactly this many bytes, whatever they are. */
  public byte[] readBytes(int count) throws IOException {
    return wire.read(count, PATIENCE);
  }

  /** The payload of the next frame, unread and unchecked. */
  public String readRawFrame(Duration timeout) throws IOException {
    return wire.readFrame(timeout);
  }

  /** All bytes that this peer has sent so far, as they were before TLS. */
  public byte[] said() {
    return wire.said();
  }

  /** All bytes that came to this peer so far, as they were before TLS. */
  public byte[] heard() {
    return wire.heard();
  }

  // ---- handshake (specification 5.3, 5.4)

  public void sendMagic() throws IOException {
    sendBytes(MAGIC);
  }

  /** The receiver's first read. */
  public void readMagic() throws IOException {
    byte[] magic = wire.read(MAGIC.length, PATIENCE);
    check(Arrays.equals(magic, MAGIC), "the magic bytes are " + HexFormat.of().formatHex(magic));
  }

  public void sendCredentials() throws IOException {
    sendCredentials(STRAIGHT);
  }

  /** Own credentials, for this role; the challenge is signed before {@code bend} runs. */
  public void sendCredentials(Consumer<JsonObject> bend) throws IOException {
    JsonObject credentials = credentials();
    bend.accept(credentials);
    sendRawFrame(credentials.toString());
  }

  /** Own credentials with a fresh challenge, for this role, not sent. */
  public JsonObject credentials() {
    byte[] challenge = new byte[CHALLENGE_BYTES];
    random.nextBytes(challenge);
    JsonObject credentials = new JsonObject();
    credentials.addProperty("public_key", me.publicKey());
    credentials.addProperty("challenge", RawIdentity.base64(challenge));
    credentials.addProperty("challenge_signature", me.sign(challenge));
    credentials.addProperty("address", me.address());
    if (initiator) {
      credentials.addProperty("protocol_version", "0.1");
    } else {
      credentials.addProperty("session_id", "sess-" + UUID.randomUUID());
    }
    return credentials;
  }

  /** The other side's credentials, with the signature over their challenge checked. */
  public JsonObject readCredentials() throws IOException {
    JsonObject credentials = RawJson.object(wire.readFrame(PATIENCE));
    check(credentials.has("public_key"), "not credentials: " + credentials);
    byte[] challenge = Base64.getDecoder().decode(text(credentials, "challenge"));
    check(challenge.length == CHALLENGE_BYTES, "a challenge of " + challenge.length + " bytes");
    check(RawIdentity.verifies(text(credentials, "public_key"), challenge, text(credentials, "challenge_signature")),
        "the challenge's signature is not by the key");
    peerCredentials = credentials;
    return credentials;
  }

  /** The key that the other side proved. */
  public String peerKey() {
    return text(credentialsOfPeer(), "public_key");
  }

  /** The address that the other side claimed. */
  public String peerAddress() {
    return text(credentialsOfPeer(), "address");
  }

  /** The receiver's half of all that comes before the negotiation, TLS included. */
  public void answerHandshake() throws IOException {
    startTls();
    readMagic();
    readCredentials();
    sendCredentials();
  }

  private JsonObject credentialsOfPeer() {
    if (peerCredentials == null) {
      throw new IllegalStateException("the credentials were not read yet");
    }
    return peerCredentials;
  }

  // ---- negotiation (6) and cards (7)

  public JsonObject negotiate() throws IOException {
    return negotiate(STRAIGHT);
  }

  /** The initiator's request and whatever envelope answers it. */
  public JsonObject negotiate(Consumer<JsonObject> bend) throws IOException {
    send("negotiate.request", RawJson.value("""
        {"supported_versions":["0.1"],"features":{"streaming":true,"compression":[],"e2e_encryption":false}}"""), bend);
    return readEnvelope(PATIENCE);
  }

  public JsonObject answerNegotiation() throws IOException {
    return answerNegotiation(STRAIGHT);
  }

  /** The receiver's half: reads the request, which is returned, and answers it, agreeing to no feature. */
  public JsonObject answerNegotiation(Consumer<JsonObject> bend) throws IOException {
    JsonObject request = readEnvelope(PATIENCE, "negotiate.request");
    send("negotiate.response", RawJson.value(
        "{\"selected_version\":\"0.1\",\"features\":{\"streaming\":false,\"e2e_encryption\":false}}"), bend);
    return request;
  }

  public JsonObject exchangeCards() throws IOException {
    return exchangeCards(STRAIGHT);
  }

  /** Sends the own card and returns the other side's. */
  public JsonObject exchangeCards(Consumer<JsonObject> bend) throws IOException {
    sendCard(bend);
    JsonObject card = readEnvelope(PATIENCE, "card.exchange");
    check(text(card.getAsJsonObject("body"), "public_key").equals(peerKey()), "the card names another key: " + card);
    return card;
  }

  public JsonObject sendCard(Consumer<JsonObject> bend) throws IOException {
    return send("card.exchange", card(), bend);
  }

  /** The body of the own card. */
  public JsonObject card() {
    JsonObject body = new JsonObject();
    body.addProperty("name", me.address().substring(me.address().lastIndexOf('/') + 1));
    body.addProperty("public_key", me.publicKey());
    body.addProperty("protocol_version", "0.1");
    body.addProperty("accept_files", false);
    body.addProperty("max_message_size", 1_048_576);
    return body;
  }

  // ---- envelopes (4.2)

  /** A complete envelope of this type to the other side, unsigned, that takes the next sequence number. */
  public synchronized JsonObject envelope(String type, @Nullable JsonElement body) {
    JsonObject envelope = new JsonObject();
    envelope.addProperty("version", "0.1");
    envelope.addProperty("id", UUID.randomUUID().toString());
    envelope.addProperty("type", type);
    envelope.addProperty("from", me.address());
    JsonArray to = new JsonArray();
    to.add(peerAddress());
    envelope.add("to", to);
    envelope.addProperty("sequence", nextSequence++);
    envelope.addProperty("timestamp", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
    if (body != null) {
      envelope.add("body", body);
    }
    return envelope;
  }

  /** Signs and sends a new envelope of this type; what was sent is returned. */
  public synchronized JsonObject send(String type, @Nullable JsonElement body, Consumer<JsonObject> bend)
      throws IOException {
    JsonObject envelope = envelope(type, body);
    bend.accept(envelope);
    return sendSigned(envelope);
  }

  /** A {@code message.send} with this JSON body. */
  public JsonObject sendMessage(String jsonBody) throws IOException {
    return sendMessage(jsonBody, STRAIGHT);
  }

  public JsonObject sendMessage(String jsonBody, Consumer<JsonObject> bend) throws IOException {
    return send("message.send", RawJson.value(jsonBody), envelope -> {
      envelope.addProperty("content_type", "application/json");
      bend.accept(envelope);
    });
  }

  /** Signs this envelope as it stands and sends it; a signature that it already has is replaced. */
  public JsonObject sendSigned(JsonObject envelope) throws IOException {
    sendRawFrame(sign(envelope).toString());
    return envelope;
  }

  /** Puts the signature into this envelope; one that it already has is replaced. */
  public JsonObject sign(JsonObject envelope) {
    envelope.addProperty("signature", me.sign(RawJson.signedBytes(envelope)));
    return envelope;
  }

  /**
   * The text of one JSON object, signed as the very bytes that stand there and sent with the signature put in front.
   */
  public void sendSignedRaw(String canonicalText) throws IOException {
    sendSpelled(canonicalText, canonicalText);
  }

  /** Sends {@code wireText} with the signature over {@code signedText} put in front. */
  public void sendSpelled(String wireText, String signedText) throws IOException {
    String signature = me.sign(signedText.getBytes(StandardCharsets.UTF_8));
    sendRawFrame("{\"signature\":\"" + signature + "\"," + wireText.substring(1));
  }

  /** Acknowledges a message (12.2). */
  public JsonObject ack(JsonObject message) throws IOException {
    JsonObject body = new JsonObject();
    body.addProperty("ack_id", text(message, "id"));
    return send("message.ack", body, STRAIGHT);
  }

  /** The next envelope, its signature checked against the other side's key, and its sequence against the last. */
  public JsonObject readEnvelope(Duration timeout) throws IOException {
    JsonObject envelope = RawJson.object(wire.readFrame(timeout));
    check(envelope.has("signature"), "no signature: " + envelope);
    check(RawIdentity.verifies(peerKey(), RawJson.signedBytes(envelope), text(envelope, "signature")),
        "the signature does not verify: " + envelope);
    long sequence = envelope.get("sequence").getAsLong();
    check(sequence > lastSequenceRead, "sequence " + sequence + " after " + lastSequenceRead);
    lastSequenceRead = sequence;
    return envelope;
  }

  /** The next envelope, which must be of this type. */
  public JsonObject readEnvelope(Duration timeout, String type) throws IOException {
    JsonObject envelope = readEnvelope(timeout);
    check(text(envelope, "type").equals(type), "expected " + type + ", came " + envelope);
    return envelope;
  }

  /** Reads the ack of this message, which must be the next envelope. */
  public JsonObject readAck(JsonObject message) throws IOException {
    JsonObject ack = readEnvelope(PATIENCE, "message.ack");
    check(text(ack.getAsJsonObject("body"), "ack_id").equals(text(message, "id")), "the ack is for another: " + ack);
    return ack;
  }

  /** Reads the {@code system.error} that must come next, and returns its code. */
  public String readErrorCode() throws IOException {
    return text(readEnvelope(PATIENCE, "system.error").getAsJsonObject("body"), "code");
  }

  // ---- ends

  /** The other side ends the connection within this time, and sends not one byte before. */
  public void expectEof(Duration timeout) throws IOException {
    RawWire.Next next = wire.next(timeout);
    check(next == RawWire.Next.END, "expected the end of the connection within " + timeout + ", came " + next);
  }

  /**
   * Says no more, so that the other side finds the end after all that was sent, and waits for its end.
   *
   * @return what it still said
   * @throws java.net.SocketTimeoutException when it did not end in time
   */
  public byte[] finish(Duration timeout) throws IOException {
    try {
      wire.endSending();
    } catch (SocketException ended) {
      return new byte[0]; // it ended before
    }
    return wire.readUntilEnd(timeout);
  }

  /**
   * Waits until the other side ends the connection.
   *
   * @return what it still said
   * @throws java.net.SocketTimeoutException when it did not end in time
   */
  public byte[] awaitEnd(Duration timeout) throws IOException {
    return wire.readUntilEnd(timeout);
  }

  /** For this long neither a byte comes nor the end. */
  public void expectSilence(Duration duration) throws IOException {
    RawWire.Next next = wire.next(duration);
    check(next == RawWire.Next.NOTHING, "expected silence for " + duration + ", came " + next);
  }

  /** Says {@code session.disconnect} (8.8); the caller closes. */
  public void sendDisconnect() throws IOException {
    send("session.disconnect", null, STRAIGHT);
  }

  /** Ends TCP without the goodbye of TLS, as deployed peers do. */
  public void drop() throws IOException {
    wire.drop();
  }

  /** Ends TCP with a reset. */
  public void reset() throws IOException {
    wire.reset();
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }

  private static String text(JsonObject object, String key) {
    check(object.has(key) && object.get(key).isJsonPrimitive(), "no " + key + " in " + object);
    return object.get(key).getAsString();
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
