package dev.toq.protocol.body;

import dev.toq.protocol.envelope.ProtocolException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the headers of one zstd frame say about its clear text, read without decoding any of it:
 *
 * <pre>
 *   28 b5 2f fd | descriptor | window (0-1) | content size (0-8) | block ... | checksum (0 or 4)
 *   block: 3 bytes, little-endian: last (1 bit), kind (2 bits), size (21 bits); then its content
 * </pre>
 *
 * Refused are dictionaries, skippable frames, several frames in a row, and anything after the last block.
 *
 * @param roomBytes as many bytes as the clear text can have, at most the limit
 * @param isExact whether the frame says that it has exactly so many
 * @param mayExceed whether the clear text may be longer than the limit all the same
 */
record ZstdFrame(int roomBytes, boolean isExact, boolean mayExceed) {
  /** The largest window that RFC 8878 section 3.1.1.1.2 asks every decoder to support. */
  static final long MAX_WINDOW_BYTES = 8L << 20;

  private static final int MAGIC = 0xFD2FB528;

  /** RFC 8878 section 3.1.1.2.4 */
  private static final int MAX_BLOCK_BYTES = 128 << 10;

  private static final int CHECKSUM_BYTES = 4;

  private static final long UNDECLARED = -1;

  static ZstdFrame measure(byte[] frame, int limit) throws ProtocolException {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
      if (bytes.getInt() != MAGIC) {
        throw Compression.corrupt("no zstd frame");
      }
      int descriptor = bytes.get();
      long declared = header(bytes, descriptor, limit);
      return blocks(bytes, (descriptor & 4) != 0, declared, limit);
    } catch (BufferUnderflowException | IllegalArgumentException cut) {
      throw Compression.corrupt("it ends too early");
    }
  }

  private static long header(ByteBuffer bytes, int descriptor, int limit) throws ProtocolException {
    boolean isSingleSegment = (descriptor & 0x20) != 0;
    if ((descriptor & 0x0b) != 0) {
      throw Compression.corrupt("it needs a dictionary, or something newer");
    }
    if (!isSingleSegment) {
      int window = bytes.get();
      long base = 1L << (10 + (window >> 3 & 0x1f));
      if (base + base / 8 * (window & 7) > MAX_WINDOW_BYTES) {
        throw Compression.corrupt("its window is larger than " + MAX_WINDOW_BYTES + " bytes");
      }
    }
    long declared = switch (descriptor >> 6 & 3) {
      case 0 -> isSingleSegment ? Byte.toUnsignedLong(bytes.get()) : UNDECLARED;
      case 1 -> 256 + Short.toUnsignedLong(bytes.getShort());
      case 2 -> Integer.toUnsignedLong(bytes.getInt());
      default -> {
        long size = bytes.getLong();
        Compression.requireAtMost(size, limit); // also where the unsigned number reads as a negative one
        yield size;
      }
    };
    if (declared != UNDECLARED) {
      Compression.requireAtMost(declared, limit);
    }
    return declared;
  }

  /** Walks the blocks to the end: raw and repeated bytes are counted, of compressed blocks only the most is known. */
  private static ZstdFrame blocks(ByteBuffer bytes, boolean hasChecksum, long declared, int limit)
      throws ProtocolException {
    long least = 0;
    long most = 0;
    boolean isLast = false;
    while (!isLast) {
      int header = Short.toUnsignedInt(bytes.getShort()) | Byte.toUnsignedInt(bytes.get()) << 16;
      isLast = (header & 1) != 0;
      int size = header >> 3;
      if (size > MAX_BLOCK_BYTES) {
        throw Compression.corrupt("a block is larger than " + MAX_BLOCK_BYTES + " bytes");
      }
      boolean isCompressed = switch (header >> 1 & 3) {
        case 0 -> skip(bytes, size, false);
        case 1 -> skip(bytes, 1, false);
        case 2 -> skip(bytes, size, true);
        default -> throw Compression.corrupt("a block of no known kind");
      };
      least += isCompressed ? 0 : size;
      most += isCompressed ? MAX_BLOCK_BYTES : size;
      Compression.requireAtMost(least, limit);
    }
    if (bytes.remaining() != (hasChecksum ? CHECKSUM_BYTES : 0)) {
      throw Compression.corrupt("it does not end where its last block ends");
    }
    if (declared == UNDECLARED) {
      return new ZstdFrame((int) Math.min(most, limit), false, most > limit);
    }
    if (declared < least || declared > most) {
      throw Compression.corrupt("its length cannot be true");
    }
    return new ZstdFrame((int) declared, true, false);
  }

  private static boolean skip(ByteBuffer bytes, int count, boolean isCompressed) {
    bytes.position(bytes.position() + count);
    return isCompressed;
  }
}
