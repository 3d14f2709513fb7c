package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictBase64Test {
  @DisplayName("Bytes have one base64 text: no missing padding, stray bits, white space or other alphabet")
  @ParameterizedTest(name = "no base64: {0}")
  @ValueSource(strings = {
    "A", "AA", "AAA", "AB==", "AAB=", "AA=", "AA===", "AA==AA==", " AA==", "AA==\n", "_-8=", "=", "A=A="
  })
  void refused(String text) {
    assertEquals(Optional.empty(), StrictBase64.decode(text));
  }

  @DisplayName("The empty text is no bytes at all")
  @ParameterizedTest(name = "empty")
  @ValueSource(strings = "")
  void empty(String text) {
    assertEquals(0, StrictBase64.decode(text).orElseThrow().length);
  }
}
