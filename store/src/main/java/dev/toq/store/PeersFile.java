package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.JsonValue.JsonBoolean;
import dev.toq.protocol.wire.JsonValue.JsonNumber;
import dev.toq.protocol.wire.JsonValue.JsonObject;
import dev.toq.protocol.wire.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * {@code peers.json}: whom this agent has met (specification 25.2).
 *
 * <p>Promise: a peer that was met is in the file about a second later, and after {@link #close} at once. What is lost
 * by a crash is what was learned in the last second.
 *
 * <p>Limit: 10,000 peers; of those that are not approved, the one not seen for the longest time goes first. 8 MiB.
 *
 * <p>Format: the deployed reference's, so it carries no version. Our own members {@code channel_binding} (true),
 * {@code replaced} and {@code successor} (keys), {@code encrypted} (a number) and {@code encrypted_with} (the key of ours
 * that it counts for) are there where they say something.
 *
 * <pre>
 * {"peers": {
 *   "ed25519:A6EH…": {"address":"toq://lab.example/a","first_seen":"2026-11-24T…Z","last_seen":"2026-11-24T…Z"}
 * }}
 * </pre>
 *
 * <p>Commit point: the rename of a forced temporary file, at most once a second. Recovery: a damaged file is copied to
 * {@code peers.json.damaged-N} with a warning; entries that can be read are kept, and written anew.
 */
public final class PeersFile implements Peers {
  static final int MOST = 10_000;
  private static final String BOUND = "channel_binding";
  private static final String REPLACED = "replaced";
  private static final String SUCCESSOR = "successor";
  private static final String ENCRYPTED = "encrypted";
  private static final String ENCRYPTED_WITH = "encrypted_with";
  private static final int MOST_BYTES = 8 << 20;
  private static final Duration BETWEEN_WRITES = Duration.ofSeconds(1);

  private static final Duration LONGEST_WRITE = Duration.ofMinutes(1);

  private final Path file;
  private final FileLayer files;
  private final int most;
  private final Supplier<Set<PublicKey>> approved;
  private final Map<PublicKey, Peer> peers = new HashMap<>();
  private final List<String> damage = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread writer;
  private Optional<String> failure = Optional.empty();
  private boolean dirty;
  private boolean closed;

  private PeersFile(Path file, FileLayer files, int most, Supplier<Set<PublicKey>> approved) throws IOException {
    this.file = file;
    this.files = files;
    this.most = most;
    this.approved = approved;
    Optional<byte[]> bytes = WholeFile.read(file, MOST_BYTES);
    bytes.ifPresent(this::read);
    if (!damage.isEmpty()) {
      Path aside = WholeFile.copyAside(files, file, bytes.orElseThrow());
      damage.add(file.getFileName() + " was damaged and is kept as " + aside.getFileName());
      dirty = true;
    }
    this.writer = Thread.ofVirtual().name("peers-writer").unstarted(this::writeWhenDirty);
  }

  /**
   * Reads what is known, and begins to keep the file up to date.
   *
   * @param approved the keys that are forgotten last
   */
  public static PeersFile open(DataDirectory directory, Supplier<Set<PublicKey>> approved) throws IOException {
    return open(directory, RealFiles.INSTANCE, MOST, approved);
  }

  static PeersFile open(DataDirectory directory, FileLayer files, int most, Supplier<Set<PublicKey>> approved)
      throws IOException {
    PeersFile opened = new PeersFile(directory.peers(), files, most, approved);
    opened.writer.start();
    return opened;
  }

  private void read(byte[] bytes) {
    try {
      if (!(StrictJson.parse(bytes) instanceof JsonObject root)) {
        throw new JsonException("it holds no JSON object");
      }
      if (root.get("peers").orElse(JsonObject.builder().build()) instanceof JsonObject entries) {
        entries.members().forEach(this::readPeer);
      } else {
        throw new JsonException("its member peers is no object");
      }
    } catch (JsonException e) {
      damage.add(file.getFileName() + ": " + e.getMessage());
    }
  }

  private void readPeer(String keyText, JsonValue value) {
    try {
      if (!(value instanceof JsonObject entry)) {
        throw new IllegalArgumentException("an entry is no object");
      }
      PublicKey key = PublicKey.parse(keyText);
      Instant last = time(entry, "last_seen");
      Instant first = time(entry, "first_seen");
      Marks marks = new Marks(entry.members().get(BOUND) == JsonBoolean.TRUE,
          entry.text(REPLACED).map(PublicKey::parse), entry.text(SUCCESSOR).map(PublicKey::parse), encrypted(entry));
      peers.put(key, new Peer(key, entry.text("address").orElse(""), first.isAfter(last) ? last : first, last, marks));
    } catch (IllegalArgumentException | DateTimeException e) {
      damage.add(file.getFileName() + ": an entry cannot be read: " + ValueRule.shown(keyText));
    }
  }

  private static Optional<Encrypted> encrypted(JsonObject entry) {
    return entry.members().get(ENCRYPTED) instanceof JsonNumber(String count) && count.matches("[0-9]{1,18}")
        ? entry.text(ENCRYPTED_WITH).map(own -> new Encrypted(PublicKey.parse(own), Long.parseLong(count)))
        : Optional.empty();
  }

  private static Instant time(JsonObject entry, String name) {
    return DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(entry.text(name).orElse(""), Instant::from);
  }

  @Override
  public void touch(PublicKey key, String address, Instant now) {
    lock.lock();
    try {
      Peer known = peers.getOrDefault(key, new Peer(key, "", now, now));
      Peer met = new Peer(
          key,
          address.isEmpty() ? known.address() : address,
          known.firstSeen().isAfter(now) ? now : known.firstSeen(),
          known.lastSeen().isAfter(now) ? known.lastSeen() : now,
          known.marks());
      put(met);
      if (peers.size() > most) {
        forgetOldest(key);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void boundItself(PublicKey key) {
    mark(key, Marks::bound);
  }

  @Override
  public void announced(PublicKey key, PublicKey next) {
    mark(key, marks -> marks.before(next));
  }

  @Override
  public void replaced(PublicKey old, PublicKey next) {
    boolean bound = find(old).filter(known -> known.marks().boundItself()).isPresent();
    mark(next, marks -> bound ? marks.after(old).bound() : marks.after(old));
    mark(old, marks -> marks.before(next));
  }

  @Override
  public void encrypted(PublicKey key, PublicKey own, long messages) {
    mark(key, marks -> marks.counting(new Encrypted(own, messages)));
  }

  /** Changes what is known of a peer's key; what changes nothing costs no write. */
  private void mark(PublicKey key, UnaryOperator<Marks> change) {
    lock.lock();
    try {
      Peer known = peers.get(key);
      if (known != null && !change.apply(known.marks()).equals(known.marks())) {
        put(new Peer(
            key, known.address(), known.firstSeen(), known.lastSeen(), change.apply(known.marks())));
      }
    } finally {
      lock.unlock();
    }
  }

  private void put(Peer peer) {
    peers.put(peer.key(), peer);
    dirty = true;
    changed.signal();
  }

  private void forgetOldest(PublicKey met) {
    Set<PublicKey> spared = approved.get();
    peers.values().stream()
        .filter(peer -> !peer.key().equals(met))
        .min(Comparator.<Peer, Boolean>comparing(peer -> spared.contains(peer.key()))
            .thenComparing(Peer::lastSeen).thenComparing(Peer::key))
        .ifPresent(peer -> peers.remove(peer.key()));
  }

  @Override
  public Optional<Peer> find(PublicKey key) {
    lock.lock();
    try {
      return Optional.ofNullable(peers.get(key));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<Peer> all() {
    lock.lock();
    try {
      return sorted();
    } finally {
      lock.unlock();
    }
  }

  private List<Peer> sorted() {
    return peers.values().stream()
        .sorted(Comparator.comparing(Peer::lastSeen).reversed().thenComparing(Peer::key))
        .toList();
  }

  @Override
  public List<String> warnings() {
    lock.lock();
    try {
      List<String> all = new ArrayList<>(damage);
      failure.ifPresent(all::add);
      return List.copyOf(all);
    } finally {
      lock.unlock();
    }
  }

  /** The writer's life: a write, a pause, and the next where something changed meanwhile. */
  private void writeWhenDirty() {
    lock.lock();
    try {
      while (!closed) {
        while (!dirty && !closed) {
          changed.await();
        }
        writeOnce();
        long pause = BETWEEN_WRITES.toNanos();
        while (pause > 0 && !closed) {
          pause = changed.awaitNanos(pause);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody interrupts it; close() writes what is left
    } finally {
      lock.unlock();
    }
  }

  /** Writes without the lock, so that no peer waits for the disk. Called and returned from with the lock held. */
  private void writeOnce() {
    if (!dirty) {
      return;
    }
    dirty = false;
    byte[] bytes = bytes(sorted());
    lock.unlock();
    Optional<String> failed = Optional.empty();
    try {
      WholeFile.write(files, file, bytes); // R-8.9-01
    } catch (IOException e) {
      failed = Optional.of(String.valueOf(e.getMessage()));
    } finally {
      lock.lock();
    }
    dirty |= failed.isPresent();
    failure = failed;
  }

  private static byte[] bytes(List<Peer> peers) {
    StringBuilder text = new StringBuilder("{\"peers\": {");
    String comma = "\n";
    for (Peer peer : peers) {
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
      text.append(comma).append("  \"").append(peer.key()).append("\": ");
      text.append(new String(StrictJson.write(entry.build()), StandardCharsets.UTF_8));
      comma = ",\n";
    }
    return text.append("\n}}\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      if (!writer.join(LONGEST_WRITE)) {
        throw new StoreException("the disk does not take " + file, "look at the disk");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    lock.lock();
    try {
      writeOnce();
      if (failure.isPresent()) {
        throw new StoreException(failure.get(), "check the disk and who may write there");
      }
    } finally {
      lock.unlock();
    }
  }
}
