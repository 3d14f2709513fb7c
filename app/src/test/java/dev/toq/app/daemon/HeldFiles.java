package dev.toq.app.daemon;

import dev.toq.store.FileLayer;
import dev.toq.store.RealFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;

/** Real files, of which one, usually the inbox, does not answer while the test holds it, or takes nothing. */
final class HeldFiles implements FileLayer {
  private final Semaphore free = new Semaphore(1);
  private final String name;
  private volatile boolean fails;

  HeldFiles() {
    this("messages.jsonl");
  }

  HeldFiles(String name) {
    this.name = name;
  }

  void hold() {
    free.acquireUninterruptibly();
  }

  void release() {
    free.release();
  }

  void fail(boolean now) {
    fails = now;
  }

  @Override
  public Output openAppend(Path path) throws IOException {
    return held(path, RealFiles.INSTANCE.openAppend(path));
  }

  @Override
  public Output createNew(Path path) throws IOException {
    return held(path, RealFiles.INSTANCE.createNew(path));
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

  private Output held(Path path, Output real) {
    if (!path.getFileName().toString().equals(name)) {
      return real;
    }
    return new Output() {
      @Override
      public long size() throws IOException {
        return real.size();
      }

      @Override
      public void write(ByteBuffer bytes) throws IOException {
        if (fails) {
          throw new IOException("no space left on device");
        }
        real.write(bytes);
      }

      @Override
      public void force() throws IOException {
        free.acquireUninterruptibly();
        free.release();
        real.force();
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
