package dev.toq.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The real disk without its forces, for tests that no power cut interrupts. */
enum UnforcedFiles implements FileLayer {
  INSTANCE;

  @Override
  public Output openAppend(Path path) throws IOException {
    return new Unforced(RealFiles.INSTANCE.openAppend(path));
  }

  @Override
  public Output createNew(Path path) throws IOException {
    return new Unforced(RealFiles.INSTANCE.createNew(path));
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
  public void forceDirectory(Path directory) {}

  private record Unforced(Output real) implements Output {
    @Override
    public long size() throws IOException {
      return real.size();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      real.write(bytes);
    }

    @Override
    public void force() {}

    @Override
    public void truncate(long length) throws IOException {
      real.truncate(length);
    }

    @Override
    public void close() throws IOException {
      real.close();
    }
  }
}
