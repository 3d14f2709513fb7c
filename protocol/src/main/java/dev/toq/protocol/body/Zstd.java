package dev.toq.protocol.body;

import dev.toq.protocol.envelope.ProtocolException;
import io.airlift.compress.MalformedInputException;
import io.airlift.compress.zstd.ZstdCompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.util.Arrays;

/**
 * Zstandard (RFC 8878), exactly one frame. {@link ZstdFrame} measures it before the library sees it; the library then
 * writes into one array of the measured length, which is its window too: whatever window a frame declares, up to
 * {@link ZstdFrame#MAX_WINDOW_BYTES}, takes no memory of its own.
 */
final class Zstd {
  /** How the library begins the message of the one fault that tells a long text from a broken one; a test holds it. */
  private static final String NO_ROOM = "Output buffer too small";

  private Zstd() {}

  static byte[] compress(byte[] clear) {
    ZstdCompressor compressor = new ZstdCompressor();
    byte[] compressed = new byte[compressor.maxCompressedLength(clear.length)];
    int length = compressor.compress(clear, 0, clear.length, compressed, 0, compressed.length);
    return Arrays.copyOf(compressed, length);
  }

  static byte[] decompress(byte[] compressed, int limit) throws ProtocolException {
    ZstdFrame frame = ZstdFrame.measure(compressed, limit);
    byte[] room = new byte[frame.roomBytes()];
    int length = decode(compressed, room, frame, limit);
    if (frame.isExact() && length != room.length) {
      throw Compression.corrupt("it is shorter than it says");
    }
    return length == room.length ? room : Arrays.copyOf(room, length);
  }

  private static int decode(byte[] compressed, byte[] room, ZstdFrame frame, int limit) throws ProtocolException {
    try {
      return new ZstdDecompressor().decompress(compressed, 0, compressed.length, room, 0, room.length);
    } catch (MalformedInputException malformed) {
      boolean isFull = String.valueOf(malformed.getMessage()).startsWith(NO_ROOM);
      throw isFull && frame.mayExceed() ? Compression.tooLarge(limit) : Compression.corrupt("not a sound zstd frame");
    } catch (RuntimeException broken) {
      // The library indexes its tables with what it reads, and leaves some of the checks to the runtime.
      throw Compression.corrupt("not a sound zstd frame");
    }
  }
}
