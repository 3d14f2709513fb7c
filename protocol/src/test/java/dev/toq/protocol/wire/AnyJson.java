package dev.toq.protocol.wire;

import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ArbitrarySupplier;

/** Arbitrary JSON values, with the texts and numbers on which implementations differ. */
public final class AnyJson implements ArbitrarySupplier<JsonValue> {

  /** Strings without lone surrogates, from all planes. */
  public static final class Text implements ArbitrarySupplier<String> {
    @Override
    public Arbitrary<String> get() {
      return text();
    }
  }

  @Override
  public Arbitrary<JsonValue> get() {
    return json(3);
  }

  private static Arbitrary<String> text() {
    Arbitrary<Integer> characters = Arbitraries.oneOf(
        Arbitraries.integers().between(0, 0x7f),
        Arbitraries.integers().between(0x80, 0xd7ff),
        Arbitraries.integers().between(0xe000, 0xffff),
        Arbitraries.integers().between(0x10000, 0x10ffff));
    return characters.list().ofMaxSize(8).map(points -> {
      StringBuilder text = new StringBuilder();
      points.forEach(text::appendCodePoint);
      return text.toString();
    });
  }

  /** Edge cases are left out of containers: their combinations would fill the memory. */
  private static Arbitrary<JsonValue> json(int depth) {
    if (depth == 0) {
      return leaf();
    }
    Arbitrary<JsonValue> inner = json(depth - 1);
    return Arbitraries.oneOf(
            leaf(),
            inner.list().ofMaxSize(4).map(JsonArray::new),
            Arbitraries.maps(text(), inner).ofMaxSize(4).map(JsonObject::new))
        .withoutEdgeCases();
  }

  private static Arbitrary<JsonValue> leaf() {
    return Arbitraries.oneOf(
        text().map(JsonString::new),
        Arbitraries.longs().map(JsonNumber::of),
        Arbitraries.doubles().map(value -> new JsonNumber(Double.toString(value))),
        Arbitraries.longs().map(Double::longBitsToDouble).filter(Double::isFinite)
            .map(value -> new JsonNumber(Double.toString(value))),
        Arbitraries.of(JsonBoolean.TRUE, JsonBoolean.FALSE, JsonNull.NULL));
  }
}
