package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@code security.json} holds: the keys that the owner denied, with the time of it, oldest first. */
record Denials(Map<PublicKey, String> keys) {
  static final int MOST = 10_000;
  private static final String NAME = "format";
  private static final long FORMAT = 1;

  Denials {
    keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
  }

  static Denials none() {
    return new Denials(Map.of());
  }

  Collection<PublicKey> all() {
    return keys.keySet();
  }

  /** With this key as the newest; the oldest goes where there are too many. */
  Denials with(PublicKey key, String at) {
    Map<PublicKey, String> changed = new LinkedHashMap<>(keys);
    changed.remove(key);
    changed.put(key, at);
    while (changed.size() > MOST) {
      changed.remove(changed.keySet().iterator().next());
    }
    return new Denials(changed);
  }

  Denials without(PublicKey key) {
    Map<PublicKey, String> changed = new LinkedHashMap<>(keys);
    changed.remove(key);
    return new Denials(changed);
  }

  static Denials read(Path file, byte[] bytes) throws StoreException {
    try {
      JsonObject root = FormatVersion.check(file, StrictJson.parse(bytes), NAME, FORMAT);
      Map<PublicKey, String> keys = new LinkedHashMap<>();
      Optional<JsonValue> denied = root.get("denied");
      if (!(denied.isPresent() && denied.get() instanceof JsonArray(List<JsonValue> items))) {
        throw new JsonException("the list denied is missing");
      }
      for (JsonValue item : items) {
        if (!(item instanceof JsonObject entry)) {
          throw new JsonException("an entry of denied is no object");
        }
        keys.put(PublicKey.parse(entry.text("key").orElse("")), entry.text("at").orElse(""));
      }
      return new Denials(keys);
    } catch (JsonException | IllegalArgumentException e) {
      throw new StoreException(
          file + " is damaged: " + e.getMessage(),
          "bring it back from a backup, or delete it: then denied keys may ask again",
          e);
    }
  }

  byte[] bytes() {
    List<JsonValue> items = new ArrayList<>();
    keys.forEach((key, at) -> items.add(JsonObject.builder().put("key", key.toString()).put("at", at).build()));
    return StrictJson.write(JsonObject.builder().put(NAME, FORMAT).put("denied", new JsonArray(items)).build());
  }
}
