package dev.toq.spectests;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.internal.LazilyParsedNumber;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Spoils bytes and JSON objects; the same source of chance spoils them the same way. Used by one thread. */
public final class RawMutations {
  private static final int MOST_INSERTED = 64;
  private static final int LONG_TEXT = 20_000;
  private static final int DEPTH = 500;
  private static final List<String> NUMBERS = List.of("-1", "0", "1", "-0", "0.5", "1e2", "1e308", "9007199254740993",
      "18446744073709551615", "18446744073709551616", "-9223372036854775809", "1" + "0".repeat(300), "5e-324");
  private static final List<String> TEXTS = List.of("", " ", "\0", "\n", "null", "toq://", "toq://localhost",
      "toq://localhost:0/x", "toq://[::1/x", "toq://localhost:9009/../x", "ed25519:", "ed25519:AAAA", "0.1 ", "9.9",
      "00000000-0000-0000-0000-000000000000", "2026-02-30T25:61:61Z", "9999-12-31T23:59:59.999Z",
      "-000001-01-01T00:00:00Z", "\u202e\u0007\u001b[2J", "\ud83d\udc26", "system.error", "message.send",
      "session.disconnect");

  private final Random chance;

  public RawMutations(Random chance) {
    this.chance = chance;
  }

  /** A copy with one to four spoiled places; never the same as before. */
  public byte[] bytes(byte[] sound) {
    byte[] spoiled = sound;
    for (int left = 1 + chance.nextInt(4); left > 0 || Arrays.equals(spoiled, sound); left--) {
      spoiled = once(spoiled);
    }
    return spoiled;
  }

  private byte[] once(byte[] bytes) {
    int at = chance.nextInt(bytes.length + 1);
    int to = Math.min(bytes.length, at + 1 + chance.nextInt(MOST_INSERTED));
    return switch (chance.nextInt(7)) {
      case 0 -> set(bytes, at, bytes.length == 0 ? 0 : bytes[at % bytes.length] ^ 1 << chance.nextInt(8));
      case 1 -> set(bytes, at, chance.nextInt(256));
      case 2 -> set(bytes, at, new int[] {0, 0xFF, 0x7F, 0x80, '"', '}'}[chance.nextInt(6)]);
      case 3 -> joined(Arrays.copyOf(bytes, at), random(), Arrays.copyOfRange(bytes, at, bytes.length));
      case 4 -> joined(Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, to, bytes.length));
      case 5 -> joined(Arrays.copyOf(bytes, to), Arrays.copyOfRange(bytes, at, bytes.length));
      default -> Arrays.copyOf(bytes, at);
    };
  }

  private byte[] random() {
    byte[] random = new byte[1 + chance.nextInt(MOST_INSERTED)];
    chance.nextBytes(random);
    return random;
  }

  private static byte[] set(byte[] bytes, int at, int value) {
    byte[] copy = bytes.length == 0 ? new byte[1] : bytes.clone();
    copy[at % copy.length] = (byte) value;
    return copy;
  }

  private static byte[] joined(byte[]... parts) {
    byte[] all = {};
    for (byte[] part : parts) {
      int length = all.length;
      all = Arrays.copyOf(all, length + part.length);
      System.arraycopy(part, 0, all, length, part.length);
    }
    return all;
  }

  /** Spoils a member that a peer may not leave out or misspell, here or in {@code body} or {@code features}. */
  public void json(JsonObject object) {
    List<String> names = new ArrayList<>(object.keySet());
    names.remove("signature");
    String name = names.get(chance.nextInt(names.size()));
    JsonElement value = object.get(name);
    if (value.isJsonObject() && !value.getAsJsonObject().isEmpty() && chance.nextInt(3) > 0) {
      json(value.getAsJsonObject());
    } else if (chance.nextInt(5) == 0) {
      object.remove(name);
    } else {
      object.add(name, other(value));
    }
  }

  /** A value that is not the one that stood there. */
  private JsonElement other(JsonElement value) {
    JsonElement other = value;
    while (other.equals(value)) {
      other = switch (chance.nextInt(9)) {
        case 0 -> JsonNull.INSTANCE;
        case 1 -> new JsonPrimitive(chance.nextBoolean());
        case 2 -> new JsonPrimitive(new LazilyParsedNumber(NUMBERS.get(chance.nextInt(NUMBERS.size()))));
        case 3 -> new JsonPrimitive(TEXTS.get(chance.nextInt(TEXTS.size())));
        case 4 -> new JsonPrimitive("x".repeat(chance.nextInt(LONG_TEXT)));
        case 5 -> deep();
        case 6 -> wide();
        case 7 -> value.isJsonPrimitive() ? new JsonPrimitive(spoiled(value.getAsString())) : new JsonArray();
        default -> listOf(value);
      };
    }
    return other;
  }

  private String spoiled(String text) {
    String spoiled = new String(bytes(text.getBytes(StandardCharsets.UTF_8)), StandardCharsets.ISO_8859_1);
    return spoiled.length() > LONG_TEXT ? spoiled.substring(0, LONG_TEXT) : spoiled;
  }

  private JsonElement deep() {
    JsonElement inner = new JsonArray();
    for (int depth = chance.nextInt(DEPTH); depth > 0; depth--) {
      inner = listOf(inner);
    }
    return inner;
  }

  private JsonObject wide() {
    JsonObject wide = new JsonObject();
    for (int member = chance.nextInt(DEPTH); member > 0; member--) {
      wide.addProperty("m" + member, chance.nextInt());
    }
    return wide;
  }

  private static JsonArray listOf(JsonElement value) {
    JsonArray list = new JsonArray();
    list.add(value);
    return list;
  }
}
