package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameReaderTest {
  static byte[] frame(byte[] payload) {
    return ByteBuffer.allocate(4 + payload.length).putInt(payload.length).put(payload).array();
  }

  private static byte[] header(long length) {
    return ByteBuffer.allocate(4).putInt((int) length).array();
  }

  static byte[] payload(int length) {
    byte[] payload = new byte[length];
    new Random(length).nextBytes(payload);
    return payload;
  }

  /** Gives at most {@code step} bytes at a time, as a network may. */
  static InputStream dripping(byte[] bytes, int step) {
    return new FilterInputStream(new ByteArrayInputStream(bytes)) {
      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        return super.read(into, offset, Math.min(length, step));
      }
    };
  }

  /** Counts starts and ends. */
  private static final class Recorder implements FrameReader.Progress {
    final List<String> events = new ArrayList<>();

    @Override
    public void started() {
      events.add("started");
    }

    @Override
    public void finished() {
      events.add("finished");
    }
  }

  @DisplayName("R-4.6-02: a frame of exactly the limit is read, byte by byte or at once")
  @ParameterizedTest(name = "R-4.6-02: a payload of {0} bytes is read at that limit")
  @ValueSource(ints = {1, 4095, 4096, 4097, 8192, 65535, 65536, 65537, 131_072, 1_048_576})
  void limit(int length) throws IOException {
    byte[] payload = payload(length);
    assertArrayEquals(payload, new FrameReader(new ByteArrayInputStream(frame(payload))).read(length));
    assertArrayEquals(payload, new FrameReader(dripping(frame(payload), 1)).read(length));
  }

  @DisplayName("R-4.6-04: a frame above the limit is skipped up to sixteen times the limit, and the next one is read")
  @ParameterizedTest(name = "R-4.6-04: a frame of {0} bytes at a limit of 1000 is skipped")
  @ValueSource(ints = {1001, 4096, 15_999, 16_000})
  void skipped(int length) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(frame(payload(length)));
    bytes.writeBytes(frame(payload(1000)));
    Recorder recorder = new Recorder();
    FrameReader reader = new FrameReader(dripping(bytes.toByteArray(), 700), recorder, FrameBudget.NONE);
    FrameException refused = assertThrows(FrameException.class, () -> reader.read(1000));
    assertEquals(FrameException.Kind.TOO_LARGE_SKIPPED, refused.kind());
    assertFalse(refused.closes());
    assertEquals("a frame of " + length + " bytes; the limit is 1000", refused.getMessage());
    assertArrayEquals(payload(1000), reader.read(1000));
    assertEquals(List.of("started", "finished", "started", "finished"), recorder.events);
  }

  @DisplayName("R-4.6-04: beyond sixteen times the limit nothing is read, and the connection has to close")
  @ParameterizedTest(name = "R-4.6-04: a length of {0} at a limit of 1000 is not waited for")
  @ValueSource(longs = {16_001, 0x7fffffffL, 0x80000000L, 0xffffffffL})
  void notWaitedFor(long length) {
    FrameReader reader = new FrameReader(new ByteArrayInputStream(header(length)));
    FrameException refused = assertThrows(FrameException.class, () -> reader.read(1000));
    assertEquals(FrameException.Kind.TOO_LARGE, refused.kind());
    assertTrue(refused.closes());
  }

  @DisplayName("R-5.3-02: a credentials frame of 65536 bytes is read, one of 65537 is not")
  @Test
  void handshakeLimit() throws IOException {
    assertEquals(
        65_536, new FrameReader(new ByteArrayInputStream(frame(payload(65_536)))).readUnskipping(65_536).length);
    ByteArrayInputStream longer = new ByteArrayInputStream(frame(payload(65_537)));
    FrameReader reader = new FrameReader(longer);
    FrameException refused = assertThrows(FrameException.class, () -> reader.readUnskipping(65_536));
    assertTrue(refused.closes());
    assertEquals(65_537, longer.available(), "nothing is read but the length");
  }

  @DisplayName("A frame of length 0 is refused and closes")
  @Test
  void empty() {
    Recorder recorder = new Recorder();
    FrameReader reader = new FrameReader(new ByteArrayInputStream(header(0)), recorder, FrameBudget.NONE);
    FrameException refused = assertThrows(FrameException.class, () -> reader.read(1000));
    assertEquals(FrameException.Kind.EMPTY, refused.kind());
    assertTrue(refused.closes());
    assertEquals(List.of("started", "finished"), recorder.events);
  }

  @DisplayName("The end of the stream between frames is told from the end inside one")
  @Test
  void ends() {
    byte[] whole = frame(payload(5000));
    for (int length : new int[] {1, 2, 3, 4, 5, 4099, 4100, 4101, 5003}) {
      Recorder recorder = new Recorder();
      FrameReader reader =
        new FrameReader(new ByteArrayInputStream(Arrays.copyOf(whole, length)), recorder, FrameBudget.NONE);
      EOFException cut = assertThrows(EOFException.class, () -> reader.read(5000));
      assertFalse(cut instanceof EndOfFramesException);
      assertEquals(List.of("started"), recorder.events);
    }
    Recorder recorder = new Recorder();
    FrameReader reader = new FrameReader(new ByteArrayInputStream(new byte[0]), recorder, FrameBudget.NONE);
    assertThrows(EndOfFramesException.class, () -> reader.read(5000));
    assertEquals(List.of(), recorder.events);
    FrameReader skipping = new FrameReader(new ByteArrayInputStream(Arrays.copyOf(whole, 3000)));
    EOFException cut = assertThrows(EOFException.class, () -> skipping.read(1000));
    assertFalse(cut instanceof EndOfFramesException);
  }

  @DisplayName("A watcher hears of the first byte before the second has come")
  @Test
  void watched() throws IOException {
    Recorder recorder = new Recorder();
    InputStream in = new FilterInputStream(new ByteArrayInputStream(frame(payload(10)))) {
      private int read;

      @Override
      public int read() throws IOException {
        assertEquals(read++ == 0 ? List.of() : List.of("started"), recorder.events);
        return super.read();
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        assertEquals(List.of("started"), recorder.events);
        return super.read(into, offset, length);
      }
    };
    new FrameReader(in, recorder, FrameBudget.NONE).read(10);
    assertEquals(List.of("started", "finished"), recorder.events);
  }

  @DisplayName("A lying length costs no memory: a promised mebibyte of which three bytes come takes a few kilobytes")
  @Test
  void lyingLength() {
    byte[] lie = Arrays.copyOf(header(1_048_576), 7);
    int rounds = 200;
    cutFrames(lie, 50);
    long before = allocated();
    cutFrames(lie, rounds);
    assertTrue(allocated() - before < rounds * 16L * 1024, "bytes allocated: " + (allocated() - before));
  }

  @DisplayName("Memory stays in proportion to what has come")
  @Test
  void proportion() {
    byte[] partial = Arrays.copyOf(header(100 * 1_048_576), 300_000);
    cutFrames(partial, 5);
    long before = allocated();
    cutFrames(partial, 20);
    assertTrue(allocated() - before < 20 * 4L * 300_000, "bytes allocated: " + (allocated() - before));
  }

  private static void cutFrames(byte[] bytes, int rounds) {
    for (int i = 0; i < rounds; i++) {
      FrameReader reader = new FrameReader(new ByteArrayInputStream(bytes));
      assertThrows(EOFException.class, () -> reader.read(100 * 1_048_576));
    }
  }

  private static long allocated() {
    com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    return threads.getCurrentThreadAllocatedBytes();
  }

  @DisplayName("The magic bytes are read as they are")
  @Test
  void rawBytes() throws IOException {
    FrameReader reader = new FrameReader(dripping(new byte[] {0x54, 0x4f, 0x51, 1, 0, 0, 0, 1, 9}, 1));
    assertArrayEquals(new byte[] {0x54, 0x4f, 0x51, 1}, reader.readRaw(4));
    assertArrayEquals(new byte[] {9}, reader.read(1));
    assertThrows(EOFException.class, () -> reader.readRaw(4));
  }
}
