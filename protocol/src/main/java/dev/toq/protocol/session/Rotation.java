package dev.toq.protocol.session;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.RotationChain;
import dev.toq.protocol.identity.RotationProof;
import dev.toq.protocol.session.HandshakeException.Fault;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.util.Optional;

/**
 * What credentials say about the keys that the presented one replaced: the member {@code rotation_proof} of the
 * specification, which names no old key, and beside it our own {@code rotation_chain}, which does. Peers that do
 * not know the chain ignore it.
 */
public sealed interface Rotation {
  String PROOF = "rotation_proof";
  String CHAIN = "rotation_chain";

  /** The key replaced no other, or does not say so. */
  record None() implements Rotation {}

  /** Some old key may have signed the presented one; nothing is verified before somebody names that key. */
  record Claimed(RotationProof proof) implements Rotation {}

  /**
   * A chain that ends with the presented key. Its steps fit together and the last one is proven; the earlier ones are
   * verified only for a peer that knows a key in it, because a stranger's chain is not worth 64 verifications.
   */
  record Chained(RotationChain chain) implements Rotation {}

  /** Whether {@code presented} is proven to follow from {@code old}. Costs at most a verification a step. */
  default boolean proves(PublicKey old, PublicKey presented) {
    return switch (this) {
      case None() -> false;
      case Claimed(RotationProof proof) -> proof.proves(old, presented);
      case Chained(RotationChain chain) -> chain.leadsFrom(old);
    };
  }

  /** Adds what we present: null and no chain before the first rotation (R-5.3-08), then the latest proof and all. */
  static JsonValue.Builder present(JsonValue.Builder credentials, RotationChain chain) {
    Optional<RotationChain.Step> latest = chain.latest();
    if (latest.isEmpty()) {
      return credentials.put(PROOF, JsonValue.JsonNull.NULL);
    }
    return credentials
        .put(PROOF, latest.get().proof().toString())
        .put(CHAIN, chain.toJson());
  }

  /**
   * Reads what a peer presents beside this key.
   *
   * @param proofText a text that is no signature proves nothing and counts as none
   */
  static Rotation of(JsonObject credentials, PublicKey presented, Optional<String> proofText)
      throws HandshakeException {
    Optional<RotationProof> proof = proofText.flatMap(RotationProof::parse);
    Optional<JsonValue> steps = credentials.get(CHAIN);
    if (steps.isEmpty()) {
      return proof.<Rotation>map(Claimed::new).orElseGet(None::new);
    }
    RotationChain chain = chain(steps.get());
    RotationChain.Step last = chain.latest().orElseThrow(() -> bad("The rotation_chain is empty."));
    if (!last.newKey().equals(presented) || !Optional.of(last.proof()).equals(proof)) {
      throw bad("The rotation_chain does not end with the public_key and its rotation_proof.");
    }
    if (!last.isProven()) {
      throw bad("The rotation_proof does not verify.");
    }
    return new Chained(chain);
  }

  private static RotationChain chain(JsonValue value) throws HandshakeException {
    if (!(value instanceof JsonArray steps)) {
      throw bad("The rotation_chain is no array.");
    }
    try {
      return RotationChain.of(steps);
    } catch (IllegalArgumentException broken) {
      throw bad("The rotation_chain is broken: " + broken.getMessage() + ".");
    }
  }

  private static HandshakeException bad(String sentence) {
    return new HandshakeException(Fault.BAD_ROTATION, sentence);
  }
}
