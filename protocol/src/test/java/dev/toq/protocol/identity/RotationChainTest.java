package dev.toq.protocol.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.envelope.Raw;
import dev.toq.protocol.identity.RotationChain.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class RotationChainTest {
  private static final String KNOWN_PROOF =
      "ed25519:khEkDv4HDkeRIB7/Z5IlmMBMHp7tOnUDcpHhgQ8JyBDUW5Jsqqsh0+VwQxddANK/U4IrmZdZb5piK5VGSnjbDw==";
  private static final List<Identity> IDENTITIES =
      IntStream.range(0, 67).mapToObj(seed -> Identity.generate(new Random(seed))).toList();

  private static PublicKey key(int number) {
    return IDENTITIES.get(number).publicKey();
  }

  /** The chain that begins with key 0 and has so many steps. */
  private static RotationChain chain(int steps) {
    RotationChain chain = RotationChain.NONE;
    for (int i = 0; i < steps; i++) {
      chain = chain.then(IDENTITIES.get(i), key(i + 1));
    }
    return chain;
  }

  @Test
  @DisplayName("R-5.3-08: the known proof of the deployed reference is made, read and verified (A-42)")
  void knownProof() {
    RotationProof made = RotationProof.create(Raw.ALICE, Raw.BOB.publicKey());

    assertEquals(KNOWN_PROOF, made.toString());
    assertEquals(Optional.of(made), RotationProof.parse(KNOWN_PROOF));
    assertTrue(made.proves(Raw.ALICE.publicKey(), Raw.BOB.publicKey()));
    assertFalse(made.proves(Raw.BOB.publicKey(), Raw.ALICE.publicKey()));
    assertFalse(made.proves(key(0), Raw.BOB.publicKey()));
    assertFalse(made.proves(Raw.ALICE.publicKey(), key(0)));
    assertNotEquals(made, RotationProof.create(Raw.ALICE, key(0)));
  }

  @Test
  @DisplayName("A-42: a key is never proven to follow from itself")
  void sameKey() {
    assertFalse(RotationProof.create(Raw.ALICE, Raw.ALICE.publicKey())
        .proves(Raw.ALICE.publicKey(), Raw.ALICE.publicKey()));
  }

  @Test
  @DisplayName("A-42: what is not a signature's text is no proof")
  void malformedProof() {
    for (String text : List.of(
        "", "ed25519:", KNOWN_PROOF.substring(8), KNOWN_PROOF.replace("==", ""), "ed25519:AAAA")) {
      assertEquals(Optional.empty(), RotationProof.parse(text), text);
    }
  }

  @Test
  @DisplayName("R-14.5-01: a chain leads from each of its old keys to the key in use, and from no other (A-42)")
  void leads() {
    RotationChain chain = chain(3);

    for (int i = 0; i < 3; i++) {
      assertTrue(chain.leadsFrom(key(i)), "key " + i);
    }
    assertFalse(chain.leadsFrom(key(3)));
    assertFalse(chain.leadsFrom(key(4)));
    assertTrue(chain.names(key(3)));
    assertFalse(chain.names(key(4)));
    assertEquals(Optional.of(key(3)), chain.latest().map(Step::newKey));
    assertEquals(Optional.empty(), RotationChain.NONE.latest());
    assertFalse(RotationChain.NONE.leadsFrom(key(0)));
  }

  @Test
  @DisplayName("A-43: a chain leads from a key by those that came after it, and by none that only stands before it")
  void leadsBy() {
    assertTrue(chain(3).leadsBy(key(0), key(2)));
    assertTrue(chain(3).leadsBy(key(0), key(3)));
    assertFalse(chain(3).leadsBy(key(2), key(1)));
    assertFalse(chain(3).leadsBy(key(9), key(1)));
    List<Step> steps = new ArrayList<>(chain(1).steps());
    steps.add(0, new Step(key(5), key(0), RotationProof.create(IDENTITIES.get(9), key(0))));
    assertFalse(new RotationChain(steps).leadsBy(key(0), key(5)));
  }

  @Test
  @DisplayName("R-5.6-03: a forged step breaks the way from every key before it, and from none after it")
  void forged() {
    List<Step> steps = new ArrayList<>(chain(3).steps());
    steps.set(1, new Step(key(1), key(2), RotationProof.create(IDENTITIES.get(9), key(2))));
    RotationChain chain = new RotationChain(steps);

    assertFalse(chain.isProven());
    assertFalse(chain.leadsFrom(key(0)));
    assertFalse(chain.leadsFrom(key(1)));
    assertTrue(chain.leadsFrom(key(2)));
    assertTrue(chain(3).isProven());
  }

  @Test
  @DisplayName("A-42: steps that do not follow on each other, or more than 64, are no chain; the oldest are dropped")
  void bounds() {
    List<Step> steps = chain(3).steps();
    assertThrows(IllegalArgumentException.class, () -> new RotationChain(List.of(steps.get(0), steps.get(2))));
    RotationChain longest = chain(64);
    assertEquals(64, longest.steps().size());
    List<Step> tooMany = new ArrayList<>(longest.steps());
    tooMany.add(new Step(key(64), key(65), RotationProof.create(IDENTITIES.get(64), key(65))));
    assertThrows(IllegalArgumentException.class, () -> new RotationChain(tooMany));

    RotationChain shortened = longest.then(IDENTITIES.get(64), key(65));
    assertEquals(64, shortened.steps().size());
    assertFalse(shortened.leadsFrom(key(0)));
    assertTrue(shortened.leadsFrom(key(1)));
  }
}
