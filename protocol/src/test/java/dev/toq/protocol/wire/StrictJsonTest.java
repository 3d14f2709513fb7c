package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {
  private static JsonValue parse(String json) throws JsonException {
    return StrictJson.parse(json.getBytes(StandardCharsets.UTF_8));
  }

  private static String refusal(byte[] bytes) {
    return String.valueOf(assertThrows(JsonException.class, () -> StrictJson.parse(bytes)).getMessage());
  }

  private static String refusal(String json) {
    return refusal(json.getBytes(StandardCharsets.UTF_8));
  }

  @DisplayName("Every kind of value is read, in the order received, numbers in their own text")
  @Test
  void kinds() throws JsonException {
    JsonObject expected = JsonObject.builder()
        .put("z", new JsonArray(List.of(new JsonNumber("1.50"), new JsonNumber("-0"), new JsonNumber("1E+05"))))
        .put("a", "x\u00e9\ud83d\ude00\n")
        .put("t", true)
        .put("f", false)
        .put("n", JsonNull.NULL)
        .put("", new JsonObject(java.util.Map.of()))
        .build();
    JsonValue read = parse(
        "\r\n\t {\"z\":[1.50,-0,1E+05],\"a\":\"x\u00e9\\uD83D\\ude00\\n\",\"t\":true,\"f\":false,\"n\":null,\"\":{}} ");
    assertEquals(expected, read);
    assertEquals(List.of("z", "a", "t", "f", "n", ""), List.copyOf(((JsonObject) read).members().keySet()));
    assertEquals(new JsonString("x"), parse("\"x\""));
    assertEquals(JsonBoolean.FALSE, parse("false"));
  }

  @DisplayName("Text that other readers let pass is refused")
  @ParameterizedTest(name = "refused: {0}")
  @ValueSource(strings = {
    "", " ", "{", "[", "\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "[1", "[1,", "]", "}", "{]", "[}",
    "nul", "tru",
    "[1,]", "{\"a\":1,}", "[,1]", "[1,,2]", "{,}", "[1 2]", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{a:1}", "{'a':1}", "'a'",
    "{\"a\"=1}", "{\"a\"=>1}", "{\"a\":1;\"b\":2}", "[1;2]", "{1:2}", "{null:1}", "TRUE", "False", "Null",
    "NaN", "Infinity",
    "-Infinity", "+1", ".5", "1.", "-", "-.5", "01", "-01", "00", "1e", "1e+", "1.e5", "0x10", "1_000", "1f",
    "--1", "1e5.5",
    "1 1", "{} {}", "[] x", "1,", "\"a\" \"b\"", "/*c*/1", "1//c", "#c\n1", ")]}'\n1", "\"\\x41\"", "\"\\'\"",
    "\"\\u12\"",
    "\"\\u12g4\"", "\"\\u+123\"", "\"\\\n\"", "\"\\a\"", "\u00a01", "\u20281", "1\u0000", "\f1", "[1]\u0000",
    "\ufeff1", "\ufeff"
  })
  void malformed(String json) {
    refusal(json);
  }

  @DisplayName("A control character inside a string is refused raw and read escaped")
  @Test
  void controlCharacters() throws JsonException {
    for (char control = 0; control < 0x20; control++) {
      refusal("\"a" + control + "b\"");
      refusal("{\"a" + control + "\":1}");
      assertEquals(new JsonString("a" + control + "b"), parse(String.format("\"a\\u%04xb\"", (int) control)));
    }
    assertEquals(new JsonString("a\u007fb"), parse("\"a\u007fb\""));
  }

  @DisplayName("R-4.1-01: bytes that are not valid UTF-8 are refused")
  @ParameterizedTest(name = "R-4.1-01: the bytes {0} are not UTF-8")
  @ValueSource(strings = {
    "80", "bf", "c0af", "c1bf", "c3", "c328", "e080af", "e28828", "eda080", "edbfbf", "f08080af", "f4908080",
    "f5808080", "ff",
    "fe", "e282", "f09f98"
  })
  void badUtf8(String hex) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write('"');
    bytes.writeBytes(HexFormat.of().parseHex(hex));
    bytes.write('"');
    assertEquals("not valid UTF-8", refusal(bytes.toByteArray()));
  }

  @DisplayName("UTF-16 and UTF-32 are refused")
  @Test
  void otherEncodings() {
    refusal("{}".getBytes(StandardCharsets.UTF_16BE));
    refusal("{}".getBytes(StandardCharsets.UTF_16LE));
    refusal("{}".getBytes(StandardCharsets.UTF_32BE));
  }

  @DisplayName("A name that occurs twice in one object is refused at any level, however it is spelled")
  @ParameterizedTest(name = "twice the same name: {0}")
  @ValueSource(strings = {
    "{\"a\":1,\"a\":1}", "{\"to\":1,\"b\":2,\"to\":3}", "{\"a\":null,\"a\":1}", "{\"a\":1,\"a\":null}",
    "{\"\":1,\"\":2}",
    "{\"a\":1,\"\\u0061\":2}", "[[{\"x\":{\"\\u00e9\":1,\"\u00e9\":2}}]]", "{\"\\ud83d\\ude00\":1,\"\ud83d\ude00\":2}"
  })
  void duplicates(String json) {
    assertTrue(refusal(json).contains("twice in one object"));
  }

  @DisplayName("Names that only look alike, and equal names in different objects, are kept")
  @Test
  void notDuplicates() throws JsonException {
    parse("{\"a\":{\"a\":1},\"A\":[{\"a\":1},{\"a\":2}],\"\u00e9\":1,\"e\u0301\":2}");
  }

  @DisplayName("Surrogates are read in pairs only, in names and in strings")
  @ParameterizedTest(name = "a lone surrogate: {0}")
  @ValueSource(strings = {
    "\"\\ud800\"", "\"\\udc00\"", "\"\\ude00\\ud83d\"", "\"\\ud83d\\ud83d\\ude00\"", "\"a\\ud83dx\"", "{\"\\ud800\":1}",
    "{\"a\":[\"\\udfff\"]}", "\"\\ud83d\\n\""
  })
  void loneSurrogates(String json) {
    refusal(json);
  }

  @DisplayName("64 containers inside one another are read, 65 are refused, and 100000 harm nothing")
  @Test
  void depth() throws JsonException {
    parse("[".repeat(64) + "]".repeat(64));
    parse("{\"a\":".repeat(63) + "[1]" + "}".repeat(63));
    refusal("[".repeat(65) + "]".repeat(65));
    refusal("{\"a\":".repeat(65) + "1" + "}".repeat(65));
    refusal("[".repeat(100_000));
    refusal("{\"a\":".repeat(100_000));
    refusal("[{\"a\":".repeat(50_000));
  }

  @DisplayName("A number that no double holds is refused, however it is written")
  @ParameterizedTest(name = "too large: {0}")
  @ValueSource(strings = {"1e400", "-1e400", "1e309", "1.8e308", "1E99999999999", "17976931348623159e292"})
  void infinite(String json) {
    assertEquals("a number that no double can hold", refusal(json));
  }

  @DisplayName("Large, small and long numbers are read in their own text")
  @ParameterizedTest(name = "read: {0}")
  @ValueSource(strings = {
    "1.7976931348623157e308", "-1.7976931348623157e308", "1e-400", "1e-99999999999", "0e99999999999",
    "123456789012345678901234567890", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "0",
    "-0", "-0.0",
    "0.10000000000000000000000000000000000", "1e+05", "1E-05", "2", "-1"
  })
  void numbers(String json) throws JsonException {
    assertEquals(new JsonNumber(json), parse(json));
  }

  @DisplayName("A number has at most 400 characters")
  @Test
  void longNumbers() throws JsonException {
    String longest = "1." + "3".repeat(398);
    assertEquals(new JsonNumber(longest), parse(longest));
    assertEquals("a number of 401 characters", refusal(longest + "3"));
    refusal("9".repeat(400));
    refusal("[" + "1".repeat(2000) + "]");
  }

  @DisplayName("Neither colliding names nor endless numbers take long")
  @Test
  void bombs() {
    // Far more than they take, so that a slow machine passes; without care both take minutes.
    assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
      parse(collidingNames(50_000));
      refusal("1" + "0".repeat(1_000_000));
      refusal("0." + "1".repeat(1_000_000));
      refusal("1e" + "9".repeat(1_000_000));
      parse("[" + ("0." + "7".repeat(390) + "e-9,").repeat(2_500) + "0]");
      parse("[" + "0,".repeat(500_000) + "0]");
    });
  }

  private static String collidingNames(int count) {
    StringBuilder json = new StringBuilder("{");
    for (int i = 0; i < count; i++) {
      json.append(i == 0 ? "\"" : ",\"");
      for (int bit = 0; bit < 16; bit++) {
        json.append((i >> bit & 1) == 0 ? "Aa" : "BB"); // equal hash codes
      }
      json.append("\":0");
    }
    return json.append('}').toString();
  }

  @DisplayName("A refusal names the place and none of the peer's text unescaped")
  @Test
  void messages() {
    assertEquals("not JSON at line 1 column 6", refusal("{\"a\":\u001b[31m}"));
    assertFalse(refusal("{\"\\u001b[31m\":1,\"\\u001b[31m\":2}").contains("\u001b"));
    assertTrue(refusal("{\"" + "x".repeat(100_000) + "\":1,\"" + "x".repeat(100_000) + "\":2}").length() < 200);
  }

  @DisplayName("Writing keeps the order of members and the text of numbers")
  @Test
  void writing() throws JsonException {
    String json = "{\"b\":[1.50,-0,true,null,{}],\"a\":\"\u00e9/\\n\\u001f\\\"\"}";
    assertEquals(json, new String(StrictJson.write(parse(json)), StandardCharsets.UTF_8));
  }
}
