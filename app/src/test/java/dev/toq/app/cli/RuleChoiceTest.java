package dev.toq.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Permissions.Rule;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RuleChoiceTest {
  private static final PublicKey ANN = key(1);
  private static final PublicKey BOB = key(2);
  private static final Rule.ByAddress LAB = new Rule.ByAddress("toq://lab.example/*");

  private final RuleChoice choice =
      new RuleChoice(List.of(new Rule.ByKey(ANN), new Rule.ByKey(BOB), LAB), "toq approvals");

  private static PublicKey key(int seed) {
    byte[] bytes = new byte[32];
    bytes[0] = (byte) seed;
    return Identity.ofSeed(bytes).publicKey();
  }

  @Test
  @DisplayName("An agent is named by its number, its key, the beginning of its key, or its fingerprint")
  void named() throws Failure {
    String text = BOB.toString();
    assertEquals(new Rule.ByKey(ANN), choice.named("1"));
    assertEquals(LAB, choice.named("3"));
    assertEquals(new Rule.ByKey(BOB), choice.named(text));
    assertEquals(new Rule.ByKey(BOB), choice.named(text.substring(0, 14)));
    assertEquals(new Rule.ByKey(BOB), choice.named(text.substring("ed25519:".length(), 14)));
    assertEquals(new Rule.ByKey(BOB), choice.named(BOB.fingerprint()));
    assertEquals(new Rule.ByKey(BOB), choice.named(BOB.fingerprint().substring(0, 15)));
  }

  @Test
  @DisplayName("A whole key need not be in the list, and an address is a rule of its own")
  void unlisted() throws Failure {
    PublicKey carol = key(3);
    assertEquals(new Rule.ByKey(carol), choice.named(carol.toString()));
    assertEquals(new Rule.ByAddress("toq://example.com/*"), choice.named("toq://example.com/*"));
    assertEquals(new Rule.ByAddress("*"), choice.named("*"));
  }

  @ParameterizedTest(name = "This names nobody, and does not become an address rule: {0}")
  @ValueSource(strings = {"0", "4", "abc", "ed25519:", "ed25519:zzz", "SHA256:", "nobody", "example.com/*", ""})
  void nobody(String word) {
    assertThrows(Failure.class, () -> choice.named(word));
  }

  @ParameterizedTest(name = "A damaged key or address is wrong usage: {0}")
  @ValueSource(
      strings = {
        "ed25519:AAAA=",
        "toq://",
        "toq:///agent",
        "toq://host/Agent",
        "toq://host/agent/more",
        "toq://ho st/agent",
      })
  void damaged(String word) {
    assertEquals(Toq.USAGE, assertThrows(Failure.class, () -> choice.named(word)).exitCode());
  }

  @Test
  @DisplayName("A number counts what the list shows, and never an agent that is only known by its key")
  void numbersCountTheList() throws Failure {
    RuleChoice block = new RuleChoice(List.of(new Rule.ByKey(ANN)), List.of(new Rule.ByKey(BOB)), "toq approvals");
    assertEquals(new Rule.ByKey(ANN), block.named("1"));
    assertThrows(Failure.class, () -> block.named("2"));
    assertEquals(new Rule.ByKey(BOB), block.named(BOB.toString().substring(8, 14)));
  }

  @Test
  @DisplayName("The beginning of two keys names neither")
  void ambiguous() {
    RuleChoice twice = new RuleChoice(List.of(new Rule.ByKey(ANN), new Rule.ByKey(ANN)), "toq approvals");
    Failure failure = assertThrows(Failure.class, () -> twice.named(ANN.toString().substring(8, 14)));
    assertEquals("give more of the key", failure.hint());
  }
}
