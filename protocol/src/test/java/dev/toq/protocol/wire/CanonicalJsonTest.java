package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.wire.CanonicalJson.Numbers;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalJsonTest {
  static String canonical(String json) throws JsonException {
    return text(json, Numbers.CANONICAL);
  }

  private static String text(String json, Numbers numbers) throws JsonException {
    byte[] bytes = CanonicalJson.bytes(StrictJson.parse(json.getBytes(StandardCharsets.UTF_8)), numbers);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @DisplayName("R-4.4-01: the envelope of the interoperability vectors has their canonical bytes")
  @Test
  void vector() throws JsonException {
    String received = " {\"version\" : \"0.1\", \"id\":\"550e8400-e29b-41d4-a716-446655440000\",\n"
        + "\"type\":\"message.send\","
        + "\"from\":\"toq://192.168.1.50:9010/alice\",\"to\":[ \"toq:\\/\\/192.168.1.51/bob\" ],\"sequence\":2,"
        + "\"thread_id\":\"t-1\",\"timestamp\":\"2026-03-17T06:08:59.5Z\",\"content_type\":\"application/json\","
        + "\"body\":{\"text\":\"h\\u00e9llo\",\"ok\":true,\"n\":1.50}}";
    String expected = "{\"body\":{\"n\":1.5,\"ok\":true,\"text\":\"h\u00e9llo\"},\"content_type\":\"application/json\","
        + "\"from\":\"toq://192.168.1.50:9010/alice\",\"id\":\"550e8400-e29b-41d4-a716-446655440000\",\"sequence\":2,"
        + "\"thread_id\":\"t-1\",\"timestamp\":\"2026-03-17T06:08:59.5Z\",\"to\":[\"toq://192.168.1.51/bob\"],"
        + "\"type\":\"message.send\",\"version\":\"0.1\"}";
    assertEquals(expected, canonical(received));
    assertEquals(299, expected.getBytes(StandardCharsets.UTF_8).length);
  }

  @DisplayName("R-4.4-01: only quotes, backslashes and control characters are escaped, each in one way")
  @ParameterizedTest(name = "R-4.4-01: {0} is written {1}")
  @CsvSource(quoteCharacter = '`', value = {
    "\"\\u0022\",\"\\\"\"", "\"\\u005c\",\"\\\\\"", "\"\\/\",\"/\"", "\"\\u0008\",\"\\b\"", "\"\\u0009\",\"\\t\"",
    "\"\\u000A\",\"\\n\"", "\"\\u000c\",\"\\f\"", "\"\\u000D\",\"\\r\"", "\"\\u0000\",\"\\u0000\"",
    "\"\\u001F\",\"\\u001f\"", "\"\\u000B\",\"\\u000b\"", "\"<>&'\",\"<>&'\"", "\"\\u00E9\",\"\u00e9\"",
    "\"\\uD83D\\uDE00\",\"\ud83d\ude00\""
  })
  void escapes(String received, String written) throws JsonException {
    assertEquals(written, canonical(received));
  }

  @DisplayName("DEL, line separators and everything beyond ASCII stand raw")
  @ParameterizedTest(name = "{0} stands raw")
  @ValueSource(strings = {"7f", "80", "7ff", "800", "2028", "2029", "ffff", "feff", "10000", "10ffff"})
  void raw(String hex) throws JsonException {
    String character = Character.toString(Integer.parseInt(hex, 16));
    assertEquals("\"a" + character + "b\"", canonical("\"a" + character + "b\""));
  }

  @DisplayName("R-4.4-01: names are sorted by code point at every level, not by UTF-16 unit")
  @Test
  void keyOrder() throws JsonException {
    assertEquals("{\"\":0,\"A\":1,\"a\":2,\"a\\u0000\":3,\"aa\":4,\"\u00e9\":5,\"\uffff\":6,\"\ud83d\ude00\":7}",
        canonical("{\"\ud83d\ude00\":7,\"\uffff\":6,\"\u00e9\":5,\"aa\":4,\"a\\u0000\":3,\"a\":2,\"A\":1,\"\":0}"));
    assertEquals("[{\"a\":{\"b\":1,\"c\":[{\"d\":2,\"e\":3}]}}]",
        canonical("[ {\"a\" : {\"c\" : [ {\"e\":3,\"d\":2} ], \"b\":1} } ]"));
    assertEquals("{\"\ue000\":1,\"\ud800\udc00\":2}", canonical("{\"\ud800\udc00\":2,\"\ue000\":1}"));
  }

  @DisplayName("Arrays keep their order, and empty containers and literals stand as they are")
  @Test
  void arrays() throws JsonException {
    assertEquals("[3,1,2,[],{},null,true,false,\"\"]",
        canonical("[3, 1, 2, [ ], { }, null, true, false, \"\"]"));
  }

  @DisplayName("A value is spelled in five ways that differ in nothing but numbers")
  @Test
  void numberModes() throws JsonException {
    String json = "{\"a\":[1.50,0.9452706955539223,12]}";
    assertEquals("{\"a\":[1.50,0.9452706955539223,12]}", text(json, Numbers.AS_RECEIVED));
    assertEquals("{\"a\":[1.5,0.9452706955539223,12]}", text(json, Numbers.CANONICAL));
    assertEquals("{\"a\":[1.5,0.9452706955539223,12]}", text(json, Numbers.SIGNED));
    assertEquals("{\"a\":[1.5,0.9452706955539224,12]}", text(json, Numbers.AS_REFERENCE_READS));
    assertEquals("{\"a\":[1.5,0.9452706955539223,12]}", canonical(text(json, Numbers.WIRE)));
    assertEquals("{\"a\":[1.5,0.9452706955539223,12]}", text(text(json, Numbers.WIRE), Numbers.AS_REFERENCE_READS));
  }

  @DisplayName("Whether a value holds anything but plain integers is seen at every depth")
  @Test
  void hasFloats() throws JsonException {
    assertTrue(hasFloats("{\"a\":[1,{\"b\":2.0}]}"));
    assertTrue(hasFloats("[1e2]"));
    assertTrue(hasFloats("-0"));
    assertTrue(hasFloats("18446744073709551616"));
    assertFalse(hasFloats("{\"a\":[1,{\"b\":18446744073709551615},null,true,\"1.5\"]}"));
  }

  private static boolean hasFloats(String json) throws JsonException {
    return CanonicalJson.hasFloats(StrictJson.parse(json.getBytes(StandardCharsets.UTF_8)));
  }

  @DisplayName("A string with a lone surrogate is never written")
  @ParameterizedTest(name = "a lone surrogate is never written, case {index}")
  @ValueSource(ints = {0xd800, 0xdfff})
  void loneSurrogate(int unit) {
    JsonString text = new JsonString("a" + (char) unit + "b");
    assertThrows(IllegalArgumentException.class, () -> CanonicalJson.bytes(text, Numbers.CANONICAL));
    JsonString last = new JsonString("a" + (char) unit);
    assertThrows(IllegalArgumentException.class, () -> StrictJson.write(last));
    JsonObject name = JsonObject.builder().put(Character.toString(unit), 1).build();
    assertThrows(IllegalArgumentException.class, () -> StrictJson.write(name));
  }
}
