package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

class StrictJsonProps {
  @Property
  @Label("What is written is read back as it was")
  void roundTrip(@ForAll(supplier = AnyJson.class) JsonValue value) throws JsonException {
    assertEquals(value, StrictJson.parse(StrictJson.write(value)));
  }

  @Property
  @Label("Any bytes are a value or a refusal, and nothing else happens")
  void anyBytes(@ForAll byte[] bytes) {
    readOrRefused(bytes);
  }

  @Property
  @Label("A value with one byte changed or cut off is a value or a refusal, and nothing else happens")
  void damaged(@ForAll(supplier = AnyJson.class) JsonValue value, @ForAll byte damage, @ForAll int place) {
    byte[] bytes = StrictJson.write(value);
    int at = Math.floorMod(place, bytes.length);
    readOrRefused(Arrays.copyOf(bytes, at));
    bytes[at] = damage;
    readOrRefused(bytes);
  }

  private static void readOrRefused(byte[] bytes) {
    try {
      StrictJson.parse(bytes);
    } catch (JsonException refused) {
      assertFalse(String.valueOf(refused.getMessage()).isEmpty());
    }
  }
}
