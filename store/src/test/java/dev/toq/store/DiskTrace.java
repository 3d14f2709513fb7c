package dev.toq.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A file layer that works on real files, never forces them, and writes down every change of the disk together with what
 * was promised before it, so that {@link DiskAfterPowerCut} can tell what may be left. Safe for use by many threads.
 *
 * @param <P> a promise at one moment, which does not change afterwards
 */
final class DiskTrace<P> implements FileLayer {
  /** One change. A file is told by a number, whatever its name; names stand below the root of the trace. */
  sealed interface Change {
    record Write(int file, long at, byte[] bytes) implements Change {}

    record Truncate(int file, long length) implements Change {}

    record Force(int file) implements Change {}

    record Name(Path path, int file) implements Change {}

    record Rename(Path from, Path to, int file) implements Change {}

    record Delete(Path path) implements Change {}

    record ForceDirectory(Path directory) implements Change {}
  }

  /** A change, and what was promised just before it. */
  record Step<P>(Change change, P promised) {}

  private final Path root;
  private final Supplier<P> promised;
  private final Map<Path, byte[]> atStart;
  private final Map<Path, Integer> names = new HashMap<>();
  private final List<Step<P>> steps = new ArrayList<>();
  private boolean forceCounts = true;
  private int files;

  /** Begins with what is in this directory, all of it durable; {@code promised} is asked before each change. */
  DiskTrace(Path root, Supplier<P> promised) throws IOException {
    this.root = root.toAbsolutePath();
    this.promised = promised;
    this.atStart = content(this.root);
    for (Path path : atStart.keySet()) {
      names.put(path, files++);
    }
  }

  /** Every file below a directory, in the order of their names. */
  static Map<Path, byte[]> content(Path root) throws IOException {
    Map<Path, byte[]> found = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.filter(Files::isRegularFile).toList()) {
        found.put(root.relativize(path), Files.readAllBytes(path));
      }
    }
    return found;
  }

  /** From now on nothing is forced any more: a search for losses must find some. */
  synchronized DiskTrace<P> withoutForce() {
    forceCounts = false;
    return this;
  }

  /** Content at the start, by name; the files are numbered in this order. */
  Map<Path, byte[]> atStart() {
    return atStart;
  }

  synchronized List<Step<P>> steps() {
    return List.copyOf(steps);
  }

  private void add(Change change) {
    steps.add(new Step<>(change, promised.get()));
  }

  private Path name(Path path) {
    return root.relativize(path.toAbsolutePath());
  }

  @Override
  public synchronized Output openAppend(Path path) throws IOException {
    return new Traced(RealFiles.INSTANCE.openAppend(path), named(path));
  }

  @Override
  public synchronized Output createNew(Path path) throws IOException {
    Output real = RealFiles.INSTANCE.createNew(path);
    names.remove(name(path));
    return new Traced(real, named(path));
  }

  private int named(Path path) {
    return names.computeIfAbsent(name(path), unknown -> {
      add(new Change.Name(unknown, files));
      return files++;
    });
  }

  @Override
  public synchronized void overwrite(Path path, long at, ByteBuffer bytes) throws IOException {
    add(new Change.Write(Objects.requireNonNull(names.get(name(path))), at, copy(bytes)));
    RealFiles.INSTANCE.overwrite(path, at, bytes);
  }

  private static byte[] copy(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return copy;
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    int file = Objects.requireNonNull(names.get(name(from)), "renamed, but never made");
    add(new Change.Rename(name(from), name(to), file));
    RealFiles.INSTANCE.rename(from, to);
    names.remove(name(from));
    names.put(name(to), file);
  }

  @Override
  public synchronized void delete(Path path) throws IOException {
    if (names.containsKey(name(path))) {
      add(new Change.Delete(name(path)));
      names.remove(name(path));
    }
    RealFiles.INSTANCE.delete(path);
  }

  @Override
  public synchronized void forceDirectory(Path directory) {
    if (forceCounts) {
      add(new Change.ForceDirectory(name(directory)));
    }
  }

  private final class Traced implements Output {
    private final Output real;
    private final int file;

    Traced(Output real, int file) {
      this.real = real;
      this.file = file;
    }

    @Override
    public long size() throws IOException {
      return real.size();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      synchronized (DiskTrace.this) {
        add(new Change.Write(file, real.size(), copy(bytes)));
        real.write(bytes);
      }
    }

    @Override
    public void force() {
      synchronized (DiskTrace.this) {
        if (forceCounts) {
          add(new Change.Force(file));
        }
      }
    }

    @Override
    public void truncate(long length) throws IOException {
      synchronized (DiskTrace.this) {
        add(new Change.Truncate(file, length));
        real.truncate(length);
      }
    }

    @Override
    public void close() throws IOException {
      real.close();
    }
  }
}
