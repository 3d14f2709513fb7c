package dev.toq.protocol.crypto;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The public keys that were used last, checked and made ready for verification. Keys that are refused are not kept, so
 * a stranger cannot fill this with nonsense; many good keys only push out the oldest.
 */
final class PreparedKeys<T> {
  private static final int LIMIT = 2048;

  private final Function<byte[], Optional<T>> prepare;
  private final ReentrantLock lock = new ReentrantLock();
  private final LinkedHashMap<ByteBuffer, T> newestLast = new LinkedHashMap<>(64, 0.75f, true);

  /** @param prepare empty for bytes that the provider cannot take as a key */
  PreparedKeys(Function<byte[], Optional<T>> prepare) {
    this.prepare = prepare;
  }

  /** The prepared key, or empty for one that is not acceptable. Nothing is computed under the lock. */
  Optional<T> of(byte[] key) {
    ByteBuffer wanted = ByteBuffer.wrap(key);
    Optional<T> kept = kept(wanted);
    if (kept.isPresent() || !Ed25519Rules.isAcceptableKey(key)) {
      return kept;
    }
    Optional<T> prepared = prepare.apply(key.clone());
    prepared.ifPresent(value -> keep(ByteBuffer.wrap(key.clone()), value));
    return prepared;
  }

  private Optional<T> kept(ByteBuffer key) {
    lock.lock();
    try {
      return Optional.ofNullable(newestLast.get(key));
    } finally {
      lock.unlock();
    }
  }

  private void keep(ByteBuffer key, T value) {
    lock.lock();
    try {
      newestLast.put(key, value);
      if (newestLast.size() > LIMIT) {
        newestLast.pollFirstEntry();
      }
    } finally {
      lock.unlock();
    }
  }
}
