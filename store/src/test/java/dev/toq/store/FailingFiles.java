package dev.toq.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The real disk, which refuses every change while a test says so: half of each append is written first. */
final class FailingFiles implements FileLayer {
  volatile boolean failing;

  private void check() throws IOException {
    if (failing) {
      throw new IOException("no space left on device");
    }
  }

  @Override
  public Output openAppend(Path path) throws IOException {
    return new FailingOutput(RealFiles.INSTANCE.openAppend(path));
  }

  @Override
  public Output createNew(Path path) throws IOException {
    check();
    return new FailingOutput(RealFiles.INSTANCE.createNew(path));
  }

  @Override
  public void overwrite(Path path, long at, ByteBuffer bytes) throws IOException {
    check();
    RealFiles.INSTANCE.overwrite(path, at, bytes);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    check();
    RealFiles.INSTANCE.rename(from, to);
  }

  @Override
  public void delete(Path path) throws IOException {
    RealFiles.INSTANCE.delete(path);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    check();
    RealFiles.INSTANCE.forceDirectory(directory);
  }

  private final class FailingOutput implements Output {
    private final Output real;

    FailingOutput(Output real) {
      this.real = real;
    }

    @Override
    public long size() throws IOException {
      return real.size();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      if (failing) {
        real.write(bytes.slice(bytes.position(), bytes.remaining() / 2));
        check();
      }
      real.write(bytes);
    }

    @Override
    public void force() throws IOException {
      check();
      real.force();
    }

    @Override
    public void truncate(long length) throws IOException {
      check();
      real.truncate(length);
    }

    @Override
    public void close() throws IOException {
      real.close();
    }
  }
}
