package dev.toq.store;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictJson;
import dev.toq.store.Peers.Encrypted;
import dev.toq.store.Peers.Marks;
import dev.toq.store.Peers.Peer;
import dev.toq.store.Peers.Pin;
import dev.toq.store.Peers.Strength;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** The text of {@code peers.json}, as {@link PeersFile} shows it. */
final class PeersForm {
  private static final String FORMAT_NAME = "format";
  private static final long FORMAT = 1;
  private static final String PEERS = "peers";
  private static final String PINS = "pins";
  private static final String RETIRED = "retired";
  private static final String BOUND = "channel_binding";
  private static final String REPLACED = "replaced";
  private static final String SUCCESSOR = "successor";
  private static final String ENCRYPTED = "encrypted";
  private static final String ENCRYPTED_WITH = "encrypted_with";
  /** About what an entry takes. */
  private static final int BYTES_EACH = 256;

  private PeersForm() {}

  /**
   * What was read.
   *
   * @param damage one sentence for each thing that could not be read
   */
  record Content(Map<PublicKey, Peer> peers, List<Pin> pins, Map<PublicKey, PublicKey> retired, List<String> damage) {}

  /**
   * Reads what can be read.
   *
   * @throws StoreException where the file is of a newer version
   */
  static Content read(Path file, byte[] bytes) throws IOException {
    Content content = new Content(new LinkedHashMap<>(), new ArrayList<>(), new LinkedHashMap<>(), new ArrayList<>());
    try {
      if (!(StrictJson.parse(bytes) instanceof JsonObject root)) {
        throw new JsonException("it holds no JSON object");
      }
      if (root.members().containsKey(FORMAT_NAME)) { // the deployed reference writes none
        FormatVersion.check(file, root, FORMAT_NAME, FORMAT);
      }
      each(file, root, PEERS, content, (key, value) -> readPeer(key, value, content));
      each(file, root, PINS, content, (address, value) -> readPin(address, value, content));
      each(file, root, RETIRED, content, (old, value) -> content.retired.put(PublicKey.parse(old), key(value)));
    } catch (JsonException e) {
      content.damage.add(file.getFileName() + ": " + e.getMessage());
    }
    content.peers.values().forEach(peer -> peer.marks().replaced() // files from before keys were retired
        .ifPresent(old -> content.retired.putIfAbsent(old, peer.key())));
    return content;
  }

  private static void each(Path file, JsonObject root, String name, Content content,
      BiConsumer<String, JsonValue> reader) throws JsonException {
    if (!(root.get(name).orElse(JsonObject.builder().build()) instanceof JsonObject entries)) {
      throw new JsonException("its member " + name + " is no object");
    }
    entries.members().forEach((text, value) -> {
      try {
        reader.accept(text, value);
      } catch (IllegalArgumentException | DateTimeException e) {
        content.damage.add(file.getFileName() + ": an entry cannot be read: " + ValueRule.shown(text));
      }
    });
  }

  private static void readPeer(String keyText, JsonValue value, Content content) {
    JsonObject entry = object(value);
    PublicKey key = PublicKey.parse(keyText);
    Instant last = time(entry, "last_seen");
    Instant first = time(entry, "first_seen");
    Marks marks = new Marks(entry.members().get(BOUND) == JsonBoolean.TRUE,
        entry.text(REPLACED).map(PublicKey::parse), entry.text(SUCCESSOR).map(PublicKey::parse),
        entry.members().get(ENCRYPTED) instanceof JsonNumber(String count) && count.matches("[0-9]{1,18}")
            ? entry.text(ENCRYPTED_WITH).map(own -> new Encrypted(PublicKey.parse(own), Long.parseLong(count)))
            : Optional.empty());
    content.peers.put(
        key, new Peer(key, entry.text("address").orElse(""), first.isAfter(last) ? last : first, last, marks));
  }

  private static void readPin(String addressText, JsonValue value, Content content) {
    JsonObject entry = object(value);
    content.pins.add(new Pin(Address.parse(addressText), PublicKey.parse(entry.text("key").orElse("")),
        Strength.valueOf(entry.text("strength").orElse("").toUpperCase(Locale.ROOT)), time(entry, "confirmed")));
  }

  private static JsonObject object(JsonValue value) {
    if (value instanceof JsonObject entry) {
      return entry;
    }
    throw new IllegalArgumentException("an entry is no object");
  }

  private static PublicKey key(JsonValue value) {
    return PublicKey.parse(value instanceof JsonString(String text) ? text : "");
  }

  private static Instant time(JsonObject entry, String name) {
    return DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(entry.text(name).orElse(""), Instant::from);
  }

  static byte[] bytes(List<Peer> peers, List<Pin> pins, Map<PublicKey, PublicKey> retired) {
    StringBuilder text = new StringBuilder(BYTES_EACH * (peers.size() + pins.size() + retired.size() + 1));
    text.append("{\"" + FORMAT_NAME + "\": " + FORMAT + ",\n");
    section(text, PEERS, peers, peer -> peer.key().toString(), PeersForm::json).append(",\n");
    section(text, PINS, pins, pin -> pin.address().full(), PeersForm::json).append(",\n");
    section(text, RETIRED, retired.entrySet(), old -> old.getKey().toString(),
        old -> new JsonString(old.getValue().toString())).append("}\n");
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** One entry a line, and no more than one in memory: there may be ten thousand. */
  private static <T> StringBuilder section(StringBuilder text, String name, Collection<T> entries,
      Function<T, String> key, Function<T, JsonValue> value) {
    text.append('"').append(name).append("\": {");
    String comma = "\n";
    for (T entry : entries) {
      text.append(comma).append("  \"").append(key.apply(entry)).append("\": ");
      text.append(new String(StrictJson.write(value.apply(entry)), StandardCharsets.UTF_8));
      comma = ",\n";
    }
    return text.append("\n}");
  }

  private static JsonObject json(Peer peer) {
    JsonValue.Builder entry = JsonObject.builder()
        .put("address", peer.address())
        .put("first_seen", peer.firstSeen().toString())
        .put("last_seen", peer.lastSeen().toString());
    if (peer.marks().boundItself()) {
      entry.put(BOUND, true);
    }
    entry.putText(REPLACED, peer.marks().replaced().map(PublicKey::toString));
    entry.putText(SUCCESSOR, peer.marks().successor().map(PublicKey::toString));
    peer.marks().encrypted().ifPresent(count ->
        entry.put(ENCRYPTED, count.messages()).put(ENCRYPTED_WITH, count.own().toString()));
    return entry.build();
  }

  private static JsonObject json(Pin pin) {
    return JsonObject.builder()
        .put("key", pin.key().toString())
        .put("strength", pin.strength().name().toLowerCase(Locale.ROOT))
        .put("confirmed", pin.confirmed().toString())
        .build();
  }
}
