package dev.toq.protocol.session;

import static dev.toq.protocol.envelope.Raw.BOB_ADDRESS;
import static dev.toq.protocol.session.Side.ALICE_SELF;
import static dev.toq.protocol.session.Side.BOB_SELF;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.session.Negotiation.Outcome;
import dev.toq.protocol.wire.EndOfFramesException;
import dev.toq.protocol.wire.FrameReader;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Two of ours that have never met, and somebody who ends the TLS of both and stands between them:
 *
 * <pre>
 *   Alice ═══ TLS "a" ═══ relay ═══ TLS "b" ═══ Bob
 * </pre>
 */
class ManInTheMiddleTest {
  private static final Set<String> NEEDED = Set.of("public_key", "challenge", "challenge_signature", "address",
      "session_id", "protocol_version", "version", "id", "type", "from", "to", "sequence", "timestamp", "signature",
      "supported_versions", "selected_version", "features", "body");

  /** How one side's setup ended: agreed, or with this. */
  private record End(Optional<Outcome> outcome, Optional<Exception> fault, boolean isBound, boolean sentAnything) {
    ProtocolException broken() {
      return assertInstanceOf(ProtocolException.class, fault.orElseThrow());
    }
  }

  private record Meeting(End alice, End bob, List<byte[]> fromAlice, List<byte[]> fromBob) {}

  /** The steps of one side after its handshake. */
  private interface Steps {
    Outcome take(SetupChannel setup) throws Exception;
  }

  private static End run(FrameChannel channel, OutputStream out, Self self, String tls,
      Callable<PeerCredentials> handshake, Steps steps) throws Exception {
    try (out) {
      SetupChannel setup = Side.setup(self, handshake.call(), channel, Side.binding(self, tls, false));
      try {
        Outcome outcome = steps.take(setup);
        return new End(Optional.of(outcome), Optional.empty(), setup.isBound(), setup.nextSequence() > 0);
      } catch (ProtocolException | RefusedByPeerException | EndOfFramesException fault) {
        if (fault instanceof ProtocolException broken) {
          setup.report(broken);
        }
        return new End(Optional.empty(), Optional.of(fault), setup.isBound(), setup.nextSequence() > 0);
      }
    }
  }

  private static End alice(InputStream in, OutputStream out, String tls, long seed) throws Exception {
    FrameChannel channel = new FrameChannel(new FrameReader(in), out);
    return run(channel, out, ALICE_SELF, tls,
        () -> Handshake.initiate(channel, ALICE_SELF, BOB_ADDRESS, new Random(seed)),
        setup -> Negotiation.request(setup, Features.NONE));
  }

  private static End bob(InputStream in, OutputStream out, String tls, long seed) throws Exception {
    FrameChannel channel = new FrameChannel(new FrameReader(in), out);
    return run(channel, out, BOB_SELF, tls, () -> {
      PeerCredentials peer = Handshake.receive(channel, BOB_SELF);
      Handshake.answer(channel, BOB_SELF, new Random(seed));
      return peer;
    }, setup -> Negotiation.respond(setup, Negotiation.receive(setup), Features.NONE));
  }

  /** Both sides with a relay between them; where the names of their TLS connections are one, it sees only bytes. */
  private static Meeting meet(String aliceTls, String bobTls, long seed, UnaryOperator<byte[]> toBob,
      UnaryOperator<byte[]> toAlice) throws Exception {
    Pipe aliceOut = new Pipe();
    Pipe bobIn = new Pipe();
    Pipe bobOut = new Pipe();
    Pipe aliceIn = new Pipe();
    var all = Side.both(
        () -> Side.both(() -> alice(aliceIn.in(), aliceOut.out(), aliceTls, seed),
            () -> bob(bobIn.in(), bobOut.out(), bobTls, seed + 1)),
        () -> Side.both(() -> Relay.pass(aliceOut.in(), bobIn.out(), true, toBob),
            () -> Relay.pass(bobOut.in(), aliceIn.out(), false, toAlice)));
    return new Meeting(all.first().first(), all.first().second(), all.second().first(), all.second().second());
  }

