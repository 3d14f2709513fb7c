package dev.toq.protocol.body;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.toq.protocol.envelope.Envelope;
import dev.toq.protocol.envelope.ErrorCode;
import dev.toq.protocol.envelope.MessageType;
import dev.toq.protocol.envelope.ProtocolException;
import dev.toq.protocol.envelope.Raw;
import dev.toq.protocol.envelope.SystemMessages.Stamp;
import dev.toq.protocol.envelope.Terms;
import dev.toq.protocol.wire.JsonValue.JsonString;
import dev.toq.protocol.wire.StrictBase64;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Small bodies that would grow large: refused within the limit, with the memory measured that it took. */
class BombTest {
  private static final int LIMIT = 1 << 20;

  /** Fields, exceptions, one Inflater. */
  private static final int SMALL = 64 << 10;

  /** One zstd decoder: a buffer of 128 KB for literals, its tables, and what it makes while it reads sequences. */
  private static final int ZSTD_STATE = 256 << 10;

  private static final byte[] ZEROS = new byte[64 << 20];

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static void assertStops(ErrorCode code, Compression algorithm, byte[] bomb, long bound) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) { // The first ones load classes.
      long before = THREADS.getCurrentThreadAllocatedBytes();
      ProtocolException fault =
          assertThrows(ProtocolException.class, () -> algorithm.decompress(bomb, LIMIT));
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
      assertEquals(code, fault.code());
    }
    assertTrue(least <= bound, "allocated " + least + " bytes, at most " + bound + " are allowed");
  }

  private static byte[] withLength(byte[] gzip, int length) {
    byte[] lying = gzip.clone();
    ByteBuffer.wrap(lying).order(ByteOrder.LITTLE_ENDIAN).putInt(lying.length - 4, length);
    return lying;
  }

  @Test
  @DisplayName("R-23.1-07: a gzip body of 1 to 1000 is too large, before any room is made for it (A-33)")
  void gzip() {
    byte[] bomb = Gzip.compress(ZEROS);
    assertTrue(ZEROS.length / bomb.length > 1000);
    assertStops(ErrorCode.MESSAGE_TOO_LARGE, Compression.GZIP, bomb, SMALL);
  }

  @Test
  @DisplayName("A gzip body that lies about its length is invalid, and took what it claimed at most (A-33)")
  void lyingGzip() {
    byte[] bomb = Gzip.compress(ZEROS);
    assertStops(ErrorCode.INVALID_ENVELOPE, Compression.GZIP, withLength(bomb, 100), SMALL);
    assertStops(ErrorCode.INVALID_ENVELOPE, Compression.GZIP, withLength(bomb, LIMIT), LIMIT + SMALL);
    byte[] small = Gzip.compress(new byte[] {1});
    assertStops(ErrorCode.INVALID_ENVELOPE, Compression.GZIP, withLength(small, LIMIT), SMALL);
  }

  @Test
  @DisplayName("R-23.1-07: a zstd body of 1 to 32,000 is too large, before any room is made for it (A-33)")
  void repeatingZstd() {
    byte[] bomb = CompressionTest.repeated(0x58, 1 << 13, 128 << 10);
    assertTrue((1L << 30) / bomb.length > 32_000);
    assertStops(ErrorCode.MESSAGE_TOO_LARGE, Compression.ZSTD, bomb, SMALL);
    assertStops(ErrorCode.MESSAGE_TOO_LARGE, Compression.ZSTD, Zstd.compress(ZEROS), SMALL);
  }

  @Test
  @DisplayName("R-23.1-07: a zstd body that does not say how long it is stops at the limit (A-33)")
  void undeclaredZstd() {
    byte[] line = new byte[1000];
    new Random(7).nextBytes(line);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (int i = 0; i < 20_000; i++) {
      text.writeBytes(line);
      text.write(i);
    }
    byte[] declared = Zstd.compress(text.toByteArray());
    assertEquals(0x84, declared[4] & 0xff, "a window, four bytes of content size, a checksum");
    byte[] bomb = new byte[declared.length - 4];
    System.arraycopy(declared, 0, bomb, 0, 6);
    System.arraycopy(declared, 10, bomb, 6, bomb.length - 6);
    bomb[4] = 4;
    assertTrue(20_000_000 / bomb.length > 1000);
    assertStops(ErrorCode.MESSAGE_TOO_LARGE, Compression.ZSTD, bomb, LIMIT + ZSTD_STATE);
  }

  @Test
  @DisplayName("A zstd body that lies about its length is invalid, and took what it claimed at most (A-33)")
  void lyingZstd() {
    byte[] frame = Zstd.compress(ZEROS);
    assertEquals(0x84, frame[4] & 0xff, "a window, four bytes of content size, a checksum");
    ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN).putInt(6, LIMIT);
    assertStops(ErrorCode.INVALID_ENVELOPE, Compression.ZSTD, frame, LIMIT + ZSTD_STATE);
  }

  @Test
  @DisplayName("A bomb inside a bomb is decoded once, and what comes out is no JSON (A-33)")
  void nested() {
    byte[] inner = Gzip.compress(ZEROS);
    BodyCodec codec = new BodyCodec(new Terms(LIMIT, Optional.of("gzip"), false, true, false, 0, List.of()),
        LIMIT, Optional.empty(), new Random(1), BodyCodec.Choices.DEFAULT);
    UUID id = UUID.fromString(Raw.ID);
    Envelope bomb = new Stamp(id, Raw.ALICE_ADDRESS, Raw.BOB_ADDRESS, 2, Raw.NOW).envelope(MessageType.MESSAGE_SEND)
        .withForm(Optional.of("gzip"), Optional.empty(),
            Optional.of(new JsonString(StrictBase64.encode(Gzip.compress(inner)))));

    ProtocolException fault = assertThrows(ProtocolException.class, () -> codec.opened(bomb));

    assertEquals(ErrorCode.INVALID_ENVELOPE, fault.code());
    assertEquals(Optional.of(id), fault.relatedId());
    assertTrue(new String(inner, StandardCharsets.ISO_8859_1).startsWith("\u001f\u008b"));
  }
}
