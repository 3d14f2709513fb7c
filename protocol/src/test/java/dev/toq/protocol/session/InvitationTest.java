package dev.toq.protocol.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.identity.Address;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The link of an invitation, whole and damaged. */
class InvitationTest {
  private static final Instant UNTIL = Instant.parse("2026-11-26T12:10:00.5Z");

  private static Invitation to(String address) {
    return new Invitation(Address.parse(address), Side.ALICE_SELF.identity().publicKey().fingerprint(),
        InviteCode.create(new Random(7)), UNTIL);
  }

  private static String reason(String link) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> Invitation.parse(link), link).getMessage());
  }

  @Test
  @DisplayName("A link says whom to call, which key answers, the code and the end, and comes back as it was")
  void whole() {
    for (String address : List.of("toq://localhost/agent", "toq://192.0.2.1:7001/alice", "toq://example.org:9009/a-b",
        "toq://[2001:db8::1]:9010/alice")) {
      Invitation made = to(address);
      Invitation read = Invitation.parse(made.link());
      assertEquals(Address.parse(address), read.address());
      assertEquals(made.fingerprint(), read.fingerprint());
      assertEquals(made.code().name(), read.code().name());
      assertEquals(Instant.parse("2026-11-26T12:10:00Z"), read.expires());
      assertEquals(made.link(), read.link());
      assertTrue(made.link().matches("toq-invite:1/[]\\[A-Za-z0-9_:./-]+"), made.link());
    }
  }

  @Test
  @DisplayName("A link that is cut anywhere, or has any one character changed, is refused with a sentence")
  void damaged() {
    String link = to("toq://example.org:7001/alice").link();
    for (int i = 0; i < link.length(); i++) {
      assertFalse(reason(link.substring(0, i)).isBlank());
      assertFalse(reason(link.substring(i + 1)).isBlank());
      for (char other : new char[] {'A', 'b', '/', '0', ' ', '\u0000', '\u00e9'}) {
        if (link.charAt(i) != other) {
          assertFalse(reason(link.substring(0, i) + other + link.substring(i + 1)).isBlank());
        }
      }
    }
    assertFalse(reason(link + "A").isBlank());
    assertFalse(reason(link + "/").isBlank());
    assertFalse(reason("/".repeat(100_000)).isBlank());
  }

  @Test
  @DisplayName("What is no link, and what is one of a later version, is said so")
  void other() {
    assertEquals("an invite begins with toq-invite:", reason("https://example.org/"));
    assertEquals("this invite is of a later version of toq", reason("toq-invite:2/anything/else"));
    assertEquals("this invite is not complete: it was cut or changed on its way", reason("toq-invite:1/"));
  }

  @Test
  @DisplayName("Neither the text of an invitation nor its name or hash gives the code away")
  void secret() {
    Invitation made = to("toq://example.org/alice");
    String code = made.link().split("/", -1)[4];
    assertFalse(made.toString().contains(code));
    assertFalse(made.link().replace(code, "").contains(made.code().name()));
    assertNotEquals(made.code().name(), InviteCode.create(new Random(8)).name());
  }
}
