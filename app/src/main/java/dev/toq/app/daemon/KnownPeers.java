package dev.toq.app.daemon;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonArray;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.PeerText;
import dev.toq.store.Peers;
import dev.toq.store.Peers.Peer;
import dev.toq.store.Peers.Pin;
import dev.toq.store.Permissions;
import java.io.IOException;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the owner may see and change of the peers that this agent has met, and of the keys that addresses belong to. A
 * change is on the disk when its method returns. A peer is named by its key, the beginning of it, its fingerprint or
 * the beginning of that, or an address.
 */
public final class KnownPeers {
  private final Peers peers;
  private final Pinning pins;
  private final Live live;

  KnownPeers(Peers peers, Pinning pins, Live live) {
    this.peers = peers;
    this.pins = pins;
    this.live = live;
  }

  /** The connections of an agent that runs. */
  interface Live {
    Set<PublicKey> connected();

    /** Ends those with this key, and remembers no address for it. */
    void end(PublicKey key);

    /** Ends those at this address with any other key, and remembers none of these for it. */
    void end(Address address, Optional<PublicKey> but);
  }

  private static final Live NONE = new Live() {
    @Override
    public Set<PublicKey> connected() {
      return Set.of();
    }

    @Override
    public void end(PublicKey key) {}

    @Override
    public void end(Address address, Optional<PublicKey> but) {}
  };

  /** For the files of an agent that does not run. */
  public static KnownPeers resting(Peers peers, Permissions permissions, InstantSource clock) {
    return new KnownPeers(peers, new Pinning(peers, permissions, false, clock), NONE);
  }

  /** {@code {"peers":[…],"refused":[…]}}, the peer seen last first. */
  public JsonObject list() {
    Set<PublicKey> now = live.connected();
    Map<PublicKey, List<Pin>> owned = peers.pins().stream().collect(Collectors.groupingBy(Pin::key));
    return JsonObject.builder()
        .put("peers", new JsonArray(keys().<JsonValue>map(
            key -> json(key, now, owned.getOrDefault(key, List.of()))).toList()))
        .put("refused", new JsonArray(pins.refusals().stream().map(KnownPeers::json).toList()))
        .build();
  }

  /**
   * One peer; empty where none is known by that name.
   *
   * @throws IllegalArgumentException with a sentence, where the name is none, or that of several
   */
  public Optional<JsonObject> show(String name) {
    return find(name).map(key -> json(key, live.connected(),
        peers.pins().stream().filter(pin -> pin.key().equals(key)).toList()));
  }

  /**
   * Forgets a peer and the addresses that belong to its key; named by an address, only whose the address is. A retired
   * key stays retired.
   *
   * @return what was forgotten; empty where nothing is known by that name
   * @throws IllegalArgumentException as {@link #show}
   */
  public Optional<JsonObject> forget(String name) throws IOException {
    Optional<JsonObject> known = show(name);
    if (known.isEmpty()) {
      return known;
    }
    if (isAddress(name)) {
      Address address = Address.parse(name);
      if (!peers.unpin(address)) {
        return Optional.empty();
      }
      pins.settle(address);
      peers.save();
      live.end(address, Optional.empty());
    } else {
      PublicKey key = find(name).orElseThrow();
      peers.forget(key);
      peers.save();
      live.end(key);
    }
    return known;
  }

  /**
   * From now on this address belongs to this key, whatever it belonged to.
   *
   * @return {@code {"address","public_key","fingerprint","replaced":[…]}}, with the keys that it belonged to
   * @throws IllegalArgumentException with a sentence, where the key was replaced by another one
   */
  public JsonObject accept(Address address, PublicKey key) throws IOException {
    Optional<PublicKey> successor = peers.successor(key);
    if (successor.isPresent()) {
      throw new IllegalArgumentException("the key " + key.fingerprint() + " was replaced by "
          + successor.get().fingerprint() + ", and a key that was replaced stays retired");
    }
    List<String> before = peers.pins(address).stream().map(Pin::key).filter(other -> !other.equals(key))
        .distinct().map(PublicKey::toString).toList();
    pins.accept(address, key);
    live.end(address, Optional.of(key)); // else what is sent there goes on to whom it belonged to
    return JsonObject.builder().put("address", address.full()).put("public_key", key.toString())
        .put("fingerprint", key.fingerprint()).put("replaced", JsonArray.ofTexts(before)).build();
  }

  /** All that have a record or an address. */
  private Stream<PublicKey> keys() {
    Set<PublicKey> keys = new LinkedHashSet<>(peers.all().stream().map(Peer::key).toList());
    peers.pins().forEach(pin -> keys.add(pin.key()));
    return keys.stream();
  }

  private static boolean isAddress(String name) {
    return name.startsWith("toq://");
  }

  private Optional<PublicKey> find(String name) {
    List<PublicKey> found = isAddress(name) ? at(Address.parse(name))
        : keys().filter(key -> key.isMeantBy(name)).limit(2).toList();
    if (found.size() > 1) {
      throw new IllegalArgumentException("more than one peer is meant by " + PeerText.shown(name)
          + (isAddress(name) ? ": name it by its key" : ": give more of the key"));
    }
    return found.stream().findFirst();
  }

  /** Whose the address is, or, where it is nobody's, who said that it is his. */
  private List<PublicKey> at(Address address) {
    List<PublicKey> owners = peers.pins(address).stream().map(Pin::key).distinct().toList();
    return !owners.isEmpty() ? owners : peers.all().stream()
        .filter(peer -> peer.address().equals(address.toString())).map(Peer::key).toList();
  }

  private JsonObject json(PublicKey key, Set<PublicKey> live, List<Pin> own) {
    Optional<Peer> peer = peers.find(key);
    return JsonObject.builder()
        .put("public_key", key.toString())
        .put("fingerprint", key.fingerprint())
        .put("address", PeerText.shown(peer.map(Peer::address).filter(text -> !text.isEmpty())
            .or(() -> own.stream().findFirst().map(pin -> pin.address().full())).orElse("")))
        .put("status", live.contains(key) ? "connected" : "seen")
        .putText("first_seen", peer.map(known -> known.firstSeen().toString()))
        .putText("last_seen", peer.map(known -> known.lastSeen().toString()))
        .put("pins", new JsonArray(own.stream().map(KnownPeers::json).toList()))
        .putText("replaced", peer.flatMap(known -> known.marks().replaced()).map(PublicKey::toString))
        .putText("replaced_by", peers.successor(key).map(PublicKey::toString))
        .build();
  }

  private static JsonValue json(Pin pin) {
    return JsonObject.builder()
        .put("address", pin.address().full())
        .put("strength", pin.strength().name().toLowerCase(Locale.ROOT))
        .put("confirmed", pin.confirmed().toString())
        .build();
  }

  private static JsonValue json(KeyRefusal refusal) {
    JsonValue.Builder entry = JsonObject.builder()
        .put("public_key", refusal.offered().toString())
        .put("fingerprint", refusal.offered().fingerprint())
        .put("at", refusal.at().toString())
        .put("message", refusal.sentence());
    return switch (refusal) {
      case KeyRefusal.Changed changed -> entry.put("reason", "changed_key")
          .put("address", changed.address().full())
          .put("belongs_to", changed.pin().key().toString())
          .put("belongs_to_fingerprint", changed.pin().key().fingerprint())
          .put("command", changed.command()).build();
      case KeyRefusal.Retired retired -> entry.put("reason", "retired_key")
          .put("address", retired.address().full())
          .put("replaced_by", retired.successor().toString()).build();
    };
  }
}
