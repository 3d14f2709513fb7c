package dev.toq.protocol.body;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static dev.toq.protocol.envelope.Raw.ALICE_ADDRESS;
import static dev.toq.protocol.envelope.Raw.BOB;
import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.envelope.Raw.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.body.BodyCodec.Choices;
import dev.toq.protocol.body.BodyCodec.Secrecy;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.EnvelopeCheck;
import dev.toq.protocol.envelope.EnvelopeCodec;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.Raw;
import dev.toq.protocol.envelope.StreamMessages;
import dev.toq.protocol.envelope.StreamMessages.Heading;
import dev.toq.protocol.envelope.SystemMessages;
import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.wire.AnyJson;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictBase64;
import dev.toq.protocol.wire.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Bodies from Alice to Bob, each side with its codec, over signed and checked envelopes. */
class BodyCodecTest {
  private static final int MAX = 1 << 20;
  private static final Stamp STAMP = new Stamp(UUID.fromString(Raw.ID), ALICE_ADDRESS, BOB_ADDRESS, 4, NOW);
  private static final Heading HEADING = new Heading(new UUID(7, 7), Optional.of("t"), Optional.of("text/plain"));
  private static final String LONG = "{\"text\":\"" + "words and words ".repeat(200) + "\"}";

  private static Terms terms(Optional<Compression> compression, boolean endToEnd) {
    return new Terms(MAX, compression.map(Compression::wire), endToEnd, true, true, MAX, List.of());
  }

  private static BodyCodec alice(Optional<Compression> compression, boolean endToEnd, Choices choices) {
    return new BodyCodec(terms(compression, endToEnd), MAX,
        endToEnd ? Optional.of(new EndToEnd(ALICE, BOB.publicKey(), 0, kept -> {})) : Optional.empty(),
        new Random(1), choices);
  }

  private static BodyCodec bob(Optional<Compression> compression, boolean endToEnd, Choices choices) {
    return new BodyCodec(terms(compression, endToEnd), MAX,
        endToEnd ? Optional.of(new EndToEnd(BOB, ALICE.publicKey(), 0, kept -> {})) : Optional.empty(),
        new Random(2), choices);
  }

  private static Envelope message(JsonValue body) {
    return STAMP.envelope(MessageType.MESSAGE_SEND).withBody(body);
  }

  private static Envelope message(String json) {
    return message(Raw.parse(json));
  }

  /** Over the wire: signed by Alice, checked by Bob. */
  private static Envelope sent(Envelope envelope, Optional<Compression> compression, boolean endToEnd) {
    EnvelopeCheck check = new EnvelopeCheck(
        ALICE.publicKey(), ALICE_ADDRESS, BOB_ADDRESS::names, terms(compression, endToEnd), id -> false);
    return assertInstanceOf(
        Verdict.Accepted.class, check.check(EnvelopeCodec.seal(envelope, ALICE), NOW)).envelope();
  }

  private static ErrorCode fault(BodyCodec codec, Envelope envelope) {
    ProtocolException fault = assertThrows(ProtocolException.class, () -> codec.opened(envelope));
    assertEquals(Optional.of(envelope.id()), fault.relatedId());
    assertTrue(fault.isAnswerable());
    return fault.code();
  }

  private static Envelope encoded(Optional<String> compression, Optional<String> nonce, String body) {
    return STAMP.envelope(MessageType.MESSAGE_SEND)
        .withForm(compression, nonce, Optional.of(new JsonString(body)));
  }

  @Provide
  Arbitrary<Optional<Compression>> algorithms() {
    return Arbitraries.of(Optional.empty(), Optional.of(Compression.GZIP), Optional.of(Compression.ZSTD));
  }

