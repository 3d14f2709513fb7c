package dev.toq.app.torture;

import dev.toq.protocol.Spec;
import dev.toq.protocol.envelope.EnvelopeCheck;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.envelope.Verdict;
import dev.toq.protocol.identity.Address;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.session.FrameChannel;
import dev.toq.protocol.session.Handshake;
import dev.toq.protocol.session.HandshakeException;
import dev.toq.protocol.session.Self;
import dev.toq.protocol.wire.CanonicalJson;
import dev.toq.protocol.wire.FrameReader;
import dev.toq.protocol.wire.JsonException;
import dev.toq.protocol.wire.JsonValue;
import dev.toq.protocol.wire.StrictJson;
import dev.toq.store.ConfigFile;
import dev.toq.store.DataDirectory;
import dev.toq.store.InboxFile;
import dev.toq.store.OutboxFile;
import dev.toq.store.PermissionsFile;
import dev.toq.store.RealFiles;
import dev.toq.store.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** The readers that {@link Fuzz} gives spoiled input to. */
final class FuzzTargets implements AutoCloseable {
  /** A reader. */
  interface Reader {
    /** Whether it takes the input for sound; throws what it does not document. */
    boolean takes(byte[] input) throws IOException;
  }

  /** A reader with its name; {@code inFiles}: it opens files, which takes a thousand times as long. */
  record Target(String name, boolean inFiles, Reader reader) {}

  private static final Instant NOW = Instant.parse("2026-03-17T06:09:00Z");
  private static final InstantSource CLOCK = InstantSource.fixed(NOW);
  private static final Identity PEER = Identity.ofSeed(new byte[32]);
  private static final Address PEER_ADDRESS = Address.parse("toq://localhost:9010/alice");
  private static final Self SELF =
      new Self(Identity.ofSeed(filled((byte) 1)), Address.parse("toq://localhost:9009/bob"));

  private final Path scratch;

  private FuzzTargets(Path scratch) {
    this.scratch = scratch;
  }

  static FuzzTargets make() throws IOException {
    return new FuzzTargets(Files.createTempDirectory("toq-fuzz-"));
  }

  private static byte[] filled(byte value) {
    byte[] seed = new byte[32];
    Arrays.fill(seed, value);
    return seed;
  }

  List<Target> all() {
    return List.of(
        new Target("frame", false, FuzzTargets::frames),
        new Target("json", false, FuzzTargets::json),
        new Target("envelope", false, FuzzTargets::envelope),
        new Target("credentials", false, FuzzTargets::credentials),
        new Target("address", false, FuzzTargets::address),
        new Target("config", true, this::config),
        new Target("permissions", true, this::permissions),
        new Target("inbox", true, this::inbox),
        new Target("outbox", true, this::outbox));
  }

  /** Frames until the stream ends or one cannot be skipped; every fault of theirs is an IOException. */
  private static boolean frames(byte[] input) {
    FrameReader frames = new FrameReader(new ByteArrayInputStream(input));
    try {
      while (true) {
        if (frames.read(Spec.MAX_SETUP_FRAME_BYTES).length == 0) {
          throw new AssertionError("an empty frame");
        }
      }
    } catch (IOException ended) {
      return ended instanceof dev.toq.protocol.wire.EndOfFramesException;
    }
  }

  private static boolean json(byte[] input) {
    try {
      JsonValue value = StrictJson.parse(input);
      require(StrictJson.parse(StrictJson.write(value)).equals(value), "written and read again it is another value");
      byte[] canonical = CanonicalJson.bytes(value, CanonicalJson.Numbers.CANONICAL);
      require(Arrays.equals(canonical,
          CanonicalJson.bytes(StrictJson.parse(canonical), CanonicalJson.Numbers.CANONICAL)), "two canonical forms");
      return true;
    } catch (JsonException refused) {
      return false;
    }
  }

  /** A check answers with a verdict, never with an exception. */
  private static boolean envelope(byte[] input) {
    Terms terms = new Terms(1 << 20, Optional.empty(), false, true, true, 1 << 20, List.of());
    EnvelopeCheck check = new EnvelopeCheck(PEER.publicKey(), PEER_ADDRESS, to -> true, terms, id -> false);
    return check.check(input, NOW) instanceof Verdict.Accepted;
  }

  private static boolean credentials(byte[] input) {
    byte[] stream = new byte[8 + input.length];
    System.arraycopy(Spec.magic(), 0, stream, 0, 4);
    java.nio.ByteBuffer.wrap(stream).putInt(4, input.length);
    System.arraycopy(input, 0, stream, 8, input.length);
    try {
      Handshake.receive(new FrameChannel(
          new FrameReader(new ByteArrayInputStream(stream)), OutputStream.nullOutputStream()), SELF);
      return true;
    } catch (HandshakeException | IOException refused) {
      return false;
    }
  }

  private static boolean address(byte[] input) {
    try {
      Address address = Address.parse(new String(input, StandardCharsets.UTF_8));
      require(Address.parse(address.full()).names(address), "written and read again it is another address");
      return true;
    } catch (IllegalArgumentException refused) {
      return false;
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  private boolean config(byte[] input) throws IOException {
    Path file = scratch.resolve("config.toml");
    Files.write(file, input);
    try {
      ConfigFile.load(file);
      return true;
    } catch (StoreException refused) {
      return false;
    }
  }

  private boolean permissions(byte[] input) throws IOException {
    DataDirectory directory = new DataDirectory(scratch, scratch.resolve("agents"), DataDirectory.Origin.FLAG);
    Files.write(directory.permissions(), input);
    try {
      PermissionsFile.open(directory, CLOCK).warnings();
      return true;
    } catch (StoreException refused) {
      return false;
    }
  }

  /** A log is always opened: what is damaged in it is set aside. */
  private boolean inbox(byte[] input) throws IOException {
    Path directory = empty("inbox");
    Files.write(directory.resolve("messages.jsonl"), input);
    try (InboxFile inbox = InboxFile.open(RealFiles.INSTANCE, directory.resolve("messages.jsonl"), CLOCK,
        new Random(3), new InboxFile.Settings(Duration.ofSeconds(600), 1000, 1 << 20, 1 << 20), Set::of)) {
      return inbox.newest(1000, any -> true).count() > 0;
    }
  }

  private boolean outbox(byte[] input) throws IOException {
    Path directory = empty("outbox");
    Files.write(directory.resolve("outbox.jsonl"), input);
    try (OutboxFile outbox = OutboxFile.open(RealFiles.INSTANCE, directory.resolve("outbox.jsonl"), CLOCK,
        new OutboxFile.Settings(1000, 1 << 20, 1000, 1 << 20, 1 << 20, Duration.ofHours(1)))) {
      return outbox.newest(1000, any -> true).size() > 0;
    }
  }

  private Path empty(String name) throws IOException {
    Path directory = scratch.resolve(name);
    remove(directory);
    return Files.createDirectory(directory);
  }

  private static void remove(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (var all = Files.walk(directory)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    remove(scratch);
  }
}
