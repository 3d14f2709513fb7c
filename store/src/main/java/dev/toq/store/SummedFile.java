package dev.toq.store;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The form of the small binary files that are kept beside a log: a name, the version of the format, the content, and
 * the CRC-32C of everything before. Such a file is replaced as a whole, and what is damaged is not used.
 */
final class SummedFile {
  private final byte[] magic;
  private final byte version;

  /** A form that begins with this ASCII text and a byte for its version. */
  SummedFile(String magic, byte version) {
    this.magic = magic.getBytes(StandardCharsets.US_ASCII);
    this.version = version;
  }

  /** Writes the content. */
  interface Writing {
    void to(DataOutputStream data) throws IOException;
  }

  /** Reads the content; what it does not find there it may answer with an exception of the buffer or an argument. */
  interface Reading<T> {
    T from(ByteBuffer content);
  }

  /**
   * Replaces the file.
   *
   * @param forced whether the new content must be durable when this returns
   */
  void write(FileLayer files, Path path, boolean forced, Writing content) throws IOException {
    Path temporary = path.resolveSibling(path.getFileName() + ".new");
    files.delete(temporary);
    try (FileLayer.Output file = files.createNew(temporary)) {
      Summed out = new Summed(file);
      DataOutputStream data = new DataOutputStream(new BufferedOutputStream(out)); // sums many numbers at once
      data.write(magic);
      data.writeByte(version);
      content.to(data);
      data.flush();
      data.writeInt(out.sum());
      data.flush();
      out.flushBlock();
      if (forced) {
        file.force();
      }
    }
    files.rename(temporary, path);
    if (forced) {
      files.forceDirectory(AtomicFile.parent(path));
    }
  }

  /**
   * Reads the file.
   *
   * @return empty where it is missing or damaged
   * @throws StoreException where a newer version wrote it
   */
  <T> Optional<T> read(Path path, Reading<T> content) throws IOException {
    if (!Files.exists(path)) {
      return Optional.empty();
    }
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ); Arena mapped = Arena.ofConfined()) {
      // Mapped, because as an array tens of megabytes would stay in the heap long after they were read.
      long size = file.size();
      return size > Integer.MAX_VALUE ? Optional.empty()
          : read(path, file.map(MapMode.READ_ONLY, 0, size, mapped).asByteBuffer(), content);
    }
  }

  private <T> Optional<T> read(Path path, ByteBuffer in, Reading<T> content) throws IOException {
    int body = in.limit() - Integer.BYTES;
    if (body < magic.length + 1 || sum(in.slice(0, body)) != in.getInt(body)) {
      return Optional.empty();
    }
    in.limit(body);
    boolean ours = Arrays.equals(take(in, magic.length), magic);
    byte found = in.get();
    if (!ours || found < 1) {
      return Optional.empty();
    }
    FormatVersion.refuseNewer(path, found, version);
    try {
      return Optional.of(content.from(in));
    } catch (BufferUnderflowException | IllegalArgumentException notOurs) {
      return Optional.empty();
    }
  }

  /** The next bytes. */
  static byte[] take(ByteBuffer in, int length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static int sum(ByteBuffer bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    return (int) sum.getValue();
  }

  /** Writes in blocks and keeps the sum of what went through. */
  private static final class Summed extends OutputStream {
    private static final int BLOCK = 1 << 16;

    private final FileLayer.Output file;
    private final ByteArrayOutputStream block = new ByteArrayOutputStream(BLOCK);
    private final CRC32C sum = new CRC32C();

    Summed(FileLayer.Output file) {
      this.file = file;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      sum.update(bytes, from, length);
      block.write(bytes, from, length);
      if (block.size() >= BLOCK) {
        flushBlock();
      }
    }

    int sum() {
      return (int) sum.getValue();
    }

    void flushBlock() throws IOException {
      file.write(ByteBuffer.wrap(block.toByteArray()));
      block.reset();
    }
  }
}
