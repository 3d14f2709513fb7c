package dev.toq.protocol.session;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.session.Side.ALICE_SELF;
import static dev.toq.protocol.session.Side.BOB_SELF;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.Raw;
import dev.toq.protocol.identity.Signatures;
import dev.toq.protocol.session.HandshakeException.Fault;
import dev.toq.protocol.wire.FrameReader;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictBase64;
import dev.toq.protocol.wire.StrictJson;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeTest {
  static final byte[] CHALLENGE = new byte[32];

  static {
    Arrays.fill(CHALLENGE, (byte) 7);
  }

  /** What Alice presents; its signature is the known vector. */
  static Map<String, JsonValue> credentials() {
    Map<String, JsonValue> members = new LinkedHashMap<>();
    members.put("public_key", new JsonString("ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="));
    members.put("challenge", new JsonString(StrictBase64.encode(CHALLENGE)));
    members.put("challenge_signature", new JsonString(
        "ed25519:tsh5AzCtkFPISzifqCNZqbzqhvkPbv3Wt5jldZHLGGDXQHROB9uKOcyUtPqmtUDdKF98smQbkxllxHzUaPeuBA=="));
    members.put("address", new JsonString(ALICE_ADDRESS.toString()));
    members.put("protocol_version", new JsonString("0.1"));
    members.put("rotation_proof", JsonNull.NULL);
    members.put("target_agent", new JsonString("bob"));
    return members;
  }

  static byte[] hello(Map<String, JsonValue> members) {
    return hello(StrictJson.write(new JsonObject(members)));
  }

  private static byte[] hello(byte[] payload) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(Spec.magic());
    bytes.writeBytes(Side.framed(payload));
    return bytes.toByteArray();
  }

  private static PeerCredentials received(Map<String, JsonValue> members) throws IOException, HandshakeException {
    return Handshake.receive(Side.channel(hello(members), new ByteArrayOutputStream()), BOB_SELF);
  }

  static Fault refused(byte[] hello) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Fault fault = assertThrows(
        HandshakeException.class, () -> Handshake.receive(Side.channel(hello, out), BOB_SELF)).fault();
    assertEquals(0, out.size(), "a receiver stays silent");
    return fault;
  }

  private static Fault refusedWith(String name, JsonValue value) {
    Map<String, JsonValue> members = credentials();
    members.put(name, value);
    return refused(hello(members));
  }

  @Test
  @DisplayName("R-5.1-01, R-5.4-04, R-5.5-01, R-9.1-02: both sides prove their keys to each other and know each "
      + "other's address")
  void succeeds() throws Exception {
    Pipe toBob = new Pipe();
    Pipe toAlice = new Pipe();
    FrameChannel alice = new FrameChannel(new FrameReader(toAlice.in()), toBob.out());
    FrameChannel bob = new FrameChannel(new FrameReader(toBob.in()), toAlice.out());

    record Accepted(PeerCredentials peer, String sessionId) {}
    var both = Side.both(
        () -> Handshake.initiate(alice, ALICE_SELF, BOB_ADDRESS, new SecureRandom()),
        () -> new Accepted(Handshake.receive(bob, BOB_SELF), Handshake.answer(bob, BOB_SELF, new SecureRandom())));

    assertEquals(BOB.publicKey(), both.first().key());
    assertEquals(BOB_ADDRESS, both.first().address());
    assertEquals(Optional.of(both.second().sessionId()), both.first().sessionId());
    assertEquals(ALICE.publicKey(), both.second().peer().key());
    assertEquals(ALICE_ADDRESS, both.second().peer().address());
    assertEquals(Optional.of("bob"), both.second().peer().targetAgent());
    assertEquals(Optional.of("0.1"), both.second().peer().protocolVersion());
    assertEquals(new Rotation.None(), both.second().peer().rotation());
  }

  @Test
  @DisplayName("R-5.2-01, R-5.3-01, R-5.3-03, R-5.3-04, R-5.3-05, R-5.3-06, R-5.3-07, R-5.3-08, R-9.1-01: an "
      + "initiator's bytes")
  void initiatorBytes() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThrows(EOFException.class, () -> Handshake.initiate(
        Side.channel(new byte[0], out), ALICE_SELF, BOB_ADDRESS, new Random(1)));

    byte[] sent = out.toByteArray();
    assertArrayEquals(new byte[] {0x54, 0x4F, 0x51, 0x01}, Arrays.copyOf(sent, 4));
    JsonObject members = (JsonObject) StrictJson.parse(Arrays.copyOfRange(sent, 8, sent.length));
    byte[] challenge = StrictBase64.decode(members.text("challenge").orElseThrow()).orElseThrow();
    assertEquals(List.of("public_key", "challenge", "challenge_signature", "address", "rotation_proof",
        "protocol_version", "target_agent"), List.copyOf(members.members().keySet()));
    assertEquals(32, challenge.length);
    assertTrue(ALICE.publicKey().verify(
        challenge, Signatures.parse(members.text("challenge_signature").orElseThrow()).orElseThrow()));
    assertEquals(Optional.of(ALICE.publicKey().toString()), members.text("public_key"));
    assertEquals(Optional.of("toq://192.168.1.50:9010/alice"), members.text("address"));
    assertEquals(Optional.of("0.1"), members.text("protocol_version"));
    assertEquals(Optional.of("bob"), members.text("target_agent"));
    assertEquals(JsonNull.NULL, members.members().get("rotation_proof"));
  }

  @Test
  @DisplayName("R-5.4-05, R-17.4-01: session ids and challenges are new each time")
  void answersDiffer() throws Exception {
    Random random = new Random(3);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameChannel channel = Side.channel(new byte[0], out);
    String first = Handshake.answer(channel, BOB_SELF, random);
    String second = Handshake.answer(channel, BOB_SELF, random);

    assertNotEquals(first, second);
    assertTrue(first.matches("sess-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), first);
    assertTrue(second.matches("sess-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"), second);
    List<JsonObject> answers = new Side(BOB_SELF, Side.credentials(ALICE_SELF), channel, out).sentObjects();
    assertNotEquals(answers.get(0).text("challenge"), answers.get(1).text("challenge"));
    assertEquals(Optional.of(first), answers.get(0).text("session_id"));
    assertEquals(JsonNull.NULL, answers.get(0).members().get("rotation_proof"));
    assertFalse(answers.get(0).members().containsKey("protocol_version"));
  }

  @Test
  @DisplayName("R-5.3-05: credentials with the known signature over the raw challenge are accepted")
  void acceptsKnownCredentials() throws Exception {
    PeerCredentials peer = received(credentials());

    assertEquals(ALICE.publicKey(), peer.key());
    assertArrayEquals(CHALLENGE, peer.challenge());
  }

  @Test
  @DisplayName("R-5.4-01: unknown members, an absent rotation_proof and an absent target_agent are accepted (A-55)")
  void acceptsExtras() throws Exception {
    Map<String, JsonValue> members = credentials();
    members.remove("rotation_proof");
    members.remove("target_agent");
    members.put("channel_binding", Raw.parse("{\"a\":[1]}"));
    PeerCredentials peer = received(members);

    assertEquals(Optional.empty(), peer.targetAgent());
    members.put("rotation_proof", new JsonString("ed25519:x"));
    assertEquals(new Rotation.None(), received(members).rotation());
  }

  @ParameterizedTest
  @ValueSource(strings = {"public_key", "challenge", "challenge_signature", "address", "protocol_version"})
  @DisplayName("R-5.4-01: a missing, null or ill-typed field is met with silence")
  void refusesMissingFields(String name) {
    Map<String, JsonValue> members = credentials();
    members.remove(name);
    assertEquals(Fault.MALFORMED, refused(hello(members)));
    assertEquals(Fault.MALFORMED, refusedWith(name, JsonNull.NULL));
    assertEquals(Fault.MALFORMED, refusedWith(name, Raw.parse("7")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[]", "7", "\"x\"", "{\"a\":1,\"a\":2}", " "})
  @DisplayName("R-5.4-01: credentials that are no JSON object are met with silence")
  void refusesMalformedJson(String text) {
    assertEquals(Fault.MALFORMED, refused(hello(text.getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  @DisplayName("R-5.4-01: optional fields of another type are met with silence")
  void refusesOddOptionals() {
    for (String name : List.of("rotation_proof", "target_agent", "session_id")) {
      assertEquals(Fault.MALFORMED, refusedWith(name, Raw.parse("{}")));
    }
    assertEquals(Fault.MALFORMED, refusedWith("address", new JsonString("alice")));
  }

  @Test
  @DisplayName("R-5.3-02: a payload above 64 KiB is met with silence, one of exactly 64 KiB is read (A-27)")
  void boundsPayload() throws Exception {
    Map<String, JsonValue> members = credentials();
    int length = StrictJson.write(new JsonObject(members)).length;
    members.put("x", new JsonString("x".repeat(65_536 - length - 7)));
    assertEquals(65_536, StrictJson.write(new JsonObject(members)).length);
    assertEquals(ALICE.publicKey(), received(members).key());

    members.put("x", new JsonString("x".repeat(65_536 - length - 6)));
    assertEquals(Fault.MALFORMED, refused(hello(members)));
    assertEquals(Fault.MALFORMED, refused(new byte[] {0x54, 0x4F, 0x51, 0x01, -1, -1, -1, -1}));
    assertEquals(Fault.MALFORMED, refused(new byte[] {0x54, 0x4F, 0x51, 0x01, 0, 0, 0, 0}));
  }

  @Test
  @DisplayName("R-5.3-03: a key of small order or of another length is met with silence (A-29)")
  void refusesBadKeys() {
    assertEquals(
        Fault.BAD_KEY, refusedWith("public_key", new JsonString("ed25519:" + StrictBase64.encode(new byte[32]))));
    byte[] identity = new byte[32];
    identity[0] = 1;
    assertEquals(Fault.BAD_KEY, refusedWith("public_key", new JsonString("ed25519:" + StrictBase64.encode(identity))));
    for (int length : new int[] {31, 33}) {
      assertEquals(Fault.MALFORMED,
          refusedWith("public_key", new JsonString("ed25519:" + StrictBase64.encode(new byte[length]))));
    }
  }

  @Test
  @DisplayName("R-5.3-04: a challenge of 31 or 33 bytes is met with silence")
  void refusesChallengeLengths() {
    for (int length : new int[] {0, 31, 33}) {
      byte[] challenge = new byte[length];
      Map<String, JsonValue> members = credentials();
      members.put("challenge", new JsonString(StrictBase64.encode(challenge)));
      members.put("challenge_signature", new JsonString(Signatures.text(ALICE.sign(challenge))));
      assertEquals(Fault.MALFORMED, refused(hello(members)));
    }
  }

  @Test
  @DisplayName("R-5.3-05: a signature over the base64 text instead of the bytes is met with silence")
  void refusesSignatureOverText() {
    byte[] text = StrictBase64.encode(CHALLENGE).getBytes(StandardCharsets.US_ASCII);

    assertEquals(
        Fault.BAD_PROOF, refusedWith("challenge_signature", new JsonString(Signatures.text(ALICE.sign(text)))));
  }

  @Test
  @DisplayName("A-38: a rotation proof does not pass as a login: a challenge that is a key in play is met with silence")
  void refusesKeyAsChallenge() {
    for (byte[] key : List.of(ALICE.publicKey().bytes(), BOB.publicKey().bytes())) {
      Map<String, JsonValue> members = credentials();
      members.put("challenge", new JsonString(StrictBase64.encode(key)));
      members.put("challenge_signature", new JsonString(Signatures.text(ALICE.sign(key))));
      assertEquals(Fault.BAD_PROOF, refused(hello(members)));
    }
  }

  @Test
  @DisplayName("A-54: our own key is met with silence")
  void refusesOwnKey() {
    Map<String, JsonValue> members = credentials();
    members.put("public_key", new JsonString(BOB.publicKey().toString()));
    members.put("challenge_signature", new JsonString(Signatures.text(BOB.sign(CHALLENGE))));

    assertEquals(Fault.OWN_KEY, refused(hello(members)));
  }

  @Test
  @DisplayName("R-5.1-01, R-9.1-03: an initiator that wants another agent is met with silence (A-55)")
  void refusesWrongAgent() {
    assertEquals(Fault.WRONG_AGENT, refusedWith("target_agent", new JsonString("carol")));
  }

  @Test
  @DisplayName("R-5.7-02: a connection that ends inside the handshake is an end of stream, met with silence")
  void endsEarly() {
    byte[] hello = hello(credentials());
    for (int length : new int[] {0, 3, 4, 6, 8, hello.length - 1}) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      assertThrows(EOFException.class,
          () -> Handshake.receive(Side.channel(Arrays.copyOf(hello, length), out), BOB_SELF));
      assertEquals(0, out.size());
    }
  }

  private static PeerCredentials initiated(Map<String, JsonValue> answer) throws Exception {
    byte[] frames = Side.framed(StrictJson.write(new JsonObject(answer)));
    return Handshake.initiate(
        Side.channel(frames, new ByteArrayOutputStream()), BOB_SELF, ALICE_ADDRESS, new Random(1));
  }

  @Test
  @DisplayName("R-5.5-01: the initiator makes the same checks, and wants a session id")
  void initiatorChecks() throws Exception {
    Map<String, JsonValue> answer = credentials();
    assertEquals(Fault.MALFORMED, assertThrows(HandshakeException.class, () -> initiated(answer)).fault());
    answer.put("session_id", new JsonString("s".repeat(257)));
    assertEquals(Fault.MALFORMED, assertThrows(HandshakeException.class, () -> initiated(answer)).fault());
    answer.put("session_id", new JsonString("sess-1"));
    answer.remove("protocol_version");
    assertEquals(Optional.of("sess-1"), initiated(answer).sessionId());
    answer.put("challenge", new JsonString(StrictBase64.encode(new byte[32])));
    assertEquals(Fault.BAD_PROOF, assertThrows(HandshakeException.class, () -> initiated(answer)).fault());
    answer.put("public_key", new JsonString(BOB.publicKey().toString()));
    assertEquals(Fault.OWN_KEY, assertThrows(HandshakeException.class, () -> initiated(answer)).fault());
  }

  @Test
  @DisplayName("A-55, A-71: an error text in the answer is shown to the initiator, escaped and cut")
  void showsRefusal() {
    RefusedByPeerException refusal = assertThrows(RefusedByPeerException.class, () -> initiated(Map.of(
        "error", new JsonString("no agent \u001b[31m'carol'" + "x".repeat(5000)))));

    assertTrue(refusal.text().startsWith("no agent \\u001b[31m'carol'"), refusal.text());
    assertTrue(refusal.text().length() < 600);
    assertEquals(Optional.empty(), refusal.code());
  }
}
