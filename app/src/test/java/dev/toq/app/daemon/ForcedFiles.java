package dev.toq.app.daemon;

import dev.toq.store.FileLayer;
import dev.toq.store.RealFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Real files that remember, of each, what had been written when it was last forced: what a power failure leaves. */
final class ForcedFiles implements FileLayer {
  private final boolean forces;
  private final Map<String, String> forced = new ConcurrentHashMap<>();

  /** With {@code forces} false this is a disk that never keeps what it was told to: the check must see it. */
  ForcedFiles(boolean forces) {
    this.forces = forces;
  }

  /** Whether this text stands in the forced part of a file of this name. */
  boolean keeps(String name, String text) {
    return forced.getOrDefault(name, "").contains(text);
  }

  @Override
  public Output openAppend(Path path) throws IOException {
    return watch(path, RealFiles.INSTANCE.openAppend(path));
  }

  @Override
  public Output createNew(Path path) throws IOException {
    return watch(path, RealFiles.INSTANCE.createNew(path));
  }

  @Override
  public void overwrite(Path path, long at, ByteBuffer bytes) throws IOException {
    RealFiles.INSTANCE.overwrite(path, at, bytes);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    RealFiles.INSTANCE.rename(from, to);
  }

  @Override
  public void delete(Path path) throws IOException {
    RealFiles.INSTANCE.delete(path);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    RealFiles.INSTANCE.forceDirectory(directory);
  }

  private Output watch(Path path, Output real) {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    return new Output() {
      @Override
      public long size() throws IOException {
        return real.size();
      }

      @Override
      public void write(ByteBuffer bytes) throws IOException {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        written.writeBytes(copy);
        real.write(bytes);
      }

      @Override
      public void force() throws IOException {
        if (forces) {
          real.force();
          forced.put(path.getFileName().toString(), written.toString(StandardCharsets.UTF_8));
        }
      }

      @Override
      public void truncate(long length) throws IOException {
        real.truncate(length);
      }

      @Override
      public void close() throws IOException {
        real.close();
      }
    };
  }
}
