package dev.toq.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** The disk of this machine. */
public enum RealFiles implements FileLayer {
  INSTANCE;

  @Override
  public Output openAppend(Path path) throws IOException {
    return open(path, Set.of(StandardOpenOption.WRITE, StandardOpenOption.APPEND, StandardOpenOption.CREATE));
  }

  @Override
  public Output createNew(Path path) throws IOException {
    return open(path, Set.of(StandardOpenOption.WRITE, StandardOpenOption.APPEND, StandardOpenOption.CREATE_NEW));
  }

  private static Output open(Path path, Set<? extends OpenOption> options) throws IOException {
    return new RealOutput(FileChannel.open(path, options, FileModes.newFile()));
  }

  /** Opens the file a second time, as Linux adds to the end of one that is open for that, whatever the position. */
  @Override
  public void overwrite(Path path, long at, ByteBuffer bytes) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      file.position(at);
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(Path path) throws IOException {
    Files.deleteIfExists(path);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  private record RealOutput(FileChannel channel) implements Output {
    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }

    @Override
    public void force() throws IOException {
      channel.force(false); // the length is metadata that fdatasync writes too, as reading needs it
    }

    @Override
    public void truncate(long length) throws IOException {
      channel.truncate(length);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
