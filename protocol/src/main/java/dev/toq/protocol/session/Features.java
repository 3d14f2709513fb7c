package dev.toq.protocol.session;

import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What one side can do, as {@code features} of {@code negotiate.request} says it (specification section 6.3).
 *
 * @param compression algorithms in the order of preference
 * @param extras members that specification 0.1 does not know; peers ignore those that they do not know either
 *     (R-6.3-05, R-6.3-06)
 */
public record Features(boolean streaming, List<String> compression, boolean endToEnd, JsonObject extras) {
  /** What has a place of its own; the value of the channel binding is the setup channel's business. */
  private static final Set<String> KNOWN =
      Set.of("streaming", "compression", "e2e_encryption", ChannelBinding.MEMBER);

  /** Nothing at all. */
  public static final Features NONE = new Features(false, List.of(), false, JsonObject.builder().build());

  public Features {
    compression = List.copyOf(compression);
  }

  /** The form for a request. Its compression is always a list, because the reference reads nothing else. */
  JsonObject toRequest() {
    JsonValue.Builder members = JsonObject.builder()
        .put("streaming", streaming)
        .put("compression", JsonArray.ofTexts(compression))
        .put("e2e_encryption", endToEnd);
    return withExtras(members, extras);
  }

  /** Reads the features of a request: what is missing, null or of another kind is unsupported. */
  static Features ofRequest(JsonObject members) {
    return new Features(isTrue(members, "streaming"), texts(members.get("compression")),
        isTrue(members, "e2e_encryption"), extras(members));
  }

  static JsonObject withExtras(JsonValue.Builder members, JsonObject extras) {
    extras.members().forEach((name, value) -> {
      if (!KNOWN.contains(name)) { // R-6.3-05
        members.put(name, value);
      }
    });
    return members.build();
  }

  /** Our own extra members that the other side offered too. */
  JsonObject extrasOf(Features theirs) {
    Map<String, JsonValue> common = new LinkedHashMap<>(extras.members());
    common.keySet().retainAll(theirs.extras().members().keySet()); // R-6.3-04
    return new JsonObject(common);
  }

  static JsonObject extras(JsonObject members) {
    Map<String, JsonValue> unknown = new LinkedHashMap<>(members.members());
    unknown.keySet().removeAll(KNOWN); // R-6.3-06
    return new JsonObject(unknown);
  }

  static boolean isTrue(JsonObject members, String name) {
    return members.get(name).filter(value -> value == JsonBoolean.TRUE).isPresent(); // R-6.3-03
  }

  /** A string, or the strings of an array; anything else is none. */
  static List<String> texts(Optional<JsonValue> value) {
    if (value.isPresent() && value.get() instanceof JsonString(String text)) {
      return List.of(text);
    }
    return value.isPresent() && value.get() instanceof JsonArray(List<JsonValue> items)
        ? items.stream().filter(JsonString.class::isInstance).map(item -> ((JsonString) item).value()).toList()
        : List.of();
  }
}
