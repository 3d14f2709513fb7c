package dev.toq.protocol.envelope;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.Signatures;
import dev.toq.protocol.wire.CanonicalJson;
import dev.toq.protocol.wire.CanonicalJson.Numbers;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An envelope from Alice to Bob, member by member, so that a test can break one rule and sign the rest. */
public final class Raw {
  public static final Identity ALICE = Identity.ofSeed(seed(0x00));
  public static final Identity BOB = Identity.ofSeed(seed(0x20));
  public static final Address ALICE_ADDRESS = Address.parse("toq://192.168.1.50:9010/alice");
  public static final Address BOB_ADDRESS = Address.parse("toq://192.168.1.51/bob");
  public static final Instant NOW = Instant.parse("2026-03-17T06:09:00Z");
  public static final String ID = "550e8400-e29b-41d4-a716-446655440000";

  private final Map<String, JsonValue> members = new LinkedHashMap<>();

  private Raw() {}

  /** A message.send that passes every check. */
  public static Raw message() {
    return new Raw()
        .with("version", "0.1")
        .with("id", ID)
        .with("type", "message.send")
        .with("from", ALICE_ADDRESS.toString())
        .with("to", JsonArray.ofTexts(List.of(BOB_ADDRESS.toString())))
        .json("sequence", "2")
        .with("timestamp", "2026-03-17T06:08:59.5Z")
        .with("content_type", "application/json")
        .json("body", "{\"text\":\"h\u00e9llo\"}");
  }

  /** An envelope of another type, with this JSON text as body. */
  public static Raw of(String type, String body) {
    return message().with("type", type).without("content_type").json("body", body);
  }

  public Raw with(String name, JsonValue value) {
    members.put(name, value);
    return this;
  }

  public Raw with(String name, String text) {
    return with(name, new JsonString(text));
  }

  /** A member whose value is this JSON text. */
  public Raw json(String name, String text) {
    return with(name, parse(text));
  }

  public Raw without(String name) {
    members.remove(name);
    return this;
  }

  /** The members, as an object. */
  public JsonObject object() {
    return new JsonObject(members);
  }

  public byte[] signed() {
    return signedBy(ALICE);
  }

  /** Signed over exactly these members in canonical order, every token as it stands. */
  public byte[] signedBy(Identity signer) {
    return signedOver(CanonicalJson.bytes(object(), Numbers.AS_RECEIVED), signer);
  }

  /** These members with Alice's signature over other bytes. */
  public byte[] signedOver(byte[] bytes) {
    return signedOver(bytes, ALICE);
  }

  private byte[] signedOver(byte[] bytes, Identity signer) {
    Map<String, JsonValue> whole = new LinkedHashMap<>(members);
    whole.put("signature", new JsonString(Signatures.text(signer.sign(bytes))));
    return StrictJson.write(new JsonObject(whole));
  }

  public static JsonValue parse(String json) {
    try {
      return StrictJson.parse(json.getBytes(StandardCharsets.UTF_8));
    } catch (JsonException e) {
      throw new AssertionError(json, e);
    }
  }

  public static String text(byte[] payload) {
    return new String(payload, StandardCharsets.UTF_8);
  }

  private static byte[] seed(int first) {
    byte[] seed = new byte[32];
    for (int i = 0; i < seed.length; i++) {
      seed[i] = (byte) (first + i);
    }
    return seed;
  }
}
