package dev.toq.protocol.body;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Both algorithms, on texts of others and on everything that is not one sound text. */
class CompressionTest {
  private static final int LIMIT = 1 << 20;

  /** What the compressed vectors hold. */
  private static final byte[] LINES = ("{\"text\":\"" + IntStream.range(0, 60)
      .mapToObj(i -> "line " + i % 7 + " of a text that repeats itself").collect(Collectors.joining(" ")) + "\"}")
      .getBytes(StandardCharsets.UTF_8);

  /** Made by libzstd 1.5.4 at level 3, with the content size in the frame's header. */
  private static final String ZSTD_DECLARED =
      "KLUv/WC2B4UFAHKGExagJ22QnPx7f+XPC6iyYiJ7J1bJ/woECUJ3z4runhXdPSu6e1Z096zo7lnR3bOiu2dF9xQHGtIYQxYkYGGyBHKmTDGY"
          + "DgqMgwBIHjAJIj0g8KUDoiQvyZKSvCRLSvKSLCmTl2RJSV6SJSV5SZaU5CXZpCQvyZKSvCRLSvKSLCnJm2RJSV6SJSV5SZaU5CVZUiYv"
          + "yZKSvCRLSvKSLCnJS7JJSV6SJaUhN0rCWiCZ";

  /** The same text by its streaming encoder: window of 2 MB, no content size, two blocks, a checksum. */
  private static final String ZSTD_STREAMED =
      "KLUv/QRY3AMAgkQPFaClbeAm/fx/5M8LVJliJLI7u/Xfa5p4VkMTz2po4lkNTTxzOYtujE52sASfAO6nvYmLwOUNmCMG8bQXhRsAoJaAvIBk"
          + "ASkBeQHJAlIC8gKSBaQE5AUkC0gJyAtIFpASkBeQLCAlIC8gWUBKQF5AsoCUgFwjQZUBRQIARAIgNjAxMjM0NTYwMTIzNDU2MDEyMzQ1"
          + "NjAxMjM0NTYwMTIzIn0iUAEAYjKZTCaTyWQymUwmk8lkMplMJpPJZDKZTCaTySQXRWvxGA==";

  /** Made by zlib 1.2.13. */
  private static final String GZIP = "H4sIAAAAAAACA6tWKkmtKFGyUsrIVMCNlGoBtSZjSCgAAAA=";

  private static byte[] bytes(String base64) {
    return Base64.getDecoder().decode(base64);
  }

  private static byte[] with(byte[] bytes, int index, int value) {
    byte[] changed = bytes.clone();
    changed[index] = (byte) value;
    return changed;
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(all::writeBytes);
    return all.toByteArray();
  }

  private static void assertFault(ErrorCode code, Compression algorithm, byte[] compressed) {
    assertFault(code, algorithm, compressed, LIMIT);
  }

  private static void assertFault(ErrorCode code, Compression algorithm, byte[] compressed, int limit) {
    assertEquals(code, assertThrows(ProtocolException.class,
        () -> algorithm.decompress(compressed, limit)).code());
  }

  @Example
  @Label("R-6.3-02: the two algorithms are gzip and zstd, and no other name is one")
  void names() {
    assertEquals(List.of("zstd", "gzip"), Compression.names());
    assertEquals(Optional.of(Compression.GZIP), Compression.ofWire("gzip"));
    for (String other : List.of("GZIP", "", "br", "deflate")) {
      assertEquals(Optional.empty(), Compression.ofWire(other));
    }
  }

  @Example
  @Label("What libzstd and zlib compressed is read (A-33)")
  void readsOthers() throws ProtocolException {
    assertArrayEquals(LINES, Compression.ZSTD.decompress(bytes(ZSTD_DECLARED), LIMIT));
    assertArrayEquals(LINES, Compression.ZSTD.decompress(bytes(ZSTD_STREAMED), LIMIT));
    assertEquals("{\"text\":\"" + "hi ".repeat(9) + "hi\"}",
        new String(Compression.GZIP.decompress(bytes(GZIP), LIMIT), StandardCharsets.UTF_8));
  }

  @Property(tries = 300)
  @Label("Any bytes come back from either algorithm, up to the exact limit and not one byte beyond (A-33)")
  void roundTrip(@ForAll Compression algorithm, @ForAll @Size(max = 300) byte[] seed,
      @ForAll @IntRange(min = 1, max = 900) int times) throws ProtocolException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    IntStream.range(0, times).forEach(i -> text.writeBytes(seed));
    byte[] clear = text.toByteArray();
    byte[] compressed = algorithm.compress(clear);

