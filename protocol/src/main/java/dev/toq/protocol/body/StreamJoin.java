package dev.toq.protocol.body;

import dev.toq.protocol.envelope.ContentRules;
import dev.toq.protocol.envelope.ContentRules.Shape;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictBase64;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * How the data of a stream's parts becomes the data of one message (R-11.5-01, A-62). The first rule that fits all
 * parts decides, and how many there are changes nothing:
 *
 * <ol>
 *   <li>a binary content type: the bytes, joined, in base64 again;
 *   <li>only strings: one string;
 *   <li>only objects with the one member {@code text}, a string: one such object with the joined text. The deployed
 *       reference and both its client libraries stream text in this form;
 *   <li>anything else: an array of the values in their order, also where there is one.
 * </ol>
 */
final class StreamJoin {
  /** What a JSON value takes beside its text, estimated: a file of many small numbers is to fit into memory too. */
  private static final int VALUE_BYTES = 64;

  private StreamJoin() {}

  /** @param parts as a checked envelope of this content type may carry them, at least one */
  static JsonValue join(List<JsonValue> parts, Optional<String> contentType) {
    if (isBinary(contentType)) {
      return new JsonString(StrictBase64.encode(joinedBytes(parts)));
    }
    if (parts.stream().allMatch(JsonString.class::isInstance)) {
      return new JsonString(joinedText(parts, StreamJoin::text));
    }
    if (parts.stream().allMatch(StreamJoin::isTextObject)) {
      return JsonObject.builder().put("text", joinedText(parts, StreamJoin::textMember)).build();
    }
    return new JsonArray(parts);
  }

  /** The bytes that count against the limit: of a binary part what it decodes to, of text its UTF-8, of JSON more. */
  static long size(JsonValue part, Optional<String> contentType) {
    if (part instanceof JsonString(String text)) {
      return isBinary(contentType) ? decodedLength(text) : utf8Length(text);
    }
    return isTextObject(part) ? utf8Length(textMember(part)) : memory(part);
  }

  private static boolean isBinary(Optional<String> contentType) {
    return contentType.filter(type -> ContentRules.shape(type) == Shape.BINARY).isPresent();
  }

  private static byte[] joinedBytes(List<JsonValue> parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (JsonValue part : parts) {
      joined.writeBytes(StrictBase64.decode(text(part)).orElseThrow(
          () -> new IllegalArgumentException("a binary part that was not checked")));
    }
    return joined.toByteArray();
  }

  private static String joinedText(List<JsonValue> parts, Function<JsonValue, String> text) {
    StringBuilder joined = new StringBuilder();
    parts.forEach(part -> joined.append(text.apply(part)));
    return joined.toString();
  }

  private static boolean isTextObject(JsonValue part) {
    return part instanceof JsonObject object && object.members().size() == 1 && object.text("text").isPresent();
  }

  private static String textMember(JsonValue part) {
    return part instanceof JsonObject object ? object.text("text").orElse("") : "";
  }

  private static String text(JsonValue part) {
    return part instanceof JsonString(String text) ? text : "";
  }

  private static long decodedLength(String base64) {
    int padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
    return base64.length() / 4 * 3L - padding;
  }

  private static long utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static long memory(JsonValue value) {
    return VALUE_BYTES + switch (value) {
      case JsonObject(Map<String, JsonValue> members) -> members.entrySet().stream()
          .mapToLong(member -> VALUE_BYTES + utf8Length(member.getKey()) + memory(member.getValue())).sum();
      case JsonArray(List<JsonValue> items) -> items.stream().mapToLong(StreamJoin::memory).sum();
      case JsonString(String text) -> utf8Length(text);
      case JsonNumber(String text) -> text.length();
      case JsonBoolean flag -> 0;
      case JsonNull none -> 0;
    };
  }
}
