package dev.toq.protocol.wire;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One JSON value (RFC 8259), immutable. Numbers keep the text in which they were written, because a signature covers
 * text and no binary form holds every number a peer may send.
 */
public sealed interface JsonValue {

  /** An object; members keep the order in which they were received or added. Names are unique. */
  record JsonObject(Map<String, JsonValue> members) implements JsonValue {
    public JsonObject {
      members = JsonMembers.of(members);
    }

    /** The member of this name, or empty where it is absent or JSON {@code null}. */
    public Optional<JsonValue> get(String name) {
      JsonValue value = members.get(name);
      return value == null || value == JsonNull.NULL ? Optional.empty() : Optional.of(value);
    }

    /** The text of a string member; empty where it is absent, {@code null} or of another kind. */
    public Optional<String> text(String name) {
      return members.get(name) instanceof JsonString(String value) ? Optional.of(value) : Optional.empty();
    }

    public static Builder builder() {
      return new Builder();
    }
  }

  record JsonArray(List<JsonValue> items) implements JsonValue {
    public JsonArray {
      items = List.copyOf(items);
    }

    /** An array of strings. */
    public static JsonArray ofTexts(List<String> texts) {
      return new JsonArray(texts.stream().<JsonValue>map(JsonString::new).toList());
    }
  }

  record JsonString(String value) implements JsonValue {}

  /** A number as written: {@code text} matches the number grammar of RFC 8259. */
  record JsonNumber(String text) implements JsonValue {
    public static JsonNumber of(long value) {
      return new JsonNumber(Long.toString(value));
    }
  }

  enum JsonBoolean implements JsonValue {
    TRUE,
    FALSE;

    public static JsonBoolean of(boolean value) {
      return value ? TRUE : FALSE;
    }
  }

  enum JsonNull implements JsonValue {
    NULL
  }

  /** Builds one {@link JsonObject} in the order of the calls; nothing can be put after {@link #build}. */
  final class Builder {
    private final LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();
    private boolean isBuilt;

    private Builder() {}

    public Builder put(String name, JsonValue value) {
      if (isBuilt) {
        throw new IllegalStateException("the object is built already");
      }
      members.put(name, value);
      return this;
    }

    public Builder put(String name, String value) {
      return put(name, new JsonString(value));
    }

    public Builder put(String name, long value) {
      return put(name, JsonNumber.of(value));
    }

    public Builder put(String name, boolean value) {
      return put(name, JsonBoolean.of(value));
    }

    /** Adds the member only where there is a value: an absent value is never written as {@code null}. */
    public Builder put(String name, Optional<? extends JsonValue> value) {
      value.ifPresent(v -> put(name, v));
      return this;
    }

    /** As {@link #put(String, Optional)}, for a text. */
    public Builder putText(String name, Optional<String> value) {
      return put(name, value.map(JsonString::new));
    }

    public JsonObject build() {
      isBuilt = true;
      return new JsonObject(JsonMembers.owning(members));
    }
  }
}
