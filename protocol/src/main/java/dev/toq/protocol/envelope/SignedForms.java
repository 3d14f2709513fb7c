package dev.toq.protocol.envelope;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.identity.Signatures;
import dev.toq.protocol.wire.CanonicalJson;
import dev.toq.protocol.wire.CanonicalJson.Numbers;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonNull;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The byte strings that a peer may have signed for one received object. The specification does not say how a canonical
 * form treats {@code null}, spellings of addresses or numbers, so three forms are tried, each a function
 * of the received bytes alone and each covering every member that has a meaning:
 *
 * <ol>
 *   <li>what the deployed reference signs: no nulls of optional fields, addresses and id in their normalised spelling,
 *       canonical numbers. What our own side sends is this form, so the common case is one serialisation.
 *   <li>the received tokens: everything as it was spelled, keys sorted.
 *   <li>the first form with the numbers that the reference reads, which differ in rare cases.
 * </ol>
 *
 * An unknown member is part of every form: one that was added after signing fails.
 */
final class SignedForms {
  private static final Set<String> OPTIONAL =
      Set.of("thread_id", "reply_to", "priority", "content_type", "ttl", "compression", "e2e_nonce", "body");

  private SignedForms() {}

  /**
   * The members that the signature covers, in the spelling in which it covers them; empty where no form verifies.
   * Only these may be read: another spelling of an address may have been put in after signing.
   *
   * @param received the whole object, with its string member {@code signature}
   */
  static Optional<JsonObject> verified(JsonObject received, PublicKey key, AddressBook addresses) {
    Optional<byte[]> text = received.text("signature").flatMap(Signatures::parse);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    byte[] signature = text.get();
    JsonObject projected = projection(received, addresses);
    byte[] first = CanonicalJson.bytes(projected, Numbers.CANONICAL);
    if (key.verify(first, signature)) {
      return Optional.of(projected);
    }
    JsonObject unsigned = without(received, "signature");
    byte[] second = CanonicalJson.bytes(unsigned, Numbers.AS_RECEIVED);
    if (!Arrays.equals(first, second) && key.verify(second, signature)) {
      return Optional.of(unsigned);
    }
    byte[] third = CanonicalJson.bytes(projected, Numbers.AS_REFERENCE_READS);
    if (!Arrays.equals(first, third) && !Arrays.equals(second, third) && key.verify(third, signature)) {
      return Optional.of(projected);
    }
    return Optional.empty();
  }

  private static JsonObject projection(JsonObject received, AddressBook addresses) {
    JsonObject.Builder members = JsonObject.builder();
    received.members().forEach((name, value) -> {
      if (name.equals("signature") || (value == JsonNull.NULL && OPTIONAL.contains(name))) {
        return;
      }
      members.put(name, normalised(name, value, addresses)); // R-4.5-01: also a member that nobody knows
    });
    return members.build();
  }

  /** The spelling that the reference prints; a malformed value stays as it is, for its own check to refuse. */
  private static JsonValue normalised(String name, JsonValue value, AddressBook addresses) {
    return switch (value) {
      case JsonString(String text) when name.equals("id") && EnvelopeFields.uuid(text).isPresent() ->
          new JsonString(text.toLowerCase(Locale.ROOT));
      case JsonString(String text) when name.equals("from") -> new JsonString(printed(text, addresses));
      case JsonArray(List<JsonValue> items) when name.equals("to") ->
          new JsonArray(items.stream().map(item -> normalised("from", item, addresses)).toList());
      default -> value;
    };
  }

  private static String printed(String text, AddressBook addresses) {
    return addresses.find(text).map(Address::toString).orElse(text);
  }

  private static JsonObject without(JsonObject object, String name) {
    Map<String, JsonValue> members = new LinkedHashMap<>(object.members());
    members.remove(name);
    return new JsonObject(members);
  }
}
