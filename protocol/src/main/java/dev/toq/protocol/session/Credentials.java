package dev.toq.protocol.session;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.RotationChain;
import dev.toq.protocol.identity.Signatures;
import dev.toq.protocol.session.HandshakeException.Fault;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictBase64;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** The credential object of specification sections 5.3 and 5.4. Unknown members are ignored. */
final class Credentials {
  private Credentials() {}

  /** What both roles present of themselves. */
  static JsonValue.Builder own(Self self, RandomGenerator random) {
    byte[] challenge = new byte[Spec.CHALLENGE_BYTES];
    random.nextBytes(challenge); // R-5.3-04, R-17.4-01
    JsonValue.Builder members = JsonObject.builder()
        .put("public_key", self.identity().publicKey().toString()) // R-5.3-03
        .put("challenge", StrictBase64.encode(challenge))
        .put("challenge_signature", Signatures.text(self.identity().sign(challenge))) // R-5.3-05
        .put("address", self.address().toString()); // R-5.3-06
    return Rotation.present(members, self.rotations()); // R-5.3-08
  }

  /** Reads and proves a peer's credentials. */
  static PeerCredentials verified(JsonObject object, Self self) throws HandshakeException {
    PublicKey key = parsed(object, "public_key", lenient(PublicKey::parse));
    if (!key.isAcceptable()) {
      throw new HandshakeException(Fault.BAD_KEY, "The public_key is not a key that anybody can own.");
    }
    byte[] challenge = parsed(object, "challenge", StrictBase64::decode);
    if (challenge.length != Spec.CHALLENGE_BYTES) { // R-5.3-04
      throw new HandshakeException(Fault.MALFORMED, "The challenge does not have 32 bytes.");
    }
    byte[] signature = parsed(object, "challenge_signature", Signatures::parse);
    Address address = parsed(object, "address", lenient(Address::parse));
    Optional<String> rotationProof = optionalText(object, Rotation.PROOF);
    Optional<String> targetAgent = optionalText(object, "target_agent");
    Optional<String> sessionId = optionalText(object, "session_id");
    Optional<String> protocolVersion = optionalText(object, "protocol_version");
    requireProof(key, challenge, signature, self.identity().publicKey());
    Rotation rotation = Rotation.of(object, key, rotationProof);
    if (rotation instanceof Rotation.Chained(RotationChain chain)
        && chain.names(PublicKey.ofBytes(challenge))) {
      throw challengeIsKey();
    }
    return new PeerCredentials(key, address, challenge, targetAgent, sessionId, protocolVersion, rotation);
  }

  private static void requireProof(PublicKey key, byte[] challenge, byte[] signature, PublicKey own)
      throws HandshakeException {
    if (key.equals(own)) {
      throw new HandshakeException(Fault.OWN_KEY, "The peer has our own key.");
    }
    // A rotation proof is a signature over a public key, and travels in every handshake: it must not pass here.
    PublicKey asKey = PublicKey.ofBytes(challenge);
    if (asKey.equals(key) || asKey.equals(own)) {
      throw challengeIsKey();
    }
    if (!key.verify(challenge, signature)) { // R-5.1-01, R-5.4-02
      throw new HandshakeException(Fault.BAD_PROOF, "The challenge_signature does not verify.");
    }
  }

  private static HandshakeException challengeIsKey() {
    return new HandshakeException(Fault.BAD_PROOF, "The challenge is a public key.");
  }

  private static <T> T parsed(JsonObject object, String name, Function<String, Optional<T>> parser)
      throws HandshakeException {
    return object.text(name).flatMap(parser).orElseThrow(
        () -> new HandshakeException(Fault.MALFORMED, "The credentials have no sound text '" + name + "'."));
  }

  /** A parser that throws, as one that returns empty. */
  private static <T> Function<String, Optional<T>> lenient(Function<String, T> parser) {
    return text -> {
      try {
        return Optional.of(parser.apply(text));
      } catch (IllegalArgumentException malformed) {
        return Optional.empty();
      }
    };
  }

  private static Optional<String> optionalText(JsonObject object, String name) throws HandshakeException {
    Optional<JsonValue> value = object.get(name);
    if (value.isPresent() && !(value.get() instanceof JsonString)) {
      throw new HandshakeException(Fault.MALFORMED, "The field '" + name + "' is not a text.");
    }
    return object.text(name);
  }
}
