package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SealedLineProps {
  @Example
  @Label("The checksum is CRC-32C of what stands before it, in eight hexadecimal digits")
  void sample() {
    // RFC 3720 gives e3069283 for 123456789.
    String line = new String(SealedLine.seal("123456789}".getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    assertEquals("123456789,\"crc\":\"e3069283\"}\n", line);
  }

  @Example
  @Label("What is shorter than a seal, or nothing but a seal, is not intact")
  void tooShort() {
    byte[] line = SealedLine.seal("x}".getBytes(StandardCharsets.UTF_8));
    assertTrue(SealedLine.isIntact(line, 0, line.length - 1));
    assertFalse(SealedLine.isIntact(line, 1, line.length - 1));
    assertFalse(SealedLine.isIntact(line, 0, 5));
    assertFalse(SealedLine.isIntact(line, 0, 0));
    byte[] empty = SealedLine.seal("}".getBytes(StandardCharsets.UTF_8));
    assertFalse(SealedLine.isIntact(empty, 0, empty.length - 1));
  }

  @Property(tries = 300)
  @Label("A sealed line is intact, wherever it stands, until any bit of it changes")
  void anyBit(@ForAll String text, @ForAll @IntRange(max = 1 << 20) int where, @ForAll @IntRange(max = 7) int bit) {
    byte[] record = ("{\"a\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8);
    byte[] line = SealedLine.seal(record);
    int length = line.length - 1;
    byte[] shifted = new byte[line.length + 5];
    System.arraycopy(line, 0, shifted, 3, line.length);
    assertTrue(SealedLine.isIntact(line, 0, length));
    assertTrue(SealedLine.isIntact(shifted, 3, 3 + length));
    assertEquals(3 + length, SealedLine.endOfIntactPrefix(shifted, 3, shifted.length));
    line[where % length] ^= (byte) (1 << bit);
    assertFalse(SealedLine.isIntact(line, 0, length));
  }

  @Property(tries = 300)
  @Label("A whole record is found in front of anything")
  void prefix(@ForAll String text, @ForAll byte[] rest) {
    byte[] line = SealedLine.seal(("{\"a\":\"" + text + "\"}").getBytes(StandardCharsets.UTF_8));
    byte[] all = java.util.Arrays.copyOf(line, line.length - 1 + rest.length);
    System.arraycopy(rest, 0, all, line.length - 1, rest.length);
    assertEquals(line.length - 1, SealedLine.endOfIntactPrefix(all, 0, all.length));
    all[2] ^= 1;
    assertEquals(-1, SealedLine.endOfIntactPrefix(all, 0, line.length - 1));
  }
}
