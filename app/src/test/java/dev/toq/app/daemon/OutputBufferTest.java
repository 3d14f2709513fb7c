package dev.toq.app.daemon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OutputBufferTest {
  private final ByteArrayOutputStream below = new ByteArrayOutputStream();
  private final OutputBuffer buffer = new OutputBuffer(below);

  @Test
  @DisplayName("All bytes come through in their order, whatever the sizes of the writes and wherever it is flushed")
  void keepsOrder() throws IOException {
    Random random = new Random(7);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (int i = 0; i < 2_000; i++) {
      byte[] part = new byte[random.nextInt(i % 50 == 0 ? 3 * OutputBuffer.MOST_BYTES : 600)];
      random.nextBytes(part);
      buffer.write(part, 0, part.length);
      buffer.write(i);
      expected.write(part);
      expected.write(i);
      if (random.nextInt(20) == 0) {
        buffer.flush();
        assertEquals(expected.size(), below.size());
      }
    }
    buffer.flush();
    assertArrayEquals(expected.toByteArray(), below.toByteArray());
  }

  @Test
  @DisplayName("Nothing leaves before a flush, as far as it fits into one TLS record")
  void gathers() throws IOException {
    buffer.write(new byte[OutputBuffer.MOST_BYTES], 0, OutputBuffer.MOST_BYTES);
    assertEquals(0, below.size());
    buffer.write(1);
    assertEquals(OutputBuffer.MOST_BYTES, below.size());
  }

  @Test
  @DisplayName("A connection that rests gives back the memory that it took under load")
  void shrinks() throws IOException {
    int least = buffer.capacity();
    buffer.write(new byte[OutputBuffer.MOST_BYTES], 0, OutputBuffer.MOST_BYTES);
    assertTrue(buffer.capacity() >= OutputBuffer.MOST_BYTES);
    for (int beat = 0; beat < 6; beat++) {
      buffer.flush();
      buffer.write(beat);
    }
    assertEquals(least, buffer.capacity());
  }
}