  @Property(tries = 400)
  @Label("R-13.5-01, R-13.5-03, R-4.2-13, R-18.1-02: any body comes back from any agreed form, token by token")
  void roundTrip(@ForAll(supplier = AnyJson.class) JsonValue value, @ForAll("algorithms") Optional<Compression> agreed,
      @ForAll boolean endToEnd, @ForAll boolean both, @ForAll @IntRange(min = 1, max = 60) int times)
      throws ProtocolException, WornKeyException {
    JsonValue body = new JsonArray(Collections.nCopies(times, value));
    Choices choices = new Choices(both, true);
    Envelope draft = message(body);

    Envelope sealed = alice(agreed, endToEnd, choices).sealed(draft);
    BodyCodec.Opened opened = bob(agreed, endToEnd, choices).opened(sealed);

    assertEquals(draft, opened.envelope());
    assertEquals(endToEnd ? Secrecy.ENCRYPTED : Secrecy.NOT_DUE, opened.secrecy());
    assertEquals(endToEnd, sealed.e2eNonce().isPresent());
    if (sealed.isEncoded()) {
      assertEquals(sealed, sent(sealed, agreed, endToEnd));
    }
  }

  @Example
  @Label("R-13.1-03, R-13.5-03, R-13.2-03: the published vector of an encrypted body is read (A-34)")
  void vector() throws ProtocolException {
    Envelope received =
        encoded(Optional.empty(), Optional.of("CQkJCQkJCQkJCQkJ"), "8kicadyndEwwZDBJVMUDVaCMOWLLrwGAu+/5aiQ=");

    BodyCodec.Opened opened = bob(Optional.empty(), true, Choices.DEFAULT).opened(received);

    assertEquals(message("{\"text\":\"hi\"}"), opened.envelope());
    assertEquals(Secrecy.ENCRYPTED, opened.secrecy());
  }

  @Example
  @Label("R-13.5-03: the published vector of an encrypted body is written (A-34)")
  void writesVector() throws WornKeyException {
    Random nines = new Random() {
      @Override
      public void nextBytes(byte[] bytes) {
        Arrays.fill(bytes, (byte) 9);
      }
    };
    BodyCodec codec = new BodyCodec(terms(Optional.empty(), true), MAX,
        Optional.of(new EndToEnd(ALICE, BOB.publicKey(), 0, kept -> {})), nines, Choices.DEFAULT);

    assertEquals(
        encoded(Optional.empty(), Optional.of("CQkJCQkJCQkJCQkJ"), "8kicadyndEwwZDBJVMUDVaCMOWLLrwGAu+/5aiQ="),
        codec.sealed(message("{\"text\":\"hi\"}")));
  }

  @Example
  @Label("R-13.5-03: a ciphertext, tag or nonce that was changed anywhere is refused and not delivered (A-34)")
  void tampered() throws WornKeyException, ProtocolException {
    Envelope sealed = alice(Optional.empty(), true, Choices.DEFAULT).sealed(message("{\"text\":\"pay 10\"}"));
    BodyCodec bob = bob(Optional.empty(), true, Choices.DEFAULT);
    byte[] body = StrictBase64.decode(((JsonString) sealed.body().orElseThrow()).value()).orElseThrow();
    byte[] nonce = StrictBase64.decode(sealed.e2eNonce().orElseThrow()).orElseThrow();
    for (int bit = 0; bit < body.length * 8; bit++) {
      byte[] changed = body.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertEquals(ErrorCode.INVALID_ENVELOPE,
          fault(bob, encoded(Optional.empty(), sealed.e2eNonce(), StrictBase64.encode(changed))));
    }
    nonce[3] ^= 1;
    assertEquals(ErrorCode.INVALID_ENVELOPE, fault(bob, encoded(Optional.empty(),
        Optional.of(StrictBase64.encode(nonce)), StrictBase64.encode(body))));
    for (String cut : List.of("", "AAAA", StrictBase64.encode(Arrays.copyOf(body, 15)), "no base64")) {
      assertEquals(ErrorCode.INVALID_ENVELOPE, fault(bob, encoded(Optional.empty(), sealed.e2eNonce(), cut)));
    }
    assertEquals(ErrorCode.INVALID_ENVELOPE,
        fault(bob, encoded(Optional.empty(), Optional.of("CQkJ"), StrictBase64.encode(body))));
    assertEquals("{\"text\":\"pay 10\"}", Raw.text(StrictJson.write(
        bob.opened(sealed).envelope().body().orElseThrow())));
  }

