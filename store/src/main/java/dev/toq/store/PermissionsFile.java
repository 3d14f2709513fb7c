package dev.toq.store;

import dev.toq.protocol.identity.AddressPattern;
import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.PermissionRules.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * {@code permissions.toml}: the owner's rules and who waits (specification 25.2); beside it
 * {@code security.json}: whom the owner denied.
 *
 * <p>Promise: a change is forced to disk before its method returns. Edits by hand are in force within half a second,
 * and a change is made to what the file holds then, also by another process. A file that cannot be read never stands
 * for empty rules (A-87): at the start it is refused, later the last good rules stay in force with a warning, and
 * changes are refused so that the owner's half-done edit is not lost. So is a file with an approval or a block that
 * means nothing: of an unknown type, with a key that is none, with a pattern that no address can match.
 *
 * <p>Limit: 4 MiB, 10,000 denied keys (the oldest goes first). Comments that the owner wrote do not survive a change.
 *
 * <p>Format: TOML as the deployed reference has it; {@code security.json} is ours, {@code format} 1.
 *
 * <pre>
 * pending = []
 * [[approved]]
 * type = "address"
 * value = "toq://lab.example/*"
 * [[blocked]]
 * type = "key"
 * value = "ed25519:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
 *
 * {"format":1,"denied":[{"key":"ed25519:A6EH…","at":"2026-11-24T12:00:00Z"}]}
 * </pre>
 *
 * <p>Commit point: the rename of {@code permissions.toml}. A denial is written before its request is removed, and
 * removed after its approval is written, so a crash between leaves both; an approval then counts more than a denial,
 * and a denial more than a request. Recovery: nothing is repaired by guessing.
 */
public final class PermissionsFile implements Permissions {
  /** How old a request may be before its repetition is worth another write. */
  private static final Duration REFRESH = Duration.ofMinutes(1);

  private final FileLayer files;
  private final InstantSource clock;
  private final Path lockFile;
  private final ReentrantLock lock = new ReentrantLock();
  private final WatchedFile<PermissionRules> rules;
  private final WatchedFile<Denials> denials;

  private PermissionsFile(DataDirectory directory, FileLayer files, InstantSource clock) throws IOException {
    this.files = files;
    this.clock = clock;
    Path file = directory.permissions();
    Path security = directory.security();
    this.lockFile = directory.root().resolve("permissions.lock");
    this.rules = new WatchedFile<>(
        file, TomlDocument.MOST_BYTES, PermissionRules.none(), bytes -> PermissionRules.read(file, bytes));
    this.denials =
        new WatchedFile<>(security, TomlDocument.MOST_BYTES, Denials.none(), bytes -> Denials.read(security, bytes));
  }

  /**
   * Reads the rules of this directory; without files there are none yet.
   *
   * @throws ConfigException where {@code permissions.toml} cannot be read in full
   * @throws StoreException where {@code security.json} is damaged or newer than this version
   */
  public static PermissionsFile open(DataDirectory directory, InstantSource clock) throws IOException {
    return open(directory, RealFiles.INSTANCE, clock);
  }

  static PermissionsFile open(DataDirectory directory, FileLayer files, InstantSource clock) throws IOException {
    return new PermissionsFile(directory, files, clock);
  }

  /** What the owner should be told about the files: one sentence each. */
  public List<String> warnings() {
    return locked(() -> {
      List<String> all = new ArrayList<>(rules().warnings());
      aboutAll(meanings(rules().approved())).ifPresent(pattern ->
          all.add("the approval of " + pattern + " covers every address there is"));
      aboutAll(meanings(rules().blocked())).ifPresent(pattern ->
          all.add("the block of " + pattern + " covers every address: nobody gets in"));
      denied();
      rules.warning().ifPresent(all::add);
      denials.warning().ifPresent(all::add);
      return List.copyOf(all);
    });
  }

  @Override
  public List<Rule> approved() {
    return locked(() -> meanings(rules().approved()));
  }

  @Override
  public List<Rule> blocked() {
    return locked(() -> meanings(rules().blocked()));
  }

  @Override
  public List<Pending> pending() {
    return locked(() -> {
      PermissionRules now = rules();
      Set<PublicKey> decided = new HashSet<>(keys(now.approved()));
      decided.addAll(keys(now.blocked()));
      decided.addAll(denials.get(clock.instant()).all());
      return meanings(now.pending()).stream().filter(request -> !decided.contains(request.key())).toList();
    });
  }

  @Override
  public List<PublicKey> denied() {
    return locked(() -> {
      Set<PublicKey> approved = keys(rules().approved());
      return denials.get(clock.instant()).all().stream().filter(key -> !approved.contains(key)).toList();
    });
  }

  @Override
  public void approve(Rule rule) throws IOException {
    change(now -> new PermissionRules(
        with(now.approved(), rule), now.blocked(), withoutKey(now.pending(), rule), now.warnings()), rule);
  }

  @Override
  public void revoke(Rule rule) throws IOException {
    change(now -> new PermissionRules(without(now.approved(), rule), now.blocked(), now.pending(), now.warnings()),
        rule);
  }

  @Override
  public void block(Rule rule) throws IOException {
    change(now -> new PermissionRules(
        rule instanceof Rule.ByKey ? without(now.approved(), rule) : now.approved(),
        with(now.blocked(), rule),
        withoutKey(now.pending(), rule),
        now.warnings()));
  }

