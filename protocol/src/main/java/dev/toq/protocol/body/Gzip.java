package dev.toq.protocol.body;

import dev.toq.protocol.envelope.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.GZIPOutputStream;
import java.util.zip.Inflater;

/**
 * gzip (RFC 1952), exactly one member without optional fields:
 *
 * <pre>
 *   1f 8b | 08 | flags 00 | time (4) | extra flags | system | deflate ... | CRC-32 (4) | length (4)
 * </pre>
 *
 * The JDK's own reader takes several members in a row and ignores what follows them, so that two readers could see two
 * texts; here only the deflate part is left to the JDK.
 */
final class Gzip {
  private static final int HEADER_BYTES = 10;

  private static final int TRAILER_BYTES = 8;

  /** One byte of deflate stands for at most so many: a length above this lies, and gets no room. */
  private static final long MOST_PER_BYTE = 1032;

  private Gzip() {}

  static byte[] compress(byte[] clear) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream(clear.length / 2 + 64);
    try (GZIPOutputStream out = new GZIPOutputStream(compressed)) {
      out.write(clear);
    } catch (IOException e) {
      throw new UncheckedIOException("memory takes every byte", e);
    }
    return compressed.toByteArray();
  }

  static byte[] decompress(byte[] compressed, int limit) throws ProtocolException {
    if (compressed.length < HEADER_BYTES + TRAILER_BYTES) {
      throw Compression.corrupt("too short for gzip");
    }
    ByteBuffer fields = ByteBuffer.wrap(compressed).order(ByteOrder.LITTLE_ENDIAN);
    if (fields.getInt(0) != 0x00088b1f) {
      throw Compression.corrupt("no gzip header without optional fields");
    }
    long length = Integer.toUnsignedLong(fields.getInt(compressed.length - 4));
    if (length > compressed.length * MOST_PER_BYTE) {
      throw Compression.corrupt("its length cannot be true");
    }
    Compression.requireAtMost(length, limit);
    byte[] clear = inflate(compressed, (int) length);
    CRC32 checksum = new CRC32();
    checksum.update(clear);
    if ((int) checksum.getValue() != fields.getInt(compressed.length - TRAILER_BYTES)) {
      throw Compression.corrupt("its checksum differs");
    }
    return clear;
  }

  private static byte[] inflate(byte[] compressed, int length) throws ProtocolException {
    byte[] clear = new byte[length];
    byte[] oneMore = new byte[1];
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(compressed, HEADER_BYTES, compressed.length - HEADER_BYTES - TRAILER_BYTES);
      int written = 0;
      while (!inflater.finished()) {
        boolean isFull = written == length;
        int more = isFull ? inflater.inflate(oneMore) : inflater.inflate(clear, written, length - written);
        if (isFull && more > 0) {
          throw Compression.corrupt("it is longer than it says");
        }
        if (more == 0 && !inflater.finished()) {
          throw Compression.corrupt("it ends too early");
        }
        written += more;
      }
      if (written != length) {
        throw Compression.corrupt("it is shorter than it says");
      }
      if (inflater.getRemaining() > 0) {
        throw Compression.corrupt("something follows it");
      }
      return clear;
    } catch (DataFormatException e) {
      throw Compression.corrupt("not deflate");
    } finally {
      inflater.end();
    }
  }
}
