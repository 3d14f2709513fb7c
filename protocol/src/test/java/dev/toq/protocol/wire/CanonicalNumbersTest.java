package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalNumbersTest {
  @DisplayName("R-4.4-01: every number has one canonical spelling")
  @ParameterizedTest(name = "R-4.4-01: {0} is spelled {1}")
  @CsvSource({
    "0,0", "1,1", "-1,-1", "9007199254740993,9007199254740993", "-0,-0.0", "-0.0,-0.0", "0.0,0.0",
    "9223372036854775807,9223372036854775807", "-9223372036854775808,-9223372036854775808",
    "18446744073709551615,18446744073709551615", "-9223372036854775809,-9.223372036854776e+18",
    "18446744073709551616,1.8446744073709552e+19", "123456789012345680000,1.2345678901234568e+20",
    "1.0,1.0", "1e0,1.0", "1.50,1.5", "1E5,100000.0", "1e15,1000000000000000.0", "1e16,1e+16",
    "1.5e300,1.5e+300", "0.00001,0.00001", "1e-5,0.00001", "0.000001,1e-6", "1.234e-5,0.00001234",
    "1.234e-7,1.234e-7", "5e-324,5e-324", "4.9e-324,5e-324", "1.7976931348623157e308,1.7976931348623157e+308",
    "9007199254740992.0,9007199254740992.0", "2e23,2e+23", "1e23,1e+23", "-12.5,-12.5", "9.9e-324,1e-323"
  })
  void spelling(String text, String canonical) {
    assertEquals(canonical, CanonicalNumbers.canonical(text));
  }

  @ParameterizedTest(name = "the reference reads {0} as {1}")
  @CsvSource({
    "0.9452706955539223,0.9452706955539224", "426.70839951173724,426.7083995117373",
    "1720410431.1297715,1720410431.1297717", "123456789012345680000,1.2345678901234567e+20", "1.5,1.5",
    "17963536935594186e-7,1796353693.5594187", "369955166548079250e-18,0.36995516654807925",
    "491686474007175784e-84,4.916864740071758e-67", "18446744073709551616,1.8446744073709552e+19"
  })
  void reference(String text, String read) {
    assertEquals(read, CanonicalNumbers.print(ReferenceNumbers.read(text)));
  }

  @Property
  @Label("a double keeps its value in the canonical spelling")
  void roundTrip(@ForAll double value) {
    assertEquals(value, Double.parseDouble(CanonicalNumbers.print(value)));
  }

  @Property(tries = 5_000)
  @Label("what is transmitted is the caller's number for a correct reader, and the signed text for the reference")
  void wire(@ForAll double value) {
    String text = Double.toString(value);
    String wire = CanonicalNumbers.wire(text);
    assertEquals(value, Double.parseDouble(wire));
    assertEquals(CanonicalNumbers.signed(text), CanonicalNumbers.asReferenceReads(wire));
  }

  @ParameterizedTest(name = "an integer of {0} keeps every digit on the wire")
  @CsvSource({"123456789012345680000", "123456789012345678901234567890"})
  void bigIntegers(String text) {
    assertEquals(0, new java.math.BigDecimal(text).compareTo(new java.math.BigDecimal(CanonicalNumbers.wire(text))));
    assertNotEquals("", CanonicalNumbers.signed(text));
  }
}
