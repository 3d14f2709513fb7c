package dev.toq.protocol.wire;

import static dev.toq.protocol.wire.FrameReaderTest.dripping;
import static dev.toq.protocol.wire.FrameReaderTest.frame;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class FrameReaderProps {
  @Property
  @Label("R-5.3-01: frames are read as they were written, whatever the network makes of them")
  void frames(@ForAll("payloads") List<byte[]> payloads,
      @ForAll @IntRange(min = 1, max = 9000) int step) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    payloads.forEach(payload -> bytes.writeBytes(frame(payload)));
    FrameReader reader = new FrameReader(dripping(bytes.toByteArray(), step));
    for (byte[] payload : payloads) {
      assertArrayEquals(payload, reader.read(20_000));
    }
    assertThrows(EndOfFramesException.class, () -> reader.read(20_000));
  }

  @Provide
  Arbitrary<List<byte[]>> payloads() {
    return Arbitraries.integers().between(1, 20_000).map(FrameReaderTest::payload).list().ofMaxSize(10);
  }
}
