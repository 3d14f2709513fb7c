package dev.toq.app.daemon;

import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.EnvelopeCodec;
import dev.toq.protocol.identity.Identity;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The sending half of an ACTIVE connection, and its single-writer lock: numbering, signing and writing happen under it,
 * so that sequence numbers leave in their order (R-4.2-08).
 *
 * <p>A writer that sees others wait for the lock leaves its bytes in the buffer, because the last of them flushes for
 * all: many small envelopes share one TLS record and one system call.
 */
final class EnvelopeWriter {
  /** So much must leave within the write deadline: one TLS record. */
  private static final int SLICE_BYTES = 16 * 1024;

  private final ReentrantLock lock = new ReentrantLock();
  private final Wire wire;
  private final OutputStream out;
  private final Identity identity;
  /** Written with the lock held. */
  private volatile long nextSequence;

  EnvelopeWriter(Wire wire, OutputStream out, Identity identity, long nextSequence) {
    this.wire = wire;
    this.out = out;
    this.identity = identity;
    this.nextSequence = nextSequence;
  }

  /** Who signs on this connection. */
  Identity identity() {
    return identity;
  }

  /** The number of the next envelope. Without the lock: a writer that sees somebody wait leaves him its flush. */
  long nextSequence() {
    return nextSequence;
  }

  /**
   * Numbers, signs and writes one envelope, which leaves with a later {@link #flush}.
   *
   * @param limit largest payload in bytes that the peer takes
   * @return the size of the payload in bytes
   * @throws TooLargeException where the signed envelope is larger; nothing was written and no number was used
   * @throws IOException where the connection cannot be written to; it is closed then
   */
  int write(Envelope draft, long limit) throws IOException, TooLargeException {
    lock.lock();
    try {
      return put(draft, limit);
    } finally {
      lock.unlock();
    }
  }

  void flush() throws IOException {
    lock.lock();
    flushForAll();
  }

  private int put(Envelope draft, long limit) throws IOException, TooLargeException {
    byte[] payload = EnvelopeCodec.seal(draft.withSequence(nextSequence), identity);
    if (payload.length > limit) { // R-4.6-01, R-7.2-06, R-7.4-01
      throw new TooLargeException(payload.length, limit);
    }
    nextSequence++; // R-10.7-01
    wire.writes();
    try {
      out.write(new byte[] {
        (byte) (payload.length >>> 24), (byte) (payload.length >>> 16),
        (byte) (payload.length >>> 8), (byte) payload.length
      });
      for (int from = 0; from < payload.length; from += SLICE_BYTES) {
        wire.writes(); // a large envelope on a slow link is no stuck writer
        out.write(payload, from, Math.min(SLICE_BYTES, payload.length - from));
      }
      return payload.length;
    } catch (IOException broken) {
      wire.close();
      throw broken;
    }
  }

  private void flushForAll() throws IOException {
    try {
      if (!lock.hasQueuedThreads()) {
        out.flush();
        wire.wrote();
      }
    } catch (IOException broken) {
      wire.close();
      throw broken;
    } finally {
      lock.unlock();
    }
  }

  /** The signed envelope is larger than the peer takes (R-7.2-06). */
  static final class TooLargeException extends Exception {
    private static final long serialVersionUID = 1;
    final long size;
    final long limit;

    TooLargeException(long size, long limit) {
      super("the envelope has " + size + " bytes, the peer takes " + limit);
      this.size = size;
      this.limit = limit;
    }
  }
}
