package dev.toq.spectests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RawJsonTest {
  private static final String CANONICAL = """
      {"body":{"n":1.5,"ok":true,"text":"héllo"},"content_type":"application/json",\
      "from":"toq://192.168.1.50:9010/alice","id":"550e8400-e29b-41d4-a716-446655440000","sequence":2,\
      "thread_id":"t-1","timestamp":"2026-03-17T06:08:59.5Z","to":["toq://192.168.1.51/bob"],\
      "type":"message.send","version":"0.1"}""";
  private static final String SIGNATURE =
      "ed25519:n/V84nQhDQ2hcutWaI3sOY+GJg8K9MeJnY/LCvg4cSjS6MSezqjc8ILMci+zCsSCmbbncCqrozQgqoc5RZW9AQ==";

  private static RawIdentity seedA() {
    byte[] seed = new byte[32];
    for (int i = 0; i < seed.length; i++) {
      seed[i] = (byte) i;
    }
    return RawIdentity.ofSeed(seed, "toq://192.168.1.50:9010/alice");
  }

  @Test
  @DisplayName("The known seed gives the known key, canonical bytes and signature")
  void knownVector() {
    JsonObject shuffled = RawJson.object("""
        {"version":"0.1","type":"message.send","to":["toq://192.168.1.51/bob"],"signature":"x", "sequence":2,
         "timestamp":"2026-03-17T06:08:59.5Z","thread_id":"t-1","id":"550e8400-e29b-41d4-a716-446655440000",
         "from":"toq://192.168.1.50:9010/alice","content_type":"application\\/json",
         "body":{"text":"h\\u00e9llo","ok":true,"n":1.50}}""");
    byte[] bytes = RawJson.signedBytes(shuffled);
    assertEquals(CANONICAL, new String(bytes, StandardCharsets.UTF_8));
    assertEquals(299, bytes.length);
    assertEquals("ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", seedA().publicKey());
    assertEquals(SIGNATURE, seedA().sign(bytes));
    assertTrue(RawIdentity.verifies(seedA().publicKey(), bytes, SIGNATURE));
    bytes[3]++;
    assertFalse(RawIdentity.verifies(seedA().publicKey(), bytes, SIGNATURE));
  }

  @ParameterizedTest(name = "{0} is written {1}")
  @DisplayName("Numbers have one canonical text")
  @CsvSource({
      "0, 0", "-1, -1", "9007199254740993, 9007199254740993", "-0, -0.0", "-0.0, -0.0", "0.0, 0.0",
      "18446744073709551615, 18446744073709551615", "18446744073709551616, 1.8446744073709552e+19",
      "-9223372036854775808, -9223372036854775808", "-9223372036854775809, -9.223372036854776e+18",
      "1.0, 1.0", "1e0, 1.0", "1.50, 1.5", "1E5, 100000.0", "1e15, 1000000000000000.0", "1e16, 1e+16",
      "1.5e300, 1.5e+300", "0.00001, 0.00001", "0.000001, 1e-6", "1.234e-5, 0.00001234", "1.234e-7, 1.234e-7",
      "4.9e-324, 5e-324", "1.7976931348623157e308, 1.7976931348623157e+308",
      "9007199254740992.0, 9007199254740992.0", "1e23, 1e+23", "2e23, 2e+23", "0.9452706955539223, 0.9452706955539223",
      "17963536935594186e-7, 1796353693.5594187", "5.684341886080802e-14, 5.684341886080802e-14"})
  void numbers(String written, String canonical) {
    assertEquals(canonical, RawJson.number(written));
    assertEquals(canonical, RawJson.number(canonical));
  }

  @Test
  @DisplayName("Only quotes, backslashes and control characters are escaped, and keys follow code points")
  void stringsAndKeys() {
    assertEquals("{\"\\\"\\\\\\b\\t\\n\\f\\r\\u0001/\u007f\u2028é\":[],\"\uffff\":{},\"😀\":null}",
        RawJson.canonical(RawJson.object(
            "{\"\\ud83d\\ude00\":null,\"\\uffff\":{ },"
                + "\"\\\"\\\\\\b\\t\\n\\f\\r\\u0001\\/\\u007f\\u2028\\u00e9\":[ ]}")));
  }

  @Test
  @DisplayName("What is not exactly one JSON object without repeated keys is refused")
  void refused() {
    for (String text : new String[] {"", "[]", "{} {}", "{\"a\":1,\"a\":1}", "{a:1}", "{\"a\":01}", "{\"a\":NaN}"}) {
      assertThrows(IllegalArgumentException.class, () -> RawJson.object(text), text);
    }
    assertThrows(IllegalArgumentException.class, () -> RawJson.number("1e400"));
  }
}
