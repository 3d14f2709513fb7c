package dev.toq.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one writer at a time change a file, of all threads and all processes: reading it, changing it and replacing it
 * must not be torn apart by another writer, or that one's change is lost.
 */
final class CrossProcessLock implements AutoCloseable {
  /** The system's lock is one per process, so threads take turns here first. */
  private static final ConcurrentHashMap<Path, ReentrantLock> IN_PROCESS = new ConcurrentHashMap<>();

  private final ReentrantLock turn;
  private final FileChannel channel;
  private final FileLock lock;

  private CrossProcessLock(ReentrantLock turn, FileChannel channel, FileLock lock) {
    this.turn = turn;
    this.channel = channel;
    this.lock = lock;
  }

  /** Waits for its turn; writers hold it for as long as a small file takes to be replaced. */
  static CrossProcessLock take(Path lockFile) throws IOException {
    ReentrantLock turn = IN_PROCESS.computeIfAbsent(lockFile.toAbsolutePath().normalize(), path -> new ReentrantLock());
    turn.lock();
    boolean taken = false;
    try {
      FileChannel channel =
          FileChannel.open(lockFile, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), FileModes.newFile());
      try {
        CrossProcessLock lock = new CrossProcessLock(turn, channel, channel.lock());
        taken = true;
        return lock;
      } finally {
        if (!taken) {
          channel.close();
        }
      }
    } catch (IOException e) {
      throw new StoreException(
          "cannot lock " + lockFile + ": " + DataDirectory.reason(e), "check the disk and who may write there", e);
    } finally {
      if (!taken) {
        turn.unlock();
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      lock.release();
      channel.close();
    } finally {
      turn.unlock();
    }
  }
}
