package dev.toq.app.cli;

import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.PeerText;
import dev.toq.protocol.wire.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Looks into the daemon's answers. Plain loops: {@code toq status} goes through here and must be quick. */
final class Json {
  private Json() {}

  /** A member's text or number, escaped for the terminal; empty where it is absent or of another kind. */
  static String shown(JsonObject object, String name) {
    JsonValue value = object.members().get(name);
    if (value instanceof JsonString string) {
      return PeerText.shown(string.value());
    }
    return value instanceof JsonNumber number ? number.text() : "";
  }

  /** A member that counts something; 0 where it is absent or no whole number. */
  static long count(JsonObject object, String name) {
    if (object.members().get(name) instanceof JsonNumber number) {
      try {
        return Long.parseLong(number.text());
      } catch (NumberFormatException e) {
        return 0; // a fraction counts nothing
      }
    }
    return 0;
  }

  /** The objects of a member that is a list. */
  static List<JsonObject> objects(JsonObject object, String name) {
    List<JsonObject> objects = new ArrayList<>();
    for (JsonValue item : list(object, name)) {
      if (item instanceof JsonObject inner) {
        objects.add(inner);
      }
    }
    return objects;
  }

  /** The texts of a member that is a list, escaped for the terminal. */
  static List<String> texts(JsonObject object, String name) {
    List<String> texts = new ArrayList<>();
    for (JsonValue item : list(object, name)) {
      if (item instanceof JsonString string) {
        texts.add(PeerText.shown(string.value()));
      }
    }
    return texts;
  }

  private static List<JsonValue> list(JsonObject object, String name) {
    return object.members().get(name) instanceof JsonArray array ? array.items() : List.of();
  }

  /** Compact JSON text. */
  static String text(JsonValue value) {
    return new String(StrictJson.write(value), StandardCharsets.UTF_8);
  }
}
