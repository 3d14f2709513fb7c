package dev.toq.protocol.session;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.CanonicalJson;
import dev.toq.protocol.wire.CanonicalJson.Numbers;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * An agent's card (specification section 7.2). A peer's texts are as it wrote them: escape them where they are shown
 * . Neither the name nor anything else here decides who the peer is (R-3.6-02).
 *
 * @param name for display, never blank
 * @param capabilities free-form
 * @param maxFileBytes only meaningful with {@code acceptFiles}
 * @param maxMessageBytes largest envelope that the agent takes
 * @param connectionMode informational
 */
public record Card(
    String name,
    Optional<String> description,
    PublicKey publicKey,
    String protocolVersion,
    List<String> capabilities,
    boolean acceptFiles,
    OptionalLong maxFileBytes,
    OptionalLong maxMessageBytes,
    Optional<String> connectionMode) {

  private static final Pattern DIGITS = Pattern.compile("0|[1-9][0-9]*");

  public Card {
    capabilities = List.copyOf(capabilities);
  }

  /** The body of {@code card.exchange}: {@code max_file_size} only where files are taken (R-7.2-05). */
  public JsonObject toJson() {
    JsonValue.Builder members = JsonObject.builder()
        .put("name", name)
        .putText("description", description)
        .put("public_key", publicKey.toString())
        .put("protocol_version", protocolVersion)
        .put("accept_files", acceptFiles)
        .putText("connection_mode", connectionMode);
    if (!capabilities.isEmpty()) {
      members.put("capabilities", JsonArray.ofTexts(capabilities));
    }
    if (acceptFiles) {
      maxFileBytes.ifPresent(bytes -> members.put("max_file_size", bytes));
    }
    maxMessageBytes.ifPresent(bytes -> members.put("max_message_size", bytes));
    return members.build();
  }

  /**
   * Reads and checks a peer's card; every fault ends the connection. Optional fields are read leniently:
   * null or another kind than expected counts as absent.
   */
  static Card of(Optional<JsonValue> body, PublicKey handshakeKey) throws ProtocolException {
    if (!(body.orElse(JsonValue.JsonNull.NULL) instanceof JsonObject members)) {
      throw new ProtocolException(ErrorCode.PROTOCOL_VIOLATION, "The card is not a JSON object.");
    }
    if (CanonicalJson.bytes(members, Numbers.AS_RECEIVED).length > Spec.MAX_CARD_BYTES) { // R-7.3-02, R-23.1-18
      throw new ProtocolException(
          ErrorCode.CARD_TOO_LARGE, "The card is larger than " + Spec.MAX_CARD_BYTES + " bytes.");
    }
    String name = required(members, "name"); // R-3.6-01: any Unicode
    if (name.codePoints().allMatch(Card::isBlank)) { // R-7.3-03, A-71
      throw new ProtocolException(ErrorCode.PROTOCOL_VIOLATION, "The card has an empty name.");
    }
    if (!required(members, "public_key").equals(handshakeKey.toString())) { // R-7.2-02, R-7.3-01, R-23.1-19
      throw new ProtocolException(ErrorCode.CARD_KEY_MISMATCH, "The card names another key than the handshake.");
    }
    return new Card(name,
        members.text("description"), // R-7.2-01
        handshakeKey, required(members, "protocol_version"), // R-7.2-03
        Features.texts(members.get("capabilities").filter(JsonArray.class::isInstance)),
        members.get("accept_files").filter(value -> value == JsonBoolean.TRUE).isPresent(), // R-7.2-04
        bytes(members, "max_file_size"), bytes(members, "max_message_size"), members.text("connection_mode"));
  }

  private static String required(JsonObject members, String name) throws ProtocolException {
    return members.text(name).orElseThrow( // R-7.3-04
        () -> new ProtocolException(ErrorCode.PROTOCOL_VIOLATION, "The card has no text '" + name + "'."));
  }

  private static OptionalLong bytes(JsonObject members, String name) {
    if (!(members.get(name).orElse(JsonValue.JsonNull.NULL) instanceof JsonNumber(String text))
        || !DIGITS.matcher(text).matches()) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(new BigInteger(text).min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact());
  }

  private static boolean isBlank(int character) {
    return Character.isWhitespace(character) || Character.isSpaceChar(character)
        || Character.isISOControl(character) || Character.getType(character) == Character.FORMAT;
  }
}
