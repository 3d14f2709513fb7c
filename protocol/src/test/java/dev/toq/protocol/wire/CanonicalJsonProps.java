package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.toq.protocol.wire.CanonicalJson.Numbers;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

class CanonicalJsonProps {
  @Property
  @Label("R-4.4-03: order of members and white space do not change the canonical bytes")
  void orderDoesNotMatter(@ForAll(supplier = AnyJson.class) JsonValue value) throws JsonException {
    byte[] canonical = CanonicalJson.bytes(value, Numbers.CANONICAL);
    assertArrayEquals(canonical, CanonicalJson.bytes(reversed(value), Numbers.CANONICAL));
    String spaced = " " + new String(StrictJson.write(reversed(value)), StandardCharsets.UTF_8) + "\r\n\t ";
    assertArrayEquals(canonical,
        CanonicalJson.bytes(StrictJson.parse(spaced.getBytes(StandardCharsets.UTF_8)), Numbers.CANONICAL));
  }

  @Property
  @Label("R-4.4-01: canonical bytes are strict JSON, and canonical of themselves")
  void idempotent(@ForAll(supplier = AnyJson.class) JsonValue value) throws JsonException {
    byte[] canonical = CanonicalJson.bytes(value, Numbers.CANONICAL);
    assertArrayEquals(canonical, CanonicalJson.bytes(StrictJson.parse(canonical), Numbers.CANONICAL));
  }

  @Property
  @Label("What the wire carries is canonical to what is canonical of the value itself")
  void wire(@ForAll(supplier = AnyJson.class) JsonValue value) throws JsonException {
    JsonValue received = StrictJson.parse(CanonicalJson.bytes(value, Numbers.WIRE));
    assertArrayEquals(
        CanonicalJson.bytes(value, Numbers.CANONICAL), CanonicalJson.bytes(received, Numbers.CANONICAL));
    assertArrayEquals(
        CanonicalJson.bytes(value, Numbers.SIGNED), CanonicalJson.bytes(received, Numbers.AS_REFERENCE_READS));
  }

  @Property
  @Label("Names sort as their UTF-8 bytes do")
  void order(@ForAll(supplier = AnyJson.Text.class) String left, @ForAll(supplier = AnyJson.Text.class) String right) {
    int bytes = Arrays.compareUnsigned(
        left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
    assertEquals(Integer.signum(bytes), Integer.signum(CanonicalJson.compareByCodePoint(left, right)));
  }

  private static JsonValue reversed(JsonValue value) {
    return switch (value) {
      case JsonObject(Map<String, JsonValue> members) -> {
        List<String> names = new ArrayList<>(members.keySet());
        Collections.reverse(names);
        Map<String, JsonValue> turned = new LinkedHashMap<>();
        names.forEach(name -> turned.put(name, reversed(Objects.requireNonNull(members.get(name)))));
        yield new JsonObject(turned);
      }
      case JsonArray(List<JsonValue> items) -> new JsonArray(items.stream().map(CanonicalJsonProps::reversed).toList());
      case JsonValue other -> other;
    };
  }
}
