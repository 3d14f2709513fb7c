package dev.toq.protocol.session;

import static dev.toq.protocol.envelope.Raw.ALICE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.Raw;
import dev.toq.protocol.wire.CanonicalJson;
import dev.toq.protocol.wire.CanonicalJson.Numbers;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CardTest {
  private static Map<String, JsonValue> members() {
    Map<String, JsonValue> members = new LinkedHashMap<>();
    members.put("name", new JsonString("Alice"));
    members.put("public_key", new JsonString(ALICE.publicKey().toString()));
    members.put("protocol_version", new JsonString("0.1"));
    return members;
  }

  private static Card read(Map<String, JsonValue> members) throws ProtocolException {
    return Card.of(Optional.of(new JsonObject(members)), ALICE.publicKey());
  }

  private static ErrorCode refused(Map<String, JsonValue> members) {
    ProtocolException fault = assertThrows(ProtocolException.class, () -> read(members));
    assertTrue(fault.code().isFatal() && fault.isAnswerable());
    return fault.code();
  }

  @Test
  @DisplayName("R-7.2-01, R-7.2-04, R-7.2-05: what a card leaves out has its default")
  void readsSmallestCard() throws ProtocolException {
    assertEquals(new Card("Alice", Optional.empty(), ALICE.publicKey(), "0.1", List.of(), false, OptionalLong.empty(),
        OptionalLong.empty(), Optional.empty()), read(members()));
  }

  @Test
  @DisplayName("R-7.2-01: optional fields that are null, odd or unknown change nothing (A-23)")
  void readsLeniently() throws ProtocolException {
    for (String odd : List.of("null", "{}", "-1", "1.5")) {
      Map<String, JsonValue> members = members();
      for (String name : List.of("description", "capabilities", "accept_files", "max_file_size", "max_message_size",
          "connection_mode", "unheard_of")) {
        members.put(name, Raw.parse(odd));
      }
      assertEquals(read(members()), read(members));
    }
  }

  @Test
  @DisplayName("R-3.6-01, R-7.2-01, R-7.2-05, R-7.2-06: every field, the name in any Unicode, makes the round trip; "
      + "a huge size is the largest there is")
  void keepsEveryField() throws ProtocolException {
    Card full = new Card("\u00dcn\u00efcode \u540d\u524d \ud83e\udd80", Optional.of("d"), ALICE.publicKey(), "0.1",
        List.of("a", "b"), true, OptionalLong.of(5), OptionalLong.of(7), Optional.of("dns-verified"));
    assertEquals(full, Card.of(Optional.of(full.toJson()), ALICE.publicKey()));

    Map<String, JsonValue> members = members();
    members.put("max_message_size", Raw.parse("99999999999999999999"));
    assertEquals(OptionalLong.of(Long.MAX_VALUE), read(members).maxMessageBytes());
  }

  @Test
  @DisplayName("R-7.2-05: max_file_size and capabilities are written only where they mean something")
  void writesNoNulls() {
    Card card = new Card("Alice", Optional.empty(), ALICE.publicKey(), "0.1", List.of(), false, OptionalLong.of(5),
        OptionalLong.empty(), Optional.empty());
    String text = Raw.text(CanonicalJson.bytes(card.toJson(), Numbers.CANONICAL));

    assertEquals("{\"accept_files\":false,\"name\":\"Alice\",\"protocol_version\":\"0.1\",\"public_key\":\""
        + ALICE.publicKey() + "\"}", text);
    assertFalse(text.contains("null"));
  }

  @Test
  @DisplayName("R-7.2-02, R-7.3-01, R-23.1-19: a card with another key than the handshake is a card_key_mismatch")
  void refusesOtherKey() {
    Map<String, JsonValue> members = members();
    members.put("public_key", new JsonString(Raw.BOB.publicKey().toString()));
    assertEquals(ErrorCode.CARD_KEY_MISMATCH, refused(members));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\u3000\t", "\u200b\u202e"})
  @DisplayName("R-7.3-03: an empty or blank name is a protocol violation (A-04, A-71)")
  void refusesBlankName(String name) {
    Map<String, JsonValue> members = members();
    members.put("name", new JsonString(name));
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, refused(members));
  }

  @ParameterizedTest
  @ValueSource(strings = {"name", "public_key", "protocol_version"})
  @DisplayName("R-7.2-03, R-7.3-04: a required field that is missing or null is a protocol violation")
  void refusesMissingFields(String name) throws ProtocolException {
    Map<String, JsonValue> members = members();
    assertEquals("0.1", read(members).protocolVersion());
    members.put(name, JsonNull.NULL);
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, refused(members));
  }

  @Test
  @DisplayName("R-7.3-04: a card that is no object is a protocol violation")
  void refusesOtherBodies() {
    for (Optional<JsonValue> body : List.of(Optional.<JsonValue>empty(), Optional.of(Raw.parse("[]")))) {
      assertEquals(ErrorCode.PROTOCOL_VIOLATION,
          assertThrows(ProtocolException.class, () -> Card.of(body, ALICE.publicKey())).code());
    }
  }

  @Test
  @DisplayName("R-7.3-02, R-23.1-18: a card above 65536 canonical bytes is too large, one of that size is read (A-27)")
  void boundsSize() throws ProtocolException {
    Map<String, JsonValue> members = members();
    members.put("x", new JsonString(""));
    int rest = 65_536 - CanonicalJson.bytes(new JsonObject(members), Numbers.CANONICAL).length;
    members.put("x", new JsonString("x".repeat(rest)));
    assertEquals("Alice", read(members).name());
    members.put("x", new JsonString("x".repeat(rest + 1)));
    assertEquals(ErrorCode.CARD_TOO_LARGE, refused(members));
  }
}
