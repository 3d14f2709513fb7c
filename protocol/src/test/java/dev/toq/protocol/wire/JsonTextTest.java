package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JsonTextTest {
  @Test
  @DisplayName("A value is kept as its compact text, and is the same value when it is read again")
  void same() throws Exception {
    String compact = "{\"n\":1.50,\"t\":[\"gr\u00fc\u00dfe\",null,true,{}]}";
    JsonValue value = StrictJson.parse(compact.replace(",", " , ").getBytes(StandardCharsets.UTF_8));
    JsonText text = JsonText.of(value);

    assertEquals(compact, text.toString());
    assertEquals(value, text.value());
    byte[] bytes = compact.getBytes(StandardCharsets.UTF_8);
    assertEquals(bytes.length, text.size());
    ByteBuffer buffer = ByteBuffer.allocate(bytes.length);
    text.putInto(buffer);
    assertEquals(ByteBuffer.wrap(bytes), buffer.flip());
    assertEquals(JsonText.of(text.value()), text);
    assertEquals(JsonText.of(text.value()).hashCode(), text.hashCode());
    assertNotEquals(JsonText.of(StrictJson.parse("1.5".getBytes(StandardCharsets.UTF_8))), text);
  }
}
