package dev.toq.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * A file layer for tests. It works on real files, keeps a record of every step, knows at each moment what would be left
 * after a power failure, and lets steps fail. It never really forces: what is forced is a matter of its record. Safe
 * for use by many threads.
 *
 * <p>After a force that failed it does what Linux does: what the force was for can still be read, but counts as
 * written, so that no later force brings it to the disk unless it is written again.
 */
public final class RecordingFiles implements FileLayer {
  /** What is done to files. */
  public enum Kind {
    OPEN,
    CREATE,
    WRITE,
    OVERWRITE,
    FORCE,
    TRUNCATE,
    RENAME,
    DELETE,
    FORCE_DIRECTORY,
    CLOSE
  }

  /**
   * One step.
   *
   * @param number from 0 on, in the order in which the steps began
   * @param bytes what is written; empty for all others
   */
  public record Step(int number, Kind kind, Path path, byte[] bytes) {}

  /** Asked before each step, on the thread that takes it: may throw, so that the step fails, or wait. */
  public interface Fault {
    void before(Step step) throws IOException;
  }

  /** A write that fails after it has added the first {@code written} bytes. */
  public static final class PartialWrite extends IOException {
    private static final long serialVersionUID = 1;

    private final int written;

    public PartialWrite(String message, int written) {
      super(message);
      this.written = written;
    }
  }

  /** A file whatever its name: what was done to its content, and how far that has been forced. */
  private static final class Content {
    private final List<byte[]> versions = new ArrayList<>(List.of(new byte[0]));
    private int forced;

    private byte[] now() {
      return versions.getLast();
    }

    /** Whoever reads the file sees no change; the disk keeps what it had, and nothing is left to be forced. */
    private void forceFailed() {
      versions.add(Arrays.copyOf(versions.get(forced), now().length));
    }
  }

  private final List<Step> steps = new ArrayList<>();
  private final Map<Path, Content> named = new TreeMap<>();
  /** Every set of names since the last force of the directory; the first one is durable. */
  private final List<Map<Path, Content>> namings = new ArrayList<>(List.of(Map.of()));
  private Fault fault = step -> {};
  private Predicate<Step> forceCounts = step -> true;

  /** From now on, asks this before each step. */
  public synchronized RecordingFiles failing(Fault nextFault) {
    fault = nextFault;
    return this;
  }

  /** From now on, forces succeed and do nothing: a test that needs them must turn red. */
  public synchronized RecordingFiles withoutForce() {
    forceCounts = step -> false;
    return this;
  }

  /** Every step so far. */
  public synchronized List<Step> steps() {
    return List.copyOf(steps);
  }

  /** Whether this text is in a file and would still be there after a power failure at this moment. */
  public synchronized boolean isForced(String text) {
    return namings.getFirst().values().stream()
        .map(content -> content.versions.get(content.forced))
        .anyMatch(bytes -> new String(bytes, StandardCharsets.UTF_8).contains(text));
  }

  /**
   * What may be found after a power failure at this moment: names as they are durable or as they became later, contents
   * as forced, as written, and each length in between.
   */
  public synchronized List<Map<Path, byte[]>> crashStates() {
    List<Map<Path, byte[]>> states = new ArrayList<>();
    List<Map<Path, Content>> allNames = new ArrayList<>(namings);
    allNames.add(new HashMap<>(named));
    for (Map<Path, Content> names : allNames) {
      int most = names.values().stream().mapToInt(content -> variants(content).size()).max().orElse(1);
      for (int variant = 0; variant < most; variant++) {
        Map<Path, byte[]> state = new TreeMap<>();
        for (Map.Entry<Path, Content> name : names.entrySet()) {
          List<byte[]> variants = variants(name.getValue());
          state.put(name.getKey(), variants.get(Math.min(variant, variants.size() - 1)));
        }
        states.add(state);
      }
    }
    return states;
  }

  private static List<byte[]> variants(Content content) {
    List<byte[]> variants = new ArrayList<>();
    variants.add(content.versions.get(content.forced));
    for (int i = content.forced + 1; i < content.versions.size(); i++) {
      byte[] before = content.versions.get(i - 1);
      byte[] after = content.versions.get(i);
      for (int length = before.length + 1; length < after.length; length += 1 + (after.length - before.length) / 40) {
        variants.add(Arrays.copyOf(after, length));
        byte[] unwritten = Arrays.copyOf(after, after.length); // the length is there, the bytes are not
        Arrays.fill(unwritten, length, after.length, (byte) 0);
        variants.add(unwritten);
      }
      variants.add(after);
    }
    return variants;
  }

  /** Makes real files of a state below {@code directory}, whatever directory they were in. */
  public static void materialize(Map<Path, byte[]> state, Path directory) throws IOException {
    for (Map.Entry<Path, byte[]> file : state.entrySet()) {
      Files.write(directory.resolve(file.getKey().getFileName()), file.getValue());
    }
  }