    assertArrayEquals(clear, algorithm.decompress(compressed, clear.length));
    if (clear.length > 0) {
      assertFault(ErrorCode.MESSAGE_TOO_LARGE, algorithm, compressed, clear.length - 1);
    }
  }

  @Property(tries = 300)
  @Label("R-23.1-04: a compressed text that is cut anywhere, or followed by anything, is refused (A-33)")
  void cutOrContinued(@ForAll Compression algorithm, @ForAll @IntRange(min = 0, max = 200) int cut,
      @ForAll @Size(min = 1, max = 20) byte[] more) {
    byte[] whole = algorithm.compress(LINES);

    assertFault(ErrorCode.INVALID_ENVELOPE, algorithm, joined(whole, more), Integer.MAX_VALUE);
    assertFault(ErrorCode.INVALID_ENVELOPE, algorithm,
        Arrays.copyOf(whole, Math.min(cut, whole.length - 1)), Integer.MAX_VALUE);
    assertFault(ErrorCode.INVALID_ENVELOPE, algorithm, joined(whole, whole), Integer.MAX_VALUE);
  }

  @Property(tries = 3000)
  @Label("Broken compressed texts are refused or read, within the limit, and never do anything else (A-33)")
  void mutated(@ForAll Compression algorithm, @ForAll boolean streamed,
      @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 0, max = 100_000) Integer> changes) {
    byte[] broken = algorithm == Compression.ZSTD && streamed ? bytes(ZSTD_STREAMED) : algorithm.compress(LINES);
    for (int change : changes) {
      broken[change / 256 % broken.length] = (byte) change;
    }
    try {
      assertTrue(algorithm.decompress(broken, 4096).length <= 4096);
    } catch (ProtocolException refused) {
      assertTrue(List.of(ErrorCode.INVALID_ENVELOPE, ErrorCode.MESSAGE_TOO_LARGE).contains(refused.code()));
    }
  }

  @Example
  @Label("gzip: a wrong magic, method, optional field, checksum or length is refused")
  void gzipFields() {
    byte[] sound = Gzip.compress(LINES);
    for (int index : new int[] {0, 1, 2, 3, sound.length - 8, sound.length - 4}) {
      assertFault(ErrorCode.INVALID_ENVELOPE, Compression.GZIP, with(sound, index, sound[index] ^ 0x08));
    }
    byte[] between = joined(Arrays.copyOf(sound, sound.length - 8), new byte[3],
        Arrays.copyOfRange(sound, sound.length - 8, sound.length));
    assertFault(ErrorCode.INVALID_ENVELOPE, Compression.GZIP, between);
  }

  @Example
  @Label("zstd: dictionaries, skippable frames, unknown blocks, large blocks and wrong checksums are refused")
  void zstdFields() {
    byte[] sound = bytes(ZSTD_STREAMED);
    assertFault(ErrorCode.INVALID_ENVELOPE, Compression.ZSTD, with(sound, sound.length - 1, 0));
    assertFault(ErrorCode.INVALID_ENVELOPE, Compression.ZSTD, with(sound, 4, sound[4] | 1));
    assertFault(ErrorCode.INVALID_ENVELOPE, Compression.ZSTD, with(sound, 4, sound[4] | 8));
    assertFault(ErrorCode.INVALID_ENVELOPE, Compression.ZSTD, with(sound, 6, sound[6] | 6));
    byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};
    assertFault(ErrorCode.INVALID_ENVELOPE, Compression.ZSTD, joined(skippable, sound));
    assertFault(ErrorCode.INVALID_ENVELOPE, Compression.ZSTD, repeated(0x58, 1, (128 << 10) + 1));
  }

  @Example
  @Label("zstd: a window of 8 MB is allowed and takes no memory, a larger one is refused (A-33)")
  void zstdWindow() throws ProtocolException {
    assertEquals(5, Compression.ZSTD.decompress(repeated(0x68, 1, 5), LIMIT).length);
    for (int window : new int[] {0x69, 0x70, 0xff}) {
      assertFault(ErrorCode.INVALID_ENVELOPE, Compression.ZSTD, repeated(window, 1, 5));
    }
  }

  /** A frame without content size: so many blocks that repeat one byte so often. */
  static byte[] repeated(int window, int blocks, int size) {
    ByteBuffer frame = ByteBuffer.allocate(6 + blocks * 4).order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(0xFD2FB528).put((byte) 0).put((byte) window);
    for (int i = 1; i <= blocks; i++) {
      int header = size << 3 | 2 | (i == blocks ? 1 : 0);
      frame.putShort((short) header).put((byte) (header >> 16)).put((byte) 'x');
    }
    return frame.array();
  }
}
