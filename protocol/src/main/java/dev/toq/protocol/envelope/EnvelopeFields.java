package dev.toq.protocol.envelope;

import dev.toq.protocol.Spec;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.PeerText;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * The fields of one received envelope, each with its own outcome: a missing required field is a
 * {@code protocol_violation}, a field that is present but malformed an {@code invalid_envelope}. A JSON
 * {@code null} counts as absent. Unknown members are never looked at (R-4.5-01).
 */
final class EnvelopeFields {
  /** Longest text of a free-form header field, in bytes of UTF-8. */
  static final int MAX_TEXT_BYTES = 1024;

  private static final List<String> REQUIRED =
      List.of("version", "id", "type", "from", "to", "sequence", "timestamp", "signature");

  private final JsonObject members;
  private final AddressBook addresses;

  EnvelopeFields(JsonObject members, AddressBook addresses) {
    this.members = members;
    this.addresses = addresses;
  }

  JsonObject members() {
    return members;
  }

  void requireAll() throws ProtocolException {
    for (String name : REQUIRED) {
      if (members.get(name).isEmpty()) {
        throw new ProtocolException(ErrorCode.PROTOCOL_VIOLATION, "The envelope has no field '" + name + "'.");
      }
    }
  }

  /** The id where it is a UUID of any version: the only part of an unverified envelope that may be quoted. */
  Optional<UUID> quotableId() {
    return members.text("id").flatMap(EnvelopeFields::uuid);
  }

  /** The type where it is one of the 25. */
  Optional<MessageType> knownType() {
    return members.text("type").flatMap(MessageType::ofWire);
  }

  String version() throws ProtocolException {
    return requiredText("version");
  }

  UUID id() throws ProtocolException {
    UUID id = quotableId().orElseThrow(() -> invalid("The id is not a UUID."));
    if (id.version() != 4 || id.variant() != 2) { // R-4.2-02, R-4.3-03
      throw invalid("The id is not a UUID of version 4.");
    }
    return id;
  }

  MessageType type() throws ProtocolException {
    return knownType().orElseThrow(() -> new ProtocolException(ErrorCode.PROTOCOL_VIOLATION, // R-4.2-03, R-4.3-05
        "The type " + members.text("type").map(text -> "'" + PeerText.shown(text, 64) + "'").orElse("")
            + " is not one of protocol " + Spec.VERSION + "."));
  }

  Address from() throws ProtocolException {
    return address(requiredText("from"), "from"); // R-4.2-04, R-4.3-06
  }

  List<Address> to() throws ProtocolException {
    if (!(members.members().get("to") instanceof JsonArray(List<JsonValue> items))) {
      throw invalid("The field 'to' is not an array.");
    }
    if (items.isEmpty() || items.size() > Spec.MAX_RECIPIENTS) { // R-4.2-05, R-4.3-07
      throw invalid("The field 'to' names " + items.size() + " recipients, not 1 to " + Spec.MAX_RECIPIENTS + ".");
    }
    List<Address> recipients = new ArrayList<>(items.size());
    for (JsonValue item : items) {
      if (!(item instanceof JsonString(String text))) {
        throw invalid("The field 'to' holds something that is not an address.");
      }
      recipients.add(address(text, "to"));
    }
    return recipients;
  }

  /** The sequence where it is a plain integer from 0 to 2^53-1. */
  OptionalLong plainSequence() {
    return members.members().get("sequence") instanceof JsonNumber(String text) // R-4.2-08
        ? upTo(text, Spec.MAX_SEQUENCE) : OptionalLong.empty();
  }

  long sequence() throws ProtocolException {
    return plainSequence().orElseThrow(() -> invalid("The sequence is not an integer from 0 to 2^53-1."));
  }

  Instant instant() throws ProtocolException {
    return Timestamps.parse(requiredText("timestamp"))
        .orElseThrow(() -> invalid("The timestamp is not an RFC 3339 time in UTC.")); // R-4.2-09, A-30
  }

  /** Seconds; a value that no clock reaches counts as the largest one. */
  OptionalLong ttl() throws ProtocolException {
    Optional<JsonValue> ttl = members.get("ttl");
    if (ttl.isEmpty()) {
      return OptionalLong.empty();
    }
    if (!(ttl.get() instanceof JsonNumber(String text)) || !isDigits(text)) { // R-4.2-12
      throw invalid("The ttl is not an integer of 0 or more seconds.");
    }
    return OptionalLong.of(upTo(text, Long.MAX_VALUE).orElse(Long.MAX_VALUE));
  }

  /** A free-form text of at most 1024 bytes. */
  Optional<String> text(String name) throws ProtocolException {
    Optional<JsonValue> value = members.get(name);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    if (!(value.get() instanceof JsonString(String text))) {
      throw invalid("The field '" + name + "' is not a string.");
    }
    if (text.getBytes(StandardCharsets.UTF_8).length > MAX_TEXT_BYTES) {
      throw invalid("The field '" + name + "' is longer than " + MAX_TEXT_BYTES + " bytes.");
    }
    return Optional.of(text);
  }

  /** An unknown priority means normal, which is what absence means. */
  Optional<String> priority() throws ProtocolException {
    return text("priority").filter(text -> text.equals("normal") || text.equals("urgent")); // R-4.2-10
  }

  Optional<JsonValue> body() {
    return members.get("body");
  }

  /** Every field, typed. */
  Envelope envelope() throws ProtocolException {
    return new Envelope(id(), type(), from(), to(), sequence(), requiredText("timestamp"),
        text("thread_id"), // R-4.2-06, R-10.1-01, R-10.1-02, R-10.4-01
        text("reply_to"), // R-4.2-07
        priority(), text("content_type"), ttl(), text("compression"), text("e2e_nonce"), body());
  }

  static ProtocolException invalid(String reason) {
    return new ProtocolException(ErrorCode.INVALID_ENVELOPE, reason); // R-23.1-04
  }

  /** A UUID in its one hyphenated spelling, in either case. */
  static Optional<UUID> uuid(String text) {
    if (text.length() != 36) {
      return Optional.empty();
    }
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      boolean isHyphen = i == 8 || i == 13 || i == 18 || i == 23;
      if (isHyphen ? character != '-' : !HexFormat.isHexDigit(character)) {
        return Optional.empty();
      }
    }
    return Optional.of(UUID.fromString(text));
  }

  /** Whether it is a whole number without sign, in its one spelling. */
  static boolean isDigits(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return text.length() == 1 || text.length() > 1 && text.charAt(0) != '0';
  }

  /** The value of a plain non-negative integer text, up to {@code limit}. */
  static OptionalLong upTo(String text, long limit) {
    if (!isDigits(text) || text.length() > 19) {
      return OptionalLong.empty();
    }
    long value = Long.parseUnsignedLong(text);
    return value >= 0 && value <= limit ? OptionalLong.of(value) : OptionalLong.empty();
  }

  private String requiredText(String name) throws ProtocolException {
    return members.text(name).orElseThrow(() -> invalid("The field '" + name + "' is not a string."));
  }

  private Address address(String text, String field) throws ProtocolException {
    return addresses.find(text).orElseThrow(() -> invalid(
        "The field '" + field + "' holds '" + PeerText.shown(text, 128) + "', which is no toq address."));
  }
}
