package dev.toq.protocol.wire;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.toq.protocol.Spec;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads strict JSON (RFC 8259) as A-24 asks: valid UTF-8 without a byte order mark, one value and nothing after it,
 * unique member names, at most {@link Spec#MAX_JSON_DEPTH} nested containers, no lone surrogates, numbers that are
 * finite and at most {@value #MAX_NUMBER_CHARS} characters long. Gson's reader does the grammar; the rest is checked
 * here, because a text that two readers may read differently must not be signed or verified.
 */
public final class StrictJson {
  /**
   * Every integer below the largest double fits, and any double in 17 digits; longer texts only cost time. Gson's
   * reader has a limit of its own at 1,023.
   */
  static final int MAX_NUMBER_CHARS = 400;

  private StrictJson() {}

  /**
   * Reads one JSON value.
   *
   * @throws JsonException where the bytes are anything else; the message says what and where
   */
  public static JsonValue parse(byte[] utf8) throws JsonException {
    return parse(utf8, Spec.MAX_JSON_DEPTH);
  }

  /** The same, with at most so many nested containers. */
  public static JsonValue parse(byte[] utf8, int depth) throws JsonException {
    String text = decoded(utf8);
    if (text.startsWith("\ufeff")) {
      throw new JsonException("a byte order mark");
    }
    JsonReader reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    reader.setNestingLimit(depth);
    try {
      JsonValue value = value(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new JsonException("something after the value");
      }
      return value;
    } catch (MalformedJsonException malformed) {
      throw new JsonException("not JSON" + place(malformed));
    } catch (EOFException cut) {
      throw new JsonException("the JSON ends too early");
    } catch (IOException | IllegalStateException | NumberFormatException unreadable) {
      throw new JsonException("not JSON" + place(unreadable));
    }
  }

  private static String decoded(byte[] utf8) throws JsonException {
    String text = new String(utf8, StandardCharsets.UTF_8);
    if (text.indexOf('\ufffd') >= 0) { // what stands for bytes that are no UTF-8, and may have been sent as itself
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
      } catch (CharacterCodingException notText) {
        throw new JsonException("not valid UTF-8"); // R-1.4-01
      }
    }
    return text;
  }

  /** Gson's messages quote nothing of the text but its place. */
  private static String place(Exception malformed) {
    String message = String.valueOf(malformed.getMessage());
    int at = message.indexOf(" at line ");
    int end = message.indexOf(" path ", Math.max(at, 0));
    return at < 0 || end < 0 ? "" : message.substring(at, end);
  }

  private static JsonValue value(JsonReader reader) throws IOException, JsonException {
    return switch (reader.peek()) {
      case BEGIN_OBJECT -> object(reader);
      case BEGIN_ARRAY -> array(reader);
      case STRING -> new JsonString(text(reader.nextString()));
      case NUMBER -> number(reader.nextString());
      case BOOLEAN -> JsonBoolean.of(reader.nextBoolean());
      case NULL -> {
        reader.nextNull();
        yield JsonNull.NULL;
      }
      case END_ARRAY, END_OBJECT, NAME, END_DOCUMENT -> throw new JsonException("not JSON");
    };
  }

  private static JsonObject object(JsonReader reader) throws IOException, JsonException {
    LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();
    reader.beginObject();
    while (reader.hasNext()) {
      String name = text(reader.nextName());
      if (members.put(name, value(reader)) != null) {
        throw new JsonException("the member name \"" + PeerText.shown(name, 64) + "\" twice in one object");
      }
    }
    reader.endObject();
    return new JsonObject(JsonMembers.owning(members));
  }

  private static JsonArray array(JsonReader reader) throws IOException, JsonException {
    List<JsonValue> items = new ArrayList<>();
    reader.beginArray();
    while (reader.hasNext()) {
      items.add(value(reader));
    }
    reader.endArray();
    return new JsonArray(items);
  }

  private static String text(String text) throws JsonException {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        boolean pair = Character.isHighSurrogate(text.charAt(i)) && i + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw new JsonException("a lone surrogate");
        }
        i++;
      }
    }
    return text;
  }

  private static JsonNumber number(String text) throws JsonException {
    if (text.length() > MAX_NUMBER_CHARS) {
      throw new JsonException("a number of " + text.length() + " characters");
    }
    // Up to 308 characters without an exponent no number overflows.
    if ((text.length() > 300 || text.indexOf('e') >= 0 || text.indexOf('E') >= 0)
        && Double.isInfinite(Double.parseDouble(text))) {
      throw new JsonException("a number that no double can hold");
    }
    return new JsonNumber(text);
  }

  /** Compact UTF-8 JSON with the same escapes as {@link CanonicalJson}; members in their order, numbers as held. */
  public static byte[] write(JsonValue value) {
    JsonBytes out = new JsonBytes();
    write(value, out);
    return out.toByteArray();
  }

  private static void write(JsonValue value, JsonBytes out) {
    switch (value) {
      case JsonObject(Map<String, JsonValue> members) -> {
        out.ascii('{');
        boolean first = true;
        for (Map.Entry<String, JsonValue> member : members.entrySet()) {
          if (!first) {
            out.ascii(',');
          }
          first = false;
          out.string(member.getKey());
          out.ascii(':');
          write(member.getValue(), out);
        }
        out.ascii('}');
      }
      case JsonArray(List<JsonValue> items) -> {
        out.ascii('[');
        for (int i = 0; i < items.size(); i++) {
          if (i > 0) {
            out.ascii(',');
          }
          write(items.get(i), out);
        }
        out.ascii(']');
      }
      case JsonString(String text) -> out.string(text);
      case JsonNumber(String text) -> out.ascii(text);
      case JsonBoolean flag -> out.ascii(flag == JsonBoolean.TRUE ? "true" : "false");
      case JsonNull.NULL -> out.ascii("null");
    }
  }
}
