package dev.toq.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A store as {@link DiskFaults} sees it: records by number, each acknowledged or refused. */
interface FaultyStore extends AutoCloseable {
  TestClock CLOCK = new TestClock();

  /** Stores a record; returns when it is acknowledged, and throws where it is refused. */
  void store(int number) throws IOException;

  /** How often this record is there, as far as it can be asked. */
  int count(int number) throws IOException;

  /** Whether its owner is told now that the disk fails; empty where only the one who asks is told, by the refusal. */
  Optional<Boolean> degraded();

  /** A text of the record's line, where it must be forced before it is acknowledged. */
  Optional<String> mark(int number);

  @Override
  void close() throws IOException;

  /** How a store is opened. */
  interface Opening {
    FaultyStore open(FileLayer files, Path directory) throws IOException;
  }

  /** Every kind of store, by name. */
  static Map<String, Opening> all() {
    return Map.of("inbox", OfInbox::new, "outbox", OfOutbox::new, "permissions", OfPermissions::new,
        "challenges", OfChallenges::new, "config", OfConfig::new);
  }

  private static void await(CompletableFuture<Void> durable) throws IOException {
    try {
      durable.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException refused) {
      if (refused.getCause() instanceof IOException why) {
        throw why;
      }
      throw new AssertionError(refused);
    } catch (InterruptedException | TimeoutException stuck) {
      throw new AssertionError("nobody answered", stuck);
    }
  }

  /** Messages that were received; segments are small, so that they roll. */
  record OfInbox(InboxFile inbox) implements FaultyStore {
    OfInbox(FileLayer files, Path directory) throws IOException {
      this(InboxFile.open(files, directory.resolve("messages.jsonl"), CLOCK, new Random(3),
          new InboxFile.Settings(Duration.ofSeconds(600), 1000, 700, 1 << 20), Set::of));
    }

    @Override
    public void store(int number) throws IOException {
      await(inbox.accept(Messages.message(1, "id-" + number, CLOCK.instant())).durable());
    }

    @Override
    public int count(int number) {
      return (int) inbox.newest(1000, message -> message.id().equals("id-" + number)).count();
    }

    @Override
    public Optional<Boolean> degraded() {
      return Optional.of(inbox.trouble().isPresent());
    }

    @Override
    public Optional<String> mark(int number) {
      return Optional.of("\"id-" + number + "\"");
    }

    @Override
    public void close() throws IOException {
      inbox.close();
    }
  }

  /** Messages to send. */
  record OfOutbox(OutboxFile outbox) implements FaultyStore {
    OfOutbox(FileLayer files, Path directory) throws IOException {
      this(OutboxFile.open(files, directory.resolve("outbox.jsonl"), CLOCK,
          new OutboxFile.Settings(1000, 1 << 20, 1000, 900, 1 << 20, Duration.ofHours(1))));
    }

    @Override
    public void store(int number) throws IOException {
      if (outbox.accept(OutboxMessages.message(1, number, CLOCK.instant())) instanceof Outbox.Acceptance.Taken taken) {
        await(taken.durable());
      }
    }

    @Override
    public int count(int number) {
      return outbox.newest(1000, entry -> entry.key().equals(OutboxMessages.key(1, number))).size();
    }

    @Override
    public Optional<Boolean> degraded() {
      return Optional.of(outbox.trouble().isPresent());
    }

    @Override
    public Optional<String> mark(int number) {
      return Optional.of(OutboxMessages.key(1, number).id().toString());
    }

    @Override
    public void close() throws IOException {
      outbox.close();
    }
  }

  /** Approvals. */
  record OfPermissions(PermissionsFile rules) implements FaultyStore {
    OfPermissions(FileLayer files, Path directory) throws IOException {
      this(PermissionsFile.open(in(directory), files, CLOCK));
    }

    @Override
    public void store(int number) throws IOException {
      rules.approve(new Permissions.Rule.ByKey(Keys.key(number)));
    }

    @Override
    public int count(int number) {
      return (int) rules.approved().stream()
          .filter(rule -> rule.equals(new Permissions.Rule.ByKey(Keys.key(number)))).count();
    }

    @Override
    public Optional<Boolean> degraded() {
      return Optional.empty();
    }

    @Override
    public Optional<String> mark(int number) {
      return Optional.of(Keys.key(number).toString());
    }

    @Override
    public void close() {}
  }

  /** Challenges, which are not forced. */
  record OfChallenges(ChallengeFile challenges) implements FaultyStore {
    OfChallenges(FileLayer files, Path directory) throws IOException {
      this(ChallengeFile.open(in(directory), files, CLOCK.instant(), 100, 100, Set::of));
    }

    private boolean use(int number) throws IOException {
      return challenges.firstUse(Keys.key(1), new byte[] {(byte) number}, CLOCK.instant());
    }

    @Override
    public void store(int number) throws IOException {
      if (!use(number)) {
        throw new AssertionError("challenge " + number + " was not used, and is known");
      }
    }

    @Override
    public int count(int number) throws IOException {
      return use(number) ? 0 : 1;
    }

    @Override
    public Optional<Boolean> degraded() {
      return Optional.empty();
    }

    @Override
    public Optional<String> mark(int number) {
      return Optional.empty();
    }

    @Override
    public void close() throws IOException {
      challenges.close();
    }
  }

  /** A configuration in which one value after another is set; the last one counts. */
  final class OfConfig implements FaultyStore {
    private static final int FIRST_PORT = 2000;

    private final FileLayer files;
    private final Path file;
    private int highest;

    OfConfig(FileLayer files, Path directory) throws IOException {
      this.files = files;
      this.file = in(directory).config();
      if (!Files.exists(file)) {
        ConfigFile.write(files, file, Config.standard());
      }
    }

    @Override
    public void store(int number) throws IOException {
      if (!Files.exists(file)) {
        ConfigFile.write(files, file, Config.standard());
      }
      ConfigFile.set(files, file, ConfigKey.PORT, (long) FIRST_PORT + Math.max(highest, number));
      highest = Math.max(highest, number);
    }

    @Override
    public int count(int number) throws IOException {
      return ConfigFile.load(file).config().port() >= FIRST_PORT + number ? 1 : 0;
    }

    @Override
    public Optional<Boolean> degraded() {
      return Optional.empty();
    }

    @Override
    public Optional<String> mark(int number) {
      return Optional.of("port = " + (FIRST_PORT + highest));
    }

    @Override
    public void close() {}
  }

  private static DataDirectory in(Path directory) {
    return new DataDirectory(directory, directory.resolve("agents"), DataDirectory.Origin.FLAG);
  }

  /** The names of all kinds, in order. */
  static List<String> names() {
    return all().keySet().stream().sorted().toList();
  }
}