  @Test
  @DisplayName("A-37: without anybody in the middle both sides are bound to their connection")
  void honest() throws Exception {
    Meeting meeting = meet("a", "a", 1, UnaryOperator.identity(), UnaryOperator.identity());

    assertInstanceOf(Outcome.Agreed.class, meeting.alice().outcome().orElseThrow());
    assertInstanceOf(Outcome.Agreed.class, meeting.bob().outcome().orElseThrow());
    assertTrue(meeting.alice().isBound());
    assertTrue(meeting.bob().isBound());
  }

  @Test
  @DisplayName("A-37: a relay that forwards every byte is refused at first contact, without an answer")
  void forwards() throws Exception {
    Meeting meeting = meet("a", "b", 1, UnaryOperator.identity(), UnaryOperator.identity());

    assertEquals(ErrorCode.PROTOCOL_VIOLATION, meeting.bob().broken().code());
    assertFalse(meeting.bob().broken().isAnswerable());
    assertTrue(meeting.bob().broken().code().isFatal());
    assertTrue(meeting.bob().broken().reason().contains("relays"), meeting.bob().broken().reason());
    assertFalse(meeting.bob().sentAnything());
    assertFalse(meeting.bob().isBound());
    assertInstanceOf(EndOfFramesException.class, meeting.alice().fault().orElseThrow());
  }

  /** Every member that a peer could do without is taken away, here and inside. */
  private static byte[] stripped(byte[] payload) {
    try {
      return StrictJson.write(stripped((JsonObject) StrictJson.parse(payload)));
    } catch (JsonException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonObject stripped(JsonObject object) {
    Map<String, JsonValue> left = new HashMap<>(object.members());
    left.keySet().retainAll(NEEDED);
    left.replaceAll((name, value) -> value instanceof JsonObject inner ? stripped(inner) : value);
    return new JsonObject(left);
  }

  @Test
  @DisplayName("A-37: a relay that strips every member it can breaks a signature at first contact")
  void strips() throws Exception {
    Meeting meeting = meet("a", "b", 1, ManInTheMiddleTest::stripped, ManInTheMiddleTest::stripped);

    assertEquals(ErrorCode.INVALID_SIGNATURE, meeting.bob().broken().code());
    assertFalse(meeting.bob().sentAnything());
    assertTrue(meeting.alice().outcome().isEmpty());

    Meeting answersOnly = meet("a", "a", 1, UnaryOperator.identity(), ManInTheMiddleTest::stripped);
    assertEquals(ErrorCode.INVALID_SIGNATURE, answersOnly.alice().broken().code());
  }

  @Test
  @DisplayName("A-37: a relay that replays an older negotiation is refused at first contact, by both sides")
  void replays() throws Exception {
    Meeting older = meet("a", "a", 1, UnaryOperator.identity(), UnaryOperator.identity());
    Iterator<byte[]> fromAlice = older.fromAlice().iterator();
    Meeting toBob = meet("c", "b", 9, fresh -> fromAlice.next(), UnaryOperator.identity());
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, toBob.bob().broken().code());
    assertFalse(toBob.bob().sentAnything());

    Iterator<byte[]> fromBob = older.fromBob().iterator();
    Meeting toAlice = meet("c", "c", 9, UnaryOperator.identity(), fresh -> fromBob.next());
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, toAlice.alice().broken().code());
    assertFalse(toAlice.alice().isBound());
  }

  @Test
  @DisplayName("A-37: fresh credentials do not lend their freshness to an older answer")
  void mixes() throws Exception {
    Meeting older = meet("a", "a", 1, UnaryOperator.identity(), UnaryOperator.identity());
    Meeting mixed = meet("c", "c", 9, UnaryOperator.identity(),
        fresh -> Side.typeOf(fresh).isPresent() ? older.fromBob().get(1) : fresh);

    assertEquals(ErrorCode.PROTOCOL_VIOLATION, mixed.alice().broken().code());
    assertInstanceOf(Outcome.Agreed.class, mixed.bob().outcome().orElseThrow());
  }
}
