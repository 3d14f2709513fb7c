package dev.toq.store;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * {@code config.toml} as it stands while the agent runs, for the settings that count without a restart. A file that
 * cannot be read, or is gone, leaves the last good configuration in force with a warning. Safe for use by many threads.
 */
public final class WatchedConfig {
  private final WatchedFile<Config> file;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();

  private WatchedConfig(WatchedFile<Config> file, InstantSource clock) {
    this.file = file;
    this.clock = clock;
  }

  /**
   * Begins to watch.
   *
   * @param start what counts where there is no such file
   * @throws StoreException where the file cannot be read in full
   */
  public static WatchedConfig open(Path file, Config start, InstantSource clock) throws IOException {
    return new WatchedConfig(new WatchedFile<>(file, TomlDocument.MOST_BYTES, start,
        bytes -> ConfigFile.read(file, bytes).config()), clock);
  }

  /** The configuration in force; an edit counts within half a second. */
  public Config config() {
    lock.lock();
    try {
      return file.get(clock.instant());
    } finally {
      lock.unlock();
    }
  }

  /** Why the file as it stands is not in force. */
  public Optional<String> warning() {
    lock.lock();
    try {
      file.get(clock.instant());
      return file.warning();
    } finally {
      lock.unlock();
    }
  }
}
