package dev.toq.protocol.wire;

import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Canonical JSON (specification section 4.4, A-21): member names sorted by code point at every level, no whitespace,
 * minimal escapes, one spelling for each number ({@link CanonicalNumbers}).
 */
public final class CanonicalJson {

  /** How numbers are spelled. */
  public enum Numbers {
    /** The canonical text of the number, correctly read: what verifies. */
    CANONICAL,
    /** What is signed: canonical, except for the rare number that no spelling carries past the reference's reader. */
    SIGNED,
    /** What is transmitted: a spelling of the same number that the deployed reference reads rightly. */
    WIRE,
    /** The text as received. */
    AS_RECEIVED,
    /** The canonical text of what the deployed reference reads. */
    AS_REFERENCE_READS
  }

  /** UTF-16 order differs from code point order only between surrogates and U+E000 to U+FFFF. */
  private static final Comparator<String> BY_CODE_POINT = CanonicalJson::compareByCodePoint;

  private CanonicalJson() {}

  /** The canonical UTF-8 bytes of a value. */
  public static byte[] bytes(JsonValue value, Numbers numbers) {
    JsonBytes out = new JsonBytes();
    write(value, numbers, out);
    return out.toByteArray();
  }

  /** Whether the ways to spell numbers can differ for this value: it holds one that is not a plain integer. */
  public static boolean hasFloats(JsonValue value) {
    return switch (value) {
      case JsonObject(Map<String, JsonValue> members) -> hasFloats(members.values());
      case JsonArray(List<JsonValue> items) -> hasFloats(items);
      case JsonNumber(String text) -> !CanonicalNumbers.isInteger(text);
      case JsonString text -> false;
      case JsonBoolean flag -> false;
      case JsonNull none -> false;
    };
  }

  private static boolean hasFloats(Iterable<JsonValue> values) {
    for (JsonValue value : values) {
      if (hasFloats(value)) {
        return true;
      }
    }
    return false;
  }

  private static void write(JsonValue value, Numbers numbers, JsonBytes out) {
    switch (value) {
      case JsonObject(Map<String, JsonValue> members) -> {
        out.ascii('{');
        String[] names = members.keySet().toArray(String[]::new);
        java.util.Arrays.sort(names, BY_CODE_POINT); // R-4.4-01, R-4.4-03
        for (int i = 0; i < names.length; i++) {
          if (i > 0) {
            out.ascii(',');
          }
          out.string(names[i]);
          out.ascii(':');
          write(java.util.Objects.requireNonNull(members.get(names[i])), numbers, out);
        }
        out.ascii('}');
      }
      case JsonArray(List<JsonValue> items) -> {
        out.ascii('[');
        for (int i = 0; i < items.size(); i++) {
          if (i > 0) {
            out.ascii(',');
          }
          write(items.get(i), numbers, out);
        }
        out.ascii(']');
      }
      case JsonString(String text) -> out.string(text);
      case JsonNumber(String text) -> out.ascii(spell(text, numbers));
      case JsonBoolean flag -> out.ascii(flag == JsonBoolean.TRUE ? "true" : "false");
      case JsonNull.NULL -> out.ascii("null");
    }
  }

  private static String spell(String text, Numbers numbers) {
    return switch (numbers) {
      case CANONICAL -> CanonicalNumbers.canonical(text);
      case SIGNED -> CanonicalNumbers.signed(text);
      case WIRE -> CanonicalNumbers.wire(text);
      case AS_RECEIVED -> text;
      case AS_REFERENCE_READS -> CanonicalNumbers.asReferenceReads(text);
    };
  }

  static int compareByCodePoint(String left, String right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        return Character.isSurrogate(a) == Character.isSurrogate(b) ? a - b : Character.isSurrogate(a) ? 1 : -1;
      }
    }
    return left.length() - right.length();
  }
}
