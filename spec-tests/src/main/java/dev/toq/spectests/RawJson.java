package dev.toq.spectests;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.internal.LazilyParsedNumber;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Reading JSON with every number's text kept, and the canonical form that signatures cover (specification 4.2). */
public final class RawJson {
  private static final BigInteger LOWEST = BigInteger.ONE.shiftLeft(63).negate();
  private static final BigInteger HIGHEST = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
  private static final int SHORTEST_DIGITS = 17;
  private static final int LOWEST_PLAIN_EXPONENT = -5;
  private static final int HIGHEST_PLAIN_EXPONENT = 15;

  private RawJson() {}

  /**
   * Reads exactly one JSON object.
   *
   * @throws IllegalArgumentException for anything else, for a key that stands twice, and for trailing text
   */
  public static JsonObject object(String text) {
    try (JsonReader reader = new JsonReader(new StringReader(text))) {
      reader.setStrictness(Strictness.STRICT);
      JsonElement value = read(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT || !value.isJsonObject()) {
        throw new IllegalArgumentException("not one JSON object: " + text);
      }
      return value.getAsJsonObject();
    } catch (IOException e) {
      throw new IllegalArgumentException("not JSON: " + text, e);
    }
  }

  /** Reads any one JSON value, for bodies of messages. */
  public static JsonElement value(String text) {
    return object("{\"value\":" + text + "}").get("value");
  }

  private static JsonElement read(JsonReader reader) throws IOException {
    return switch (reader.peek()) {
      case BEGIN_OBJECT -> {
        JsonObject object = new JsonObject();
        reader.beginObject();
        while (reader.hasNext()) {
          String key = reader.nextName();
          if (object.has(key)) {
            throw new IllegalArgumentException("key stands twice: " + key);
          }
          object.add(key, read(reader));
        }
        reader.endObject();
        yield object;
      }
      case BEGIN_ARRAY -> {
        JsonArray array = new JsonArray();
        reader.beginArray();
        while (reader.hasNext()) {
          array.add(read(reader));
        }
        reader.endArray();
        yield array;
      }
      case STRING -> new JsonPrimitive(reader.nextString());
      case NUMBER -> new JsonPrimitive(new LazilyParsedNumber(reader.nextString()));
      case BOOLEAN -> new JsonPrimitive(reader.nextBoolean());
      case NULL -> {
        reader.nextNull();
        yield JsonNull.INSTANCE;
      }
      case END_ARRAY, END_OBJECT, NAME, END_DOCUMENT -> throw new IllegalArgumentException("a value is missing");
    };
  }

  /** The bytes that a signature covers: this tree's canonical form, without {@code signature} at its top. */
  public static byte[] signedBytes(JsonObject envelope) {
    JsonObject bare = envelope.deepCopy();
    bare.remove("signature");
    return canonical(bare).getBytes(StandardCharsets.UTF_8);
  }

  /** Keys by code point, no whitespace, least escaping, shortest numbers. */
  public static String canonical(JsonElement value) {
    StringBuilder out = new StringBuilder();
    write(value, out);
    return out.toString();
  }

  private static void write(JsonElement value, StringBuilder out) {
    if (value.isJsonObject()) {
      List<Map.Entry<String, JsonElement>> members = new ArrayList<>(value.getAsJsonObject().entrySet());
      members.sort(Map.Entry.comparingByKey(BY_CODE_POINT));
      String separator = "{";
      for (Map.Entry<String, JsonElement> member : members) {
        out.append(separator);
        writeString(member.getKey(), out);
        out.append(':');
        write(member.getValue(), out);
        separator = ",";
      }
      out.append(members.isEmpty() ? "{}" : "}");
    } else if (value.isJsonArray()) {
      String separator = "[";
      for (JsonElement element : value.getAsJsonArray()) {
        out.append(separator);
        write(element, out);
        separator = ",";
      }
      out.append(value.getAsJsonArray().isEmpty() ? "[]" : "]");
    } else if (value.isJsonNull()) {
      out.append("null");
    } else if (value.getAsJsonPrimitive().isString()) {
      writeString(value.getAsString(), out);
    } else if (value.getAsJsonPrimitive().isNumber()) {
      out.append(number(value.getAsString()));
    } else {
      out.append(value.getAsBoolean());
    }
  }

  /** UTF-8 bytes order as code points do; UTF-16 units, which String compares, do not. */
  private static final Comparator<String> BY_CODE_POINT = (left, right) -> {
    int[] a = left.codePoints().toArray();
    int[] b = right.codePoints().toArray();
    return Arrays.compare(a, b);
  };

  private static void writeString(String text, StringBuilder out) {
    out.append('"');
    text.codePoints().forEach(c -> {
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\f' -> out.append("\\f");
        case '\r' -> out.append("\\r");
        default -> out.append(c < 0x20 ? String.format("\\u%04x", c) : Character.toString(c));
      }
    });
    out.append('"');
  }

  /**
   * The canonical text of a number, given as text; the text also decides whether it is an integer.
   *
   * @throws IllegalArgumentException when it is beyond the range of a double
   */
  static String number(String text) {
    if (text.matches("-?[0-9]+") && !text.equals("-0")) {
      BigInteger integer = new BigInteger(text);
      if (integer.compareTo(LOWEST) >= 0 && integer.compareTo(HIGHEST) <= 0) {
        return text;
      }
    }
    double value = Double.parseDouble(text);
    if (Double.isInfinite(value)) {
      throw new IllegalArgumentException("beyond a double: " + text);
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal shortest = shortest(Math.abs(value)).stripTrailingZeros();
    String digits = shortest.unscaledValue().toString();
    int exponent = digits.length() - 1 - shortest.scale();
    return (value < 0 ? "-" : "") + layOut(shortest, digits, exponent);
  }

  private static String layOut(BigDecimal value, String digits, int exponent) {
    if (exponent >= LOWEST_PLAIN_EXPONENT && exponent <= HIGHEST_PLAIN_EXPONENT) {
      String plain = value.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return mantissa + (exponent < 0 ? "e-" : "e+") + Math.abs(exponent);
  }

  /** The nearest of the decimals with fewest digits that read back as this double, found by trying. */
  private static BigDecimal shortest(double value) {
    BigDecimal exact = new BigDecimal(value);
    for (int digits = 1; digits <= SHORTEST_DIGITS; digits++) {
      BigDecimal below = exact.round(new MathContext(digits, RoundingMode.DOWN));
      BigDecimal above = exact.round(new MathContext(digits, RoundingMode.UP));
      boolean belowReads = Double.parseDouble(below.toString()) == value;
      boolean aboveReads = Double.parseDouble(above.toString()) == value;
      if (belowReads && aboveReads) {
        return exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      }
      if (belowReads || aboveReads) {
        return belowReads ? below : above;
      }
    }
    throw new IllegalStateException("17 digits always suffice");
  }
}
