package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;

class StrictBase64Props {
  @Property
  @Label("Bytes are read back from their text")
  void roundTrip(@ForAll byte[] bytes) {
    assertArrayEquals(bytes, StrictBase64.decode(StrictBase64.encode(bytes)).orElseThrow());
  }

  @Property
  @Label("A text that is read is the text of what was read")
  void oneText(@ForAll @CharRange(from = '+', to = 'z') @StringLength(max = 8) String text) {
    StrictBase64.decode(text).ifPresent(bytes -> assertEquals(text, StrictBase64.encode(bytes)));
  }
}
