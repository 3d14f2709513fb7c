package dev.toq.store;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The end of a log that is written to. Used by one thread, except for {@link #read}.
 *
 * <p>After a write or a force that failed, the system may have thrown away what it could not write and may call the
 * next force a success. So nothing that was in the file beyond the last good force is believed: the file is opened anew
 * and cut there, and what comes next is written again from memory. Nothing is added before that cut is forced.
 *
 * <p>Where the process ends before the cut succeeds, the next one reads what was to be cut, and cannot tell whether it
 * is on the disk. So the end of the file is written again as it is, and forced, when a log is opened:
 *
 * <pre>
 * |--- durable: forced, or written again before anything followed ---|- one part -|
 *                                              |------- written again ------------|
 * </pre>
 *
 * What the disk may lack stands behind the last good force, and that is what one {@link #commit} added: whole lines of
 * at most {@link #UNFORCED_BYTES}, or one longer line, which is then the last of the file. It is in the live segment,
 * because a segment gets its number when all of it is forced. Bytes that are written over equal ones are the same
 * wherever that is interrupted, so what is durable already is not put at risk.
 */
final class LogWriter implements Closeable {
  /** Most that is written for one force, except for a line that is longer. */
  static final int UNFORCED_BYTES = 4 << 20;

  private static final int BUFFER_BYTES = 1 << 18;

  private final FileLayer files;
  private final LogFiles names;
  private final long segmentBytes;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  /** Held for writing while files get other names or lose their content. */
  private final ReentrantReadWriteLock naming = new ReentrantReadWriteLock();

  private FileLayer.@Nullable Output out;
  private volatile int number;
  /** How much of the live segment is known to be durable; what lies beyond was never promised by this process. */
  private long length;
  /** Whether bytes beyond {@link #length} may be in the file. */
  private boolean unforced;

  /** Opens the live segment after a scan, or makes it; what the scan found there is durable when this returns. */
  LogWriter(FileLayer files, LogFiles names, long segmentBytes) throws IOException {
    this.files = files;
    this.names = names;
    this.segmentBytes = segmentBytes;
    reopen();
  }

  /**
   * Adds lines; when it returns they are durable.
   *
   * @param lines each with its newline
   * @param bytes their length together, at most {@link #UNFORCED_BYTES} unless it is one line
   * @return where the first of them stands
   * @throws IOException where they are not durable, and then none of them will be found again; only where the process
   *     ends before the disk lets them be cut off, some may be, and are durable from then on
   */
  LogPosition commit(List<byte[]> lines, int bytes) throws IOException {
    if (bytes > UNFORCED_BYTES && lines.size() > 1) {
      throw new IllegalArgumentException(bytes + " bytes in one commit, which opening the log would not write again");
    }
    try {
      FileLayer.Output file = ready();
      if (length > 0 && length + bytes > segmentBytes) {
        roll();
        file = ready();
      }
      unforced = true;
      write(lines, file);
      file.force();
    } catch (IOException failed) {
      try {
        reopen();
      } catch (IOException stillFailing) {
        failed.addSuppressed(stillFailing);
      }
      throw failed;
    }
    unforced = false;
    LogPosition first = new LogPosition(number, length);
    length += bytes;
    return first;
  }

  private void write(List<byte[]> lines, FileLayer.Output file) throws IOException {
    buffer.clear();
    for (byte[] line : lines) {
      for (int from = 0; from < line.length; ) {
        if (!buffer.hasRemaining()) {
          flush(file);
        }
        int part = Math.min(line.length - from, buffer.remaining());
        buffer.put(line, from, part);
        from += part;
      }
    }
    flush(file);
  }

  private void flush(FileLayer.Output file) throws IOException {
    file.write(buffer.flip());
    buffer.clear();
  }

  /** The open file; opened anew after a failure, and where someone removed, cut or added to it meanwhile. */
  private FileLayer.Output ready() throws IOException {
    FileLayer.Output file = out;
    if (file != null && sizeOnDisk() == length) {
      return file;
    }
    return reopen();
  }

  private long sizeOnDisk() throws IOException {
    try {
      return Files.size(names.live);
    } catch (NoSuchFileException removed) {
      return -1;
    }
  }

  private FileLayer.Output reopen() throws IOException {
    abandon();
    boolean present = Files.exists(names.live);
    FileLayer.Output file = files.openAppend(names.live);
    try {
      number = Math.max(number, names.liveNumber());
      long size = present ? file.size() : 0;
      if (unforced && size > length) {
        file.truncate(length);
        size = length;
      }
      writeAgain(size);
      if (size > 0 && !endsWithNewline(size)) {
        file.write(ByteBuffer.wrap(new byte[] {SealedLine.NEWLINE}));
        size++;
      }
      file.force();
      files.forceDirectory(names.directory);
      length = size;
      unforced = false;
    } catch (IOException failed) {
      close(file).ifPresent(failed::addSuppressed);
      throw failed;
    }
    out = file;
    return file;
  }

  /** What stands beyond {@link #length}, be it by an earlier process or another program, as far as it is in doubt. */
  private void writeAgain(long size) throws IOException {
    if (size <= length) {
      return;
    }
    LogPosition last = names.startOfNewest(1);
    long lastLine = last.segment() == names.liveNumber() ? last.offset() : 0;
    for (long at = Math.max(length, Math.min(lastLine, size - UNFORCED_BYTES)); at < size; ) {
      int part = (int) Math.min(BUFFER_BYTES, size - at);
      byte[] found = LogFiles.read(names.live, at, part)
          .orElseThrow(() -> new EOFException(names.live + " became shorter while it was opened"));
      files.overwrite(names.live, at, ByteBuffer.wrap(found));
      at += part;
    }
  }

  private boolean endsWithNewline(long size) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(names.live.toFile(), "r")) {
      in.seek(size - 1);
      return in.read() == SealedLine.NEWLINE;
    }
  }

  /** Lets go of the file whatever closing it says, because all that was promised is forced already. */
  private void abandon() {
    FileLayer.Output file = out;
    out = null;
    if (file != null) {
      close(file);
    }
  }

  private static Optional<IOException> close(FileLayer.Output file) {
    try {
      file.close();
      return Optional.empty();
    } catch (IOException failed) {
      return Optional.of(failed);
    }
  }

  /** Gives the live segment its number and starts a new one; each step is durable before the next. */
  private void roll() throws IOException {
    naming.writeLock().lock();
    try {
      files.rename(names.live, names.rolled(number));
      number++;
      length = 0;
      files.forceDirectory(names.directory);
      reopen();
    } finally {
      naming.writeLock().unlock();
    }
  }

  /** Where the next line will stand. */
  LogPosition end() {
    return new LogPosition(number, length);
  }

  /** Drops every record. Where it fails, some of the oldest may be gone. */
  void dropAll() throws IOException {
    naming.writeLock().lock();
    try {
      ready();
      for (int rolled : names.rolledNumbers()) {
        files.delete(names.rolled(rolled));
      }
      FileLayer.Output file = ready();
      file.truncate(0);
      length = 0;
      file.force();
      files.forceDirectory(names.directory);
    } catch (IOException failed) {
      abandon();
      throw failed;
    } finally {
      naming.writeLock().unlock();
    }
  }

  /**
   * Drops the oldest rolled segments, as far as their last record was written before {@code cutoff}.
   *
   * @param keepFrom the lowest number of a segment that must stay whatever its age
   * @return the number of the oldest segment that is left
   */
  int dropBefore(Instant cutoff, int keepFrom) throws IOException {
    naming.writeLock().lock();
    try {
      for (int rolled : names.rolledNumbers()) {
        Path path = names.rolled(rolled);
        if (rolled >= keepFrom || !Files.getLastModifiedTime(path).toInstant().isBefore(cutoff)) {
          return rolled;
        }
        files.delete(path);
        files.forceDirectory(names.directory);
      }
      return number;
    } finally {
      naming.writeLock().unlock();
    }
  }

  /** Bytes of a record; empty where it was dropped. For any thread. */
  Optional<byte[]> read(LogPosition at, int bytes) throws IOException {
    naming.readLock().lock();
    try {
      return LogFiles.read(at.segment() == number ? names.live : names.rolled(at.segment()), at.offset(), bytes);
    } finally {
      naming.readLock().unlock();
    }
  }

  @Override
  public void close() throws IOException {
    FileLayer.Output file = out;
    out = null;
    if (file != null) {
      file.close();
    }
  }
}
