package dev.toq.protocol.body;

import dev.toq.protocol.crypto.X25519;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.identity.Identity;
import dev.toq.protocol.identity.PublicKey;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Encryption between our key and one peer's (specification section 13.5, A-34): AES-256-GCM under what X25519 gives to
 * both, without associated data, the 16-byte tag behind the ciphertext. The key is the same in both directions and on
 * every connection, and has no forward secrecy: whoever takes a seed reads what was recorded.
 *
 * <p>So this belongs to the pair of keys and not to a connection: all connections with one peer share one. Any number
 * of threads may use it.
 */
public final class EndToEnd {
  /** Random nonces of 96 bits may serve one key for so many messages (NIST SP 800-38D section 8.3). */
  public static final long MAX_MESSAGES = 1L << 32;

  /**
   * So many of the latest nonces are remembered, those of both directions. A generator that repeats itself, like that
   * of a machine that was reset to a snapshot, repeats what it made last; any other repetition is beyond memory.
   */
  static final int REMEMBERED_NONCES = 1024;

  /** The number that is kept runs so far ahead of the true one: it need not be written for each message. */
  public static final long KEPT_AHEAD = 1L << 16;

  static final int NONCE_BYTES = 12;

  private static final int TAG_BITS = 128;

  private final SecretKeySpec key;
  /** Looking one up costs more than a short message; whoever finds none makes another. */
  private final AtomicReference<@Nullable Cipher> idleCipher = new AtomicReference<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<ByteBuffer, UUID> nonces = new LinkedHashMap<>();
  private final LongConsumer keep;
  private long messages;
  private long kept;

  /**
   * @param peer a key that a handshake accepted
   * @param messages that this pair of keys has encrypted before, as {@code keep} was told last; 0 for a new pair
   * @param keep told a number, when the first message is counted and each time the count comes to what it was told: to
   *     be kept for as long as both keys are. The count stays below it until the next call. Must not block
   * @throws IllegalArgumentException where the two share no secret: the peer's key is of small order
   */
  public EndToEnd(Identity own, PublicKey peer, long messages, LongConsumer keep) {
    byte[] shared = X25519.shared(own.seed(), peer.bytes())
        .orElseThrow(() -> new IllegalArgumentException("a key of small order shares no secret"));
    this.key = new SecretKeySpec(shared, "AES"); // R-13.1-03: the raw 32 bytes
    this.messages = messages;
    this.kept = messages;
    this.keep = keep;
  }

  /**
   * One encrypted text.
   *
   * @param nonce 12 bytes
   * @param ciphertext as long as the clear text and 16 bytes more
   */
  record Secret(byte[] nonce, byte[] ciphertext) {}

  /** How many messages this pair of keys has encrypted or decrypted, both directions together. */
  public long messages() {
    lock.lock();
    try {
      return messages;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Encrypts under a nonce of its own.
   *
   * @param random a {@code SecureRandom} in a daemon
   * @throws WornKeyException after {@link #MAX_MESSAGES}
   */
  Secret encrypt(byte[] clear, UUID id, RandomGenerator random) throws WornKeyException {
    byte[] nonce;
    boolean isDue;
    lock.lock();
    try {
      if (messages >= MAX_MESSAGES) {
        throw new WornKeyException(messages);
      }
      nonce = freshNonce(random);
      isDue = count(nonce, id);
    } finally {
      lock.unlock();
    }
    keepIf(isDue);
    try {
      return new Secret(nonce, crypt(Cipher.ENCRYPT_MODE, nonce, clear));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK encrypts with AES-GCM", e);
    }
  }

  /** Twelve bytes that have served no message of this pair of keys that is remembered. */
  private byte[] freshNonce(RandomGenerator random) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    if (nonces.containsKey(ByteBuffer.wrap(nonce))) { // R-13.5-02
      return freshNonce(random);
    }
    return nonce;
  }

  /**
   * Decrypts, or says only that it failed. The tag is compared in constant time by the JDK (R-13.6-01).
   *
   * <p>A nonce counts as repeated where another message came with it; the same message may come again, because a sender
   * that got no ack may send what it had encrypted before.
   *
   * @throws ProtocolException {@code invalid_envelope}; it names no id
   */
  byte[] decrypt(byte[] nonce, byte[] ciphertext, UUID id) throws ProtocolException {
    requireFresh(nonce, id);
    byte[] clear;
    try {
      clear = crypt(Cipher.DECRYPT_MODE, nonce, ciphertext);
    } catch (AEADBadTagException tampered) {
      throw refused("The encrypted body does not open with the key that we share.");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK decrypts with AES-GCM", e);
    }
    boolean isDue;
    lock.lock();
    try {
      isDue = count(nonce, id);
    } finally {
      lock.unlock();
    }
    keepIf(isDue);
    return clear;
  }

  private void requireFresh(byte[] nonce, UUID id) throws ProtocolException {
    lock.lock();
    try {
      UUID first = nonces.getOrDefault(ByteBuffer.wrap(nonce), id);
      if (!first.equals(id)) {
        throw refused("The nonce of this message has served another one.");
      }
    } finally {
      lock.unlock();
    }
  }

  /** Counts one message, under the lock; whether another number has to be kept now. */
  private boolean count(byte[] nonce, UUID id) {
    nonces.put(ByteBuffer.wrap(nonce), id);
    if (nonces.size() > REMEMBERED_NONCES) {
      nonces.remove(nonces.keySet().iterator().next());
    }
    messages++;
    if (messages < kept) {
      return false;
    }
    kept = messages + KEPT_AHEAD;
    return true;
  }

  private void keepIf(boolean isDue) {
    if (isDue) {
      keep.accept(messages() + KEPT_AHEAD);
    }
  }

  private byte[] crypt(int mode, byte[] nonce, byte[] text) throws GeneralSecurityException {
    Cipher idle = idleCipher.getAndSet(null);
    Cipher cipher = idle == null ? Cipher.getInstance("AES/GCM/NoPadding") : idle;
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    byte[] result = cipher.doFinal(text);
    idleCipher.set(cipher);
    return result;
  }

  private static ProtocolException refused(String reason) {
    return new ProtocolException(ErrorCode.INVALID_ENVELOPE, reason);
  }
}