  private Step begin(Kind kind, Path path, byte[] bytes) throws IOException {
    Step step;
    Fault asked;
    synchronized (this) {
      step = new Step(steps.size(), kind, path, bytes);
      steps.add(step);
      asked = fault;
    }
    asked.before(step); // outside the lock, because it may wait
    return step;
  }

  private synchronized void renamed(Runnable change) {
    namings.add(new HashMap<>(named));
    change.run();
  }

  @Override
  public Output openAppend(Path path) throws IOException {
    begin(Kind.OPEN, path, new byte[0]);
    byte[] found = Files.exists(path) ? Files.readAllBytes(path) : new byte[0];
    boolean isNew = !Files.exists(path);
    Output real = RealFiles.INSTANCE.openAppend(path);
    return opened(path, real, isNew, found);
  }

  @Override
  public Output createNew(Path path) throws IOException {
    begin(Kind.CREATE, path, new byte[0]);
    return opened(path, RealFiles.INSTANCE.createNew(path), true, new byte[0]);
  }

  private synchronized Output opened(Path path, Output real, boolean isNew, byte[] found) {
    Content known = isNew ? null : named.get(path);
    Content content = known == null ? new Content() : known;
    if (isNew) {
      renamed(() -> named.put(path, content));
    } else if (known == null) {
      content.versions.set(0, found); // from before the record: taken for durable
      named.put(path, content);
      namings.replaceAll(names -> {
        Map<Path, Content> with = new HashMap<>(names);
        with.put(path, content);
        return with;
      });
    }
    return new Recorded(path, real, content);
  }

  @Override
  public void overwrite(Path path, long at, ByteBuffer bytes) throws IOException {
    byte[] written = new byte[bytes.remaining()];
    bytes.get(written);
    begin(Kind.OVERWRITE, path, written);
    RealFiles.INSTANCE.overwrite(path, at, ByteBuffer.wrap(written));
    synchronized (this) {
      Content content = named.computeIfAbsent(path, unknown -> {
        throw new IllegalStateException(unknown + " was never opened");
      });
      byte[] before = content.now();
      byte[] after = Arrays.copyOf(before, Math.max(before.length, (int) at + written.length)); // others may have added
      System.arraycopy(written, 0, after, (int) at, written.length);
      if (!Arrays.equals(before, after)) {
        content.versions.add(after);
      }
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    begin(Kind.RENAME, from, new byte[0]);
    RealFiles.INSTANCE.rename(from, to);
    renamed(() -> {
      Content content = named.remove(from);
      named.put(to, content == null ? new Content() : content);
    });
  }

  @Override
  public void delete(Path path) throws IOException {
    begin(Kind.DELETE, path, new byte[0]);
    RealFiles.INSTANCE.delete(path);
    renamed(() -> named.remove(path));
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    Step step = begin(Kind.FORCE_DIRECTORY, directory, new byte[0]);
    synchronized (this) {
      if (forceCounts.test(step)) {
        namings.clear();
        namings.add(new HashMap<>(named));
      }
    }
  }

  private final class Recorded implements Output {
    private final Path path;
    private final Output real;
    private final Content content;

    Recorded(Path path, Output real, Content content) {
      this.path = path;
      this.real = real;
      this.content = content;
    }

    @Override
    public long size() throws IOException {
      return real.size();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      byte[] added = new byte[bytes.remaining()];
      bytes.get(added);
      try {
        begin(Kind.WRITE, path, added);
      } catch (PartialWrite partial) {
        append(Arrays.copyOf(added, Math.min(partial.written, added.length)));
        throw partial;
      }
      append(added);
    }

    private void append(byte[] added) throws IOException {
      real.write(ByteBuffer.wrap(added));
      synchronized (RecordingFiles.this) {
        byte[] before = content.now();
        byte[] after = Arrays.copyOf(before, before.length + added.length);
        System.arraycopy(added, 0, after, before.length, added.length);
        content.versions.add(after);
      }
    }

    @Override
    public void force() throws IOException {
      Step step = beginForce();
      synchronized (RecordingFiles.this) {
        if (forceCounts.test(step)) {
          byte[] now = content.now();
          content.versions.clear();
          content.versions.add(now);
          content.forced = 0;
        }
      }
    }

    private Step beginForce() throws IOException {
      try {
        return begin(Kind.FORCE, path, new byte[0]);
      } catch (IOException failed) {
        synchronized (RecordingFiles.this) {
          content.forceFailed();
        }
        throw failed;
      }
    }

    @Override
    public void truncate(long length) throws IOException {
      begin(Kind.TRUNCATE, path, new byte[0]);
      real.truncate(length);
      synchronized (RecordingFiles.this) {
        content.versions.add(Arrays.copyOf(content.now(), (int) length));
      }
    }

    @Override
    public void close() throws IOException {
      try {
        begin(Kind.CLOSE, path, new byte[0]);
      } finally {
        real.close();
      }
    }
  }
}
