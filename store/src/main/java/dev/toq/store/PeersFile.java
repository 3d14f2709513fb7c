package dev.toq.store;

import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.PublicKey;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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
 * <p>Promise: a peer that was met is in the file about a second later; after {@link #save} and {@link #close} at once.
 * What is lost by a crash is what was learned in the last second and not saved.
 *
 * <p>Limit: 10,000 peers, 10,000 pins, 10,000 retired keys; of those that are not approved, the one not seen for the
 * longest time goes first. 32 MiB.
 *
 * <p>Format 1: {@code peers} in the deployed reference's form; where it wrote the file there is no {@code format}. Our
 * own members {@code channel_binding} (true), {@code replaced} and {@code successor} (keys), {@code encrypted} (a
 * number) and {@code encrypted_with} (the key of ours that it counts for) are there where they say something. A newer
 * format is refused.
 *
 * <pre>
 * {"format": 1,
 * "peers": {
 *   "ed25519:A6EH…": {"address":"toq://lab.example/a","first_seen":"2026-11-24T…Z","last_seen":"2026-11-24T…Z"}
 * },
 * "pins": {
 *   "toq://lab.example/a": {"confirmed":"2026-11-24T…Z","key":"ed25519:A6EH…","strength":"weak"}
 * },
 * "retired": {
 *   "ed25519:old…": "ed25519:next…"
 * }}
 * </pre>
 *
 * <p>Commit point: the rename of a forced temporary file; where nobody waits for it, at most once in a second and one
 * more for each {@value #BYTES_A_SECOND} bytes of the file. Recovery: a damaged file is copied to
 * {@code peers.json.damaged-N} with a warning; entries that can be read are kept, and written anew.
 */
public final class PeersFile implements Peers {
  static final int MOST = 10_000;
  private static final int MOST_BYTES = 32 << 20;
  private static final Duration BETWEEN_WRITES = Duration.ofSeconds(1);
  /** A large file is written less often: ten thousand peers, each seen anew, are no reason to wear a disk out. */
  private static final int BYTES_A_SECOND = 256 << 10;

  private static final Duration LONGEST_WRITE = Duration.ofMinutes(1);

  private final Path file;
  private final FileLayer files;
  private final int most;
  private final Supplier<Set<PublicKey>> approved;
  private final Map<PublicKey, Peer> peers = new HashMap<>();
  private final Pins pins;
  private final RetiredKeys retired;
  private final List<String> damage = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread writer;
  private Optional<String> failure = Optional.empty();
  private long noted;
  private long written;
  private long attempts;
  private boolean writing;
  /** For the thread that writes. */
  private int lastBytes;
  private boolean hurried;
  private boolean closed;

  private PeersFile(Path file, FileLayer files, int most, Supplier<Set<PublicKey>> approved) throws IOException {
    this.file = file;
    this.files = files;
    this.most = most;
    this.approved = approved;
    this.pins = new Pins(most, approved);
    this.retired = new RetiredKeys(most, approved);
    Optional<byte[]> bytes = WholeFile.read(file, MOST_BYTES);
    if (bytes.isPresent()) {
      PeersForm.Content content = PeersForm.read(file, bytes.get());
      peers.putAll(content.peers());
      content.pins().forEach(pins::put);
      content.retired().forEach(retired::retire);
      damage.addAll(content.damage());
    }
    if (!damage.isEmpty()) {
      Path aside = WholeFile.copyAside(files, file, bytes.orElseThrow());
      damage.add(file.getFileName() + " was damaged and is kept as " + aside.getFileName());
      noted++;
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
    lock.lock();
    try {
      boolean bound = peers.containsKey(old) && peers.get(old).marks().boundItself();
      mark(next, marks -> bound ? marks.after(old).bound() : marks.after(old));
      mark(old, marks -> marks.before(next));
      if (retired.retire(old, next)) {
        pins.move(old, next); // R-5.6-02
        changed();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<PublicKey> successor(PublicKey old) {
    return locked(() -> retired.successor(old));
  }

  @Override
  public boolean knows(PublicKey key) {
    return locked(() -> peers.containsKey(key) || pins.holds(key) || retired.successor(key).isPresent());
  }

  @Override
  public List<Pin> pins(Address address) {
    return locked(() -> pins.naming(address));
  }

  @Override
  public List<Pin> pins() {
    return locked(pins::all);
  }

  @Override
  public void pin(Pin pin) {
    changing(() -> pins.add(pin));
  }

  @Override
  public void rebind(Pin pin) {
    changing(() -> {
      pins.replace(pin);
      return true;
    });
  }

  @Override
  public boolean forget(PublicKey key) {
    return changing(() -> peers.remove(key) != null | pins.remove(pin -> pin.key().equals(key)));
  }

  @Override
  public boolean unpin(Address address) {
    return changing(() -> pins.remove(pin -> pin.address().names(address)));
  }

  private boolean changing(Supplier<Boolean> change) {
    return locked(() -> {
      boolean isChanged = change.get();
      if (isChanged) {
        changed();
      }
      return isChanged;
    });
  }

  private <T> T locked(Supplier<T> question) {
    lock.lock();
    try {
      return question.get();
    } finally {
      lock.unlock();
    }
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
    changed(); // R-8.9-01
  }

  private void changed() {
    noted++;
    changed.signalAll();
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
    return locked(() -> Optional.ofNullable(peers.get(key)));
  }

  @Override
  public List<Peer> all() {
    return locked(this::sorted);
  }

  private List<Peer> sorted() {
    return peers.values().stream()
        .sorted(Comparator.comparing(Peer::lastSeen).reversed().thenComparing(Peer::key))
        .toList();
  }

  @Override
  public List<String> warnings() {
    return locked(() -> {
      List<String> all = new ArrayList<>(damage);
      failure.ifPresent(all::add);
      return List.copyOf(all);
    });
  }

  @Override
  public void save() throws IOException {
    lock.lock();
    try {
      long wanted = noted;
      long own = attempts + (writing ? 2 : 1); // one that has begun already says nothing of the disk now
      hurried = true;
      changed.signalAll();
      long left = LONGEST_WRITE.toNanos();
      while (written < wanted && (attempts < own || failure.isEmpty()) && left > 0 && !closed) {
        left = changed.awaitNanos(left);
      }
      if (written < wanted) {
        throw new StoreException(failure.orElse("the disk does not take " + file), "look at the disk");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while " + file + " is written");
    } finally {
      lock.unlock();
    }
  }

  /** The writer's life: a write, a pause, and the next where something changed meanwhile. */
  private void writeWhenDirty() {
    lock.lock();
    try {
      while (!closed) {
        while (written == noted && !closed) {
          changed.await();
        }
        writeOnce();
        long pause = BETWEEN_WRITES.toNanos() * (1 + lastBytes / BYTES_A_SECOND);
        while (pause > 0 && !hurried && !closed) {
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
    hurried = false;
    if (written == noted) {
      return;
    }
    long seen = noted;
    List<Peer> known = sorted();
    List<Pin> bound = pins.all();
    Map<PublicKey, PublicKey> old = retired.all();
    writing = true;
    lock.unlock();
    Optional<String> failed = Optional.empty();
    try {
      byte[] bytes = PeersForm.bytes(known, bound, old);
      lastBytes = bytes.length;
      WholeFile.write(files, file, bytes);
    } catch (IOException e) {
      failed = Optional.of(String.valueOf(e.getMessage()));
    } finally {
      lock.lock();
      writing = false;
    }
    written = failed.isEmpty() ? seen : written;
    failure = failed;
    attempts++;
    changed.signalAll();
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