  @Example
  @Label("R-13.5-02: each message has its own nonce of 12 bytes")
  void nonces() throws WornKeyException {
    BodyCodec alice = alice(Optional.empty(), true, Choices.DEFAULT);
    Set<String> nonces = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      String nonce = alice.sealed(message("{}")).e2eNonce().orElseThrow();
      assertEquals(12, StrictBase64.decode(nonce).orElseThrow().length);
      assertTrue(nonces.add(nonce));
    }
  }

  @Example
  @Label("R-13.5-02: a nonce that comes out of the random generator a second time is not used again")
  void drawsAgain() throws WornKeyException {
    AtomicInteger calls = new AtomicInteger();
    Random stutters = new Random() {
      @Override
      public void nextBytes(byte[] bytes) {
        Arrays.fill(bytes, (byte) (calls.getAndIncrement() / 2));
      }
    };
    BodyCodec alice = new BodyCodec(terms(Optional.empty(), true), MAX,
        Optional.of(new EndToEnd(ALICE, BOB.publicKey(), 0, kept -> {})), stutters, Choices.DEFAULT);
    Set<String> nonces = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      assertTrue(nonces.add(alice.sealed(message("{}")).e2eNonce().orElseThrow()));
    }
  }

  @Example
  @Label("R-13.5-01: what was not agreed is refused, encryption and compression alike (A-33, A-34)")
  void notAgreed() {
    BodyCodec plain = bob(Optional.empty(), false, Choices.DEFAULT);
    assertEquals(ErrorCode.INVALID_ENVELOPE, fault(plain, encoded(Optional.empty(), Optional.of("CQkJCQkJCQkJCQkJ"),
        "8kicadyndEwwZDBJVMUDVaCMOWLLrwGAu+/5aiQ=")));
    assertEquals(ErrorCode.COMPRESSION_NOT_NEGOTIATED,
        fault(plain, encoded(Optional.of("gzip"), Optional.empty(), "AAAA")));
    assertEquals(ErrorCode.COMPRESSION_NOT_NEGOTIATED, fault(bob(Optional.of(Compression.ZSTD), false, Choices.DEFAULT),
        encoded(Optional.of("gzip"), Optional.empty(), "AAAA")));
    assertThrows(IllegalArgumentException.class,
        () -> new BodyCodec(terms(Optional.empty(), true), MAX, Optional.empty(), new Random(1), Choices.DEFAULT));
  }

  @Example
  @Label("A body is no deeper when it comes compressed than an envelope in clear lets it be (A-24, A-33)")
  void depth() throws ProtocolException {
    Optional<Compression> zstd = Optional.of(Compression.ZSTD);
    for (int depth : new int[] {63, 64}) {
      String body = "[".repeat(depth - 1) + "{}" + "]".repeat(depth - 1);
      byte[] small = Compression.ZSTD.compress(body.getBytes(StandardCharsets.UTF_8));
      Envelope received = encoded(Optional.of("zstd"), Optional.empty(), StrictBase64.encode(small));
      BodyCodec bob = bob(zstd, false, Choices.DEFAULT);
      if (depth == 63) {
        assertEquals(Optional.of(Raw.parse(body)), bob.opened(received).envelope().body());
      } else {
        assertEquals(ErrorCode.INVALID_ENVELOPE, fault(bob, received));
      }
    }
  }

  @Example
  @Label("A body in clear after encryption was agreed is flagged, or refused where the owner wants that (A-34)")
  void plaintext() throws ProtocolException {
    Envelope plain = message("{\"text\":\"hi\"}");
    assertEquals(new BodyCodec.Opened(plain, Secrecy.MISSING),
        bob(Optional.empty(), true, Choices.DEFAULT).opened(plain));
    BodyCodec strict = bob(Optional.of(Compression.GZIP), true, new Choices(false, true));
    assertEquals(ErrorCode.INVALID_ENVELOPE, fault(strict, plain));
    Envelope compressed = encoded(Optional.of("gzip"), Optional.empty(),
        StrictBase64.encode(Gzip.compress("{}".getBytes(StandardCharsets.UTF_8))));
    assertEquals(ErrorCode.INVALID_ENVELOPE, fault(strict, compressed));
    Envelope heartbeat = SystemMessages.heartbeat(STAMP);
    assertEquals(new BodyCodec.Opened(heartbeat, Secrecy.NOT_DUE), strict.opened(heartbeat));
    Envelope bare = STAMP.envelope(MessageType.MESSAGE_SEND);
    assertEquals(new BodyCodec.Opened(bare, Secrecy.NOT_DUE), strict.opened(bare));
  }

  @Example
  @Label("R-4.2-13: only long bodies of content are compressed, only where it gains, and not what is encrypted (A-33)")
  void compressesWhatGains() throws WornKeyException {
    Optional<Compression> zstd = Optional.of(Compression.ZSTD);
    BodyCodec codec = alice(zstd, false, Choices.DEFAULT);
    assertEquals(Optional.of("zstd"), codec.sealed(message(LONG)).compression());
    Envelope shortOne = message("{\"text\":\"" + "a".repeat(1000) + "\"}");
    assertEquals(shortOne, codec.sealed(shortOne));
    byte[] noise = new byte[3000];
    new Random(5).nextBytes(noise);
    Envelope random = message(new JsonString(StrictBase64.encode(noise)));
    assertFalse(codec.sealed(random).body().orElseThrow().toString().length() > random.body().toString().length());
    Envelope error = SystemMessages.error(STAMP, ErrorCode.TTL_EXPIRED, "m".repeat(4000), Optional.empty());
    assertEquals(error, codec.sealed(error));
    BodyCodec smallPeer = new BodyCodec(terms(zstd, false), 2000, Optional.empty(), new Random(1), Choices.DEFAULT);
    assertEquals(Optional.empty(), smallPeer.sealed(message(LONG)).compression());
    assertEquals(Optional.empty(), alice(zstd, true, Choices.DEFAULT).sealed(message(LONG)).compression());
    assertEquals(zstd.map(Compression::wire),
        alice(zstd, true, new Choices(true, false)).sealed(message(LONG)).compression());
    assertThrows(IllegalArgumentException.class,
        () -> codec.sealed(encoded(Optional.of("zstd"), Optional.empty(), "AAAA")));
  }

  @Example
  @Label("R-9.6-01: of a stream's part the whole body is encoded, the id of the stream too (A-33, A-34)")
  void streamParts() throws WornKeyException, ProtocolException {
    Optional<Compression> gzip = Optional.of(Compression.GZIP);
    Envelope chunk = StreamMessages.chunk(STAMP, HEADING, new JsonString("again and again ".repeat(100)));
    for (Choices choices : List.of(Choices.DEFAULT, new Choices(true, true))) {
      Envelope received = sent(alice(gzip, true, choices).sealed(chunk), gzip, true);
      assertInstanceOf(JsonString.class, received.body().orElseThrow());
      assertEquals(chunk, bob(gzip, true, choices).opened(received).envelope());
    }
  }

  @Example
  @Label("R-4.2-16, R-4.3-10, R-9.6-01, R-9.6-03: a decoded body has the shape and the fields that its type needs")
  void checksInClear() {
    BodyCodec bob = bob(Optional.of(Compression.GZIP), false, Choices.DEFAULT);
    String word = StrictBase64.encode(Gzip.compress("\"x\"".getBytes(StandardCharsets.UTF_8)));
    String noStream = StrictBase64.encode(Gzip.compress("{\"data\":1}".getBytes(StandardCharsets.UTF_8)));
    Envelope json = encoded(Optional.of("gzip"), Optional.empty(), word)
        .withContentType(Optional.of("application/json"));
    assertEquals(ErrorCode.INVALID_ENVELOPE, fault(bob, json));
    for (MessageType type : List.of(MessageType.STREAM_CHUNK, MessageType.STREAM_END)) {
      assertEquals(ErrorCode.INVALID_ENVELOPE, fault(bob, STAMP.envelope(type)
          .withForm(Optional.of("gzip"), Optional.empty(), Optional.of(new JsonString(noStream)))));
    }
    String text = StrictBase64.encode(Gzip.compress("no json".getBytes(StandardCharsets.UTF_8)));
    assertEquals(ErrorCode.INVALID_ENVELOPE, fault(bob, encoded(Optional.of("gzip"), Optional.empty(), text)));
  }

  @Example
  @Label("A body that is null once it is decoded is an absent one (A-23)")
  void decodedNull() throws WornKeyException, ProtocolException {
    Envelope sealed = alice(Optional.empty(), true, Choices.DEFAULT).sealed(message(JsonNull.NULL));
    assertEquals(STAMP.envelope(MessageType.MESSAGE_SEND),
        bob(Optional.empty(), true, Choices.DEFAULT).opened(sealed).envelope());
  }

  @Example
  @Label("R-13.5-02: a nonce that served another message is refused; the same message may come again (A-34)")
  void repeatedNonce() throws WornKeyException, ProtocolException {
    BodyCodec bob = bob(Optional.empty(), true, Choices.DEFAULT);
    Envelope first = alice(Optional.empty(), true, Choices.DEFAULT).sealed(message("{}"));
    Stamp other = new Stamp(new UUID(0x4000, 1L << 63), ALICE_ADDRESS, BOB_ADDRESS, 5, NOW);
    Envelope second = other.envelope(MessageType.MESSAGE_SEND)
        .withForm(first.compression(), first.e2eNonce(), first.body());

    assertEquals(message("{}"), bob.opened(first).envelope());
    assertEquals(message("{}"), bob.opened(first).envelope());
    assertEquals(ErrorCode.INVALID_ENVELOPE, fault(bob, second));
    assertNotEquals(first.id(), second.id());
  }

  @Example
  @Label("Our own message that a peer sends back under another id is refused: its nonce was ours (A-34)")
  void reflected() throws WornKeyException {
    EndToEnd ours = new EndToEnd(ALICE, BOB.publicKey(), 0, kept -> {});
    BodyCodec codec =
        new BodyCodec(terms(Optional.empty(), true), MAX, Optional.of(ours), new Random(1), Choices.DEFAULT);
    Envelope sealed = codec.sealed(message("{}"));
    Envelope back = new Stamp(new UUID(0x4000, 1L << 63), BOB_ADDRESS, ALICE_ADDRESS, 5, NOW)
        .envelope(MessageType.MESSAGE_SEND).withForm(Optional.empty(), sealed.e2eNonce(), sealed.body());

    assertEquals(ErrorCode.INVALID_ENVELOPE, fault(codec, back));
  }

  @Example
  @Label("Nonces are remembered up to a bound, and a pair of keys encrypts at most 2^32 messages (A-34)")
  void bounds() throws WornKeyException, ProtocolException {
    EndToEnd bob = new EndToEnd(BOB, ALICE.publicKey(), 0, kept -> {});
    EndToEnd alice = new EndToEnd(
        ALICE, BOB.publicKey(), EndToEnd.MAX_MESSAGES - EndToEnd.REMEMBERED_NONCES - 1, kept -> {});
    UUID other = new UUID(0, 99);
    Random random = new Random(3);
    EndToEnd.Secret first = alice.encrypt(new byte[1], new UUID(0, 0), random);
    bob.decrypt(first.nonce(), first.ciphertext(), new UUID(0, 0));
    assertThrows(ProtocolException.class, () -> bob.decrypt(first.nonce(), first.ciphertext(), other));
    for (int i = 1; i <= EndToEnd.REMEMBERED_NONCES; i++) {
      EndToEnd.Secret secret = alice.encrypt(new byte[1], new UUID(0, i), random);
      bob.decrypt(secret.nonce(), secret.ciphertext(), new UUID(0, i));
    }
    assertEquals(1, bob.decrypt(first.nonce(), first.ciphertext(), other).length);
    assertEquals(EndToEnd.MAX_MESSAGES, alice.messages());
    assertThrows(WornKeyException.class, () -> alice.encrypt(new byte[1], other, random));
    assertEquals(EndToEnd.REMEMBERED_NONCES + 2, bob.messages());
  }

  @Example
  @Label("A number to keep is told before the count comes to it, and seldom; the count goes on from what was kept "
      + "(A-34)")
  void keptCount() throws WornKeyException {
    List<Long> kept = new ArrayList<>();
    EndToEnd alice = new EndToEnd(ALICE, BOB.publicKey(), 5, kept::add);
    Random random = new Random(4);
    for (int i = 0; i < EndToEnd.KEPT_AHEAD + 10; i++) {
      alice.encrypt(new byte[1], new UUID(0, i), random);
      assertTrue(alice.messages() <= kept.getLast());
    }
    assertEquals(List.of(6 + EndToEnd.KEPT_AHEAD, 6 + 2 * EndToEnd.KEPT_AHEAD), kept);
    assertEquals(kept.getLast(), new EndToEnd(ALICE, BOB.publicKey(), kept.getLast(), kept::add).messages());
  }
}
