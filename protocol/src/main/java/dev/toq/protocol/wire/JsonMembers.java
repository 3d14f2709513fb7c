package dev.toq.protocol.wire;

import java.util.AbstractMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The members of an object in their order: a map that nobody can change any more, and so need not be copied again. */
final class JsonMembers extends AbstractMap<String, JsonValue> {
  private final Map<String, JsonValue> map;

  private JsonMembers(LinkedHashMap<String, JsonValue> map) {
    this.map = Collections.unmodifiableMap(map);
  }

  /** These, without a copy: the caller must not hold on to the map. */
  static JsonMembers owning(LinkedHashMap<String, JsonValue> map) {
    return new JsonMembers(map);
  }

  static JsonMembers of(Map<String, JsonValue> members) {
    return members instanceof JsonMembers settled ? settled : new JsonMembers(new LinkedHashMap<>(members));
  }

  @Override
  public @Nullable JsonValue get(@Nullable Object name) {
    return map.get(name);
  }

  @Override
  public boolean containsKey(@Nullable Object name) {
    return map.containsKey(name);
  }

  @Override
  public Set<Entry<String, JsonValue>> entrySet() {
    return map.entrySet();
  }
}
