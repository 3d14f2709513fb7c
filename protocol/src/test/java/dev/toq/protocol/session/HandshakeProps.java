package dev.toq.protocol.session;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Signatures;
import dev.toq.protocol.session.HandshakeException.Fault;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictBase64;
import java.util.Arrays;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class HandshakeProps {
  @Property(tries = 200)
  @Label("R-5.2-02: any other first four bytes are met with silence")
  void refusesOtherMagic(@ForAll @Size(4) byte[] magic) {
    if (!Arrays.equals(magic, Spec.magic())) {
      byte[] hello = HandshakeTest.hello(HandshakeTest.credentials());
      System.arraycopy(magic, 0, hello, 0, 4);
      assertEquals(Fault.NOT_TOQ, HandshakeTest.refused(hello));
    }
  }

  @Property(tries = 100)
  @Label("R-5.4-02: one flipped bit in challenge or signature is met with silence")
  void refusesFlippedBits(@ForAll @IntRange(max = 95) int at, @ForAll @IntRange(max = 7) int bit) {
    byte[] challenge = HandshakeTest.CHALLENGE.clone();
    byte[] signature = ALICE.sign(HandshakeTest.CHALLENGE);
    byte[] target = at < 32 ? challenge : signature;
    target[at < 32 ? at : at - 32] ^= (byte) (1 << bit);
    Map<String, JsonValue> members = HandshakeTest.credentials();
    members.put("challenge", new JsonString(StrictBase64.encode(challenge)));
    members.put("challenge_signature", new JsonString(Signatures.text(signature)));

    assertEquals(Fault.BAD_PROOF, HandshakeTest.refused(HandshakeTest.hello(members)));
  }
}