  @Override
  public void unblock(Rule rule) throws IOException {
    change(now -> new PermissionRules(now.approved(), without(now.blocked(), rule), now.pending(), now.warnings()));
  }

  @Override
  public boolean deny(PublicKey key) throws IOException {
    Rule rule = new Rule.ByKey(key);
    lock.lock();
    try (CrossProcessLock turn = CrossProcessLock.take(lockFile)) {
      PermissionRules now = rules.readNow();
      if (keys(now.approved()).contains(key)) {
        return false; // revoke or block end an approval; it must not hide a denial that would come back with its end
      }
      writeDenials(denials.readNow().with(key, clock.instant().toString()));
      writeRules(now, new PermissionRules(now.approved(), now.blocked(), withoutKey(now.pending(), rule),
          now.warnings()));
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean request(Pending request, int limit) throws IOException {
    lock.lock();
    try (CrossProcessLock turn = CrossProcessLock.take(lockFile)) {
      PermissionRules now = rules.readNow();
      PublicKey key = request.key();
      if (keys(now.blocked()).contains(key)) {
        return false;
      }
      if (keys(now.approved()).contains(key)) {
        return true; // decided while the peer was on its way
      }
      if (denials.readNow().all().contains(key)) {
        return false;
      }
      Optional<Pending> known = meanings(now.pending()).stream().filter(p -> p.key().equals(key)).findFirst();
      if (known.isEmpty() && meanings(now.pending()).size() >= limit) {
        return false;
      }
      if (known.isPresent() && isFresh(known.get(), request)) {
        return true;
      }
      List<Entry<Pending>> pending = new ArrayList<>(withoutKey(now.pending(), new Rule.ByKey(key)));
      pending.add(PermissionRules.entry(request));
      writeRules(now, new PermissionRules(now.approved(), now.blocked(), pending, now.warnings()));
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** A stranger who knocks again and again must not cost a write each time. */
  private static boolean isFresh(Pending known, Pending again) {
    return known.address().equals(again.address())
        && Duration.between(known.requestedAt(), again.requestedAt()).compareTo(REFRESH) < 0;
  }

  /** One change of the rules, computed from what the file holds at this moment. */
  private interface Change {
    PermissionRules of(PermissionRules now);
  }

  /** Changes the rules, then forgets a denial of the same key. */
  private void change(Change change, Rule decided) throws IOException {
    lock.lock();
    try (CrossProcessLock turn = CrossProcessLock.take(lockFile)) {
      Denials before = denials.readNow();
      PermissionRules now = rules.readNow();
      writeRules(now, change.of(now));
      if (decided instanceof Rule.ByKey(PublicKey key)) {
        writeDenials(before.without(key));
      }
    } finally {
      lock.unlock();
    }
  }

  private void change(Change change) throws IOException {
    lock.lock();
    try (CrossProcessLock turn = CrossProcessLock.take(lockFile)) {
      PermissionRules now = rules.readNow();
      writeRules(now, change.of(now));
    } finally {
      lock.unlock();
    }
  }

  private void writeRules(PermissionRules before, PermissionRules after) throws IOException {
    if (!after.equals(before)) {
      rules.write(files, after, after.bytes()); // R-8.9-02, R-16.3-01
    }
  }

  private void writeDenials(Denials after) throws IOException {
    if (!after.equals(denials.readNow())) {
      denials.write(files, after, after.bytes());
    }
  }

  private PermissionRules rules() {
    return rules.get(clock.instant());
  }

  private <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  private static <T> List<T> meanings(List<Entry<T>> entries) {
    return entries.stream().flatMap(entry -> entry.meaning().stream()).toList();
  }

  private static Optional<String> aboutAll(List<Rule> rules) {
    return rules.stream().flatMap(rule -> switch (rule) {
      case Rule.ByKey byKey -> Stream.<String>empty();
      case Rule.ByAddress(String pattern) -> Stream.of(pattern);
    }).filter(AddressPattern::coversAll).findFirst();
  }

  private static Set<PublicKey> keys(List<Entry<Rule>> entries) {
    Set<PublicKey> keys = new HashSet<>();
    for (Rule rule : meanings(entries)) {
      if (rule instanceof Rule.ByKey(PublicKey key)) {
        keys.add(key);
      }
    }
    return keys;
  }

  private static List<Entry<Rule>> with(List<Entry<Rule>> entries, Rule rule) {
    if (meanings(entries).contains(rule)) {
      return entries;
    }
    List<Entry<Rule>> more = new ArrayList<>(entries);
    more.add(PermissionRules.entry(rule));
    return more;
  }

  private static List<Entry<Rule>> without(List<Entry<Rule>> entries, Rule rule) {
    return entries.stream().filter(entry -> !entry.meaning().equals(Optional.of(rule))).toList();
  }

  private static List<Entry<Pending>> withoutKey(List<Entry<Pending>> entries, Rule rule) {
    if (!(rule instanceof Rule.ByKey(PublicKey key))) {
      return entries;
    }
    return entries.stream().filter(entry -> entry.meaning().filter(p -> p.key().equals(key)).isEmpty()).toList();
  }
}
