package dev.toq.protocol.identity;

import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The rotations of one identity, oldest first: each step begins with the key that the step before ended with.
 *
 * <pre>
 *   K1 ── proof by K1 ──▶ K2 ── proof by K2 ──▶ K3, the key that is in use
 * </pre>
 *
 * A peer that last met K1 can follow it to K3, however long it was away (R-14.5-01, A-42). That the steps fit together
 * is certain; that their proofs are good is asked of {@link #leadsFrom} and {@link #isProven}.
 *
 * @param steps at most {@value #MAX_STEPS}
 */
public record RotationChain(List<Step> steps) {
  /** A rotation every 90 days for 16 years; the JSON of so many fits into a handshake. */
  public static final int MAX_STEPS = 64;

  /** The chain of a key that never replaced another. */
  public static final RotationChain NONE = new RotationChain(List.of());

  /** One rotation. */
  public record Step(PublicKey oldKey, PublicKey newKey, RotationProof proof) {
    private static final String OLD_KEY = "old_public_key";
    private static final String NEW_KEY = "new_public_key";
    private static final String PROOF = "rotation_proof";

    /** Reads what {@link #toJson} gave; whether the proof is good is not asked. Else IllegalArgumentException. */
    static Step of(JsonObject json) {
      return new Step(key(json, OLD_KEY), key(json, NEW_KEY), json.text(PROOF).flatMap(RotationProof::parse)
          .orElseThrow(() -> new IllegalArgumentException("a rotation has no sound " + PROOF)));
    }

    private static PublicKey key(JsonObject json, String name) {
      try {
        return PublicKey.parse(json.text(name).orElse(""));
      } catch (IllegalArgumentException malformed) {
        throw new IllegalArgumentException("a rotation has no sound " + name + ": " + malformed.getMessage());
      }
    }

    /** The rotation as peers, the key file and the API show it. */
    public JsonObject toJson() {
      return JsonObject.builder()
          .put(OLD_KEY, oldKey.toString())
          .put(NEW_KEY, newKey.toString())
          .put(PROOF, proof.toString())
          .build();
    }

    /** Whether the old key signed the new one. Costs one verification. */
    public boolean isProven() {
      return proof.proves(oldKey, newKey);
    }
  }

  /** Throws IllegalArgumentException where there are too many steps, or one does not follow from the one before. */
  public RotationChain {
    steps = List.copyOf(steps);
    if (steps.size() > MAX_STEPS) {
      throw new IllegalArgumentException("a rotation chain has at most " + MAX_STEPS + " steps, not " + steps.size());
    }
    for (int i = 1; i < steps.size(); i++) {
      if (!steps.get(i).oldKey().equals(steps.get(i - 1).newKey())) {
        throw new IllegalArgumentException("step " + (i + 1) + " of a rotation chain begins with another key");
      }
    }
  }

  /** Reads what {@link #toJson} gave; throws IllegalArgumentException, also where it is too long or broken. */
  public static RotationChain of(JsonArray json) {
    return new RotationChain(json.items().stream().map(item -> {
      if (item instanceof JsonObject step) {
        return Step.of(step);
      }
      throw new IllegalArgumentException("a rotation is no object");
    }).toList());
  }

  /** The steps, oldest first. */
  public JsonArray toJson() {
    return new JsonArray(steps.stream().<JsonValue>map(Step::toJson).toList());
  }

  /** This chain and one rotation more; the oldest step is dropped where there would be too many. */
  public RotationChain then(Identity old, PublicKey next) {
    List<Step> longer = new ArrayList<>(steps);
    longer.add(new Step(old.publicKey(), next, RotationProof.create(old, next)));
    return new RotationChain(longer.subList(Math.max(0, longer.size() - MAX_STEPS), longer.size()));
  }

  /** The newest rotation. */
  public Optional<Step> latest() {
    return steps.isEmpty() ? Optional.empty() : Optional.of(steps.getLast());
  }

  /** Whether this key stands anywhere in the chain. */
  public boolean names(PublicKey key) {
    return steps.stream().anyMatch(step -> step.oldKey().equals(key) || step.newKey().equals(key));
  }

  /** Whether every step is proven. Costs a verification a step. */
  public boolean isProven() {
    return steps.stream().allMatch(Step::isProven);
  }

  /** Whether the steps from the last one that left {@code known} up to the end are proven; false where none left it. */
  public boolean leadsFrom(PublicKey known) {
    List<Step> after = after(known);
    return !after.isEmpty() && after.stream().allMatch(Step::isProven);
  }

  /** Whether one of those steps ends with {@code next}: what stands before them, nobody has to have signed. */
  public boolean leadsBy(PublicKey known, PublicKey next) {
    return after(known).stream().anyMatch(step -> step.newKey().equals(next));
  }

  private List<Step> after(PublicKey known) {
    int first = steps.size() - 1;
    while (first >= 0 && !steps.get(first).oldKey().equals(known)) {
      first--;
    }
    return first < 0 ? List.of() : steps.subList(first, steps.size());
  }
}
