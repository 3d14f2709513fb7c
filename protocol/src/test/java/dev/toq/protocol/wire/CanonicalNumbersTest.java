package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalNumbersTest {
  @DisplayName("R-4.4-01: every number has one canonical spelling")
  @ParameterizedTest(name = "R-4.4-01: {0} is spelled {1}")
  @CsvSource({
    "0,0", "1,1", "-1,-1", "9007199254740993,9007199254740993", "-0,-0.0", "-0.0,-0.0", "0.0,0.0",
    "9223372036854775807,9223372036854775807", "-9223372036854775808,-9223372036854775808",
    "18446744073709551615,18446744073709551615", "-9223372036854775809,-9.223372036854776e+18",
    "18446744073709551616,1.8446744073709552e+19", "123456789012345680000,1.2345678901234568e+20",
    "-18446744073709551615,-1.8446744073709552e+19", "99999999999999999999,1e+20",
    "1.0,1.0", "1e0,1.0", "1.50,1.5", "1E5,100000.0", "1e15,1000000000000000.0", "1e16,1e+16",
    "1.5e300,1.5e+300", "0.00001,0.00001", "1e-5,0.00001", "0.000001,1e-6", "1.234e-5,0.00001234",
    "1.234e-7,1.234e-7", "5e-324,5e-324", "4.9e-324,5e-324", "1.7976931348623157e308,1.7976931348623157e+308",
    "9007199254740992.0,9007199254740992.0", "2e23,2e+23", "1e23,1e+23", "-12.5,-12.5", "9.9e-324,1e-323",
    "1e-400,0.0", "-1e-400,-0.0", "0e99999999999,0.0", "-0e5,-0.0", "1e-99999999999,0.0", "0.10,0.1", "1.00,1.0",
    "10.0,10.0", "1234567890.12345,1234567890.12345", "0.1000000000000000055511151231257827,0.1",
    "9999999999999998.0,9999999999999998.0", "9999999999999999.0,1e+16",
    "0.000012345678901234567,0.000012345678901234568",
    "1.5E+3,1500.0", "100e-2,1.0", "1.234567890123456e15,1234567890123456.0"
  })
  void spelling(String text, String canonical) {
    assertEquals(canonical, CanonicalNumbers.canonical(text));
  }

  @DisplayName("The deployed reference's reader is emulated, with its errors")
  @ParameterizedTest(name = "the reference reads {0} as {1}")
  @CsvSource({
    "0.9452706955539223,0.9452706955539224", "426.70839951173724,426.7083995117373",
    "1720410431.1297715,1720410431.1297717", "123456789012345680000,1.2345678901234567e+20", "1.5,1.5",
    "17963536935594186e-7,1796353693.5594187", "369955166548079250e-18,0.36995516654807925",
    "491686474007175784e-84,4.916864740071758e-67", "18446744073709551616,1.8446744073709552e+19",
    "5e-324,5e-324", "1e-400,0.0", "0.00000000000000000000000000000001e-300,0.0", "1e22,1e+22",
    "0.000000000000000000001234567890123456789012345,1.2345678901234566e-21", "-0,-0.0", "12e-1,1.2", "12E+1,120.0",
    "1.7976931348623157e308,1.7976931348623157e+308"
  })
  void reference(String text, String read) {
    assertEquals(read, CanonicalNumbers.print(ReferenceNumbers.read(text)));
  }

  @DisplayName("Digits beyond 64 bits only move the reference's exponent; a fraction digit that fits is still taken")
  @Test
  void referenceDropsDigits() {
    assertEquals(18446744073709551615d * 10, ReferenceNumbers.read("184467440737095516159.9"));
    assertEquals(18446744073709551610d * 10, ReferenceNumbers.read("184467440737095516109"));
    // 1844674407370955161|9|.5: nine does not fit and moves the exponent by one, five fits and moves it back.
    assertEquals(18446744073709551615d, ReferenceNumbers.read("18446744073709551619.5"));
  }

  @DisplayName("What the reference refuses as too large is seen")
  @ParameterizedTest(name = "the reference refuses {0}")
  @ValueSource(strings = {"1e309", "1e99999999999", "-1e309", "123456789012345678901234567890e300"})
  void referenceRefuses(String text) {
    assertTrue(Double.isNaN(ReferenceNumbers.read(text)));
  }

  @DisplayName("The reference misreads an integral double above 2^53 / 10 that it has itself printed with .0")
  @Test
  void pointZero() {
    assertEquals("3602879701896410.0", CanonicalNumbers.canonical("360287970189641e1"));
    assertFalse(ReferenceNumbers.read("3602879701896410.0") == 3602879701896410.0);
    assertEquals("360287970189641e1", CanonicalNumbers.wire("3602879701896410.0"));
  }

  @DisplayName("Numbers that the reference misreads travel in another spelling of the same double")
  @ParameterizedTest(name = "{0} travels in a spelling that both read rightly")
  @ValueSource(strings = {
    "1796353693.5594187", "0.36995516654807925", "4.916864740071758e-67", "0.9452706955539223", "426.70839951173724",
    "1720410431.1297715", "123456789012345680000", "-0.9452706955539223"
  })
  void dualSpelling(String text) {
    double value = Double.parseDouble(text);
    String wire = CanonicalNumbers.wire(text);
    assertEquals(value, Double.parseDouble(wire));
    assertEquals(value, ReferenceNumbers.read(wire));
    assertEquals(CanonicalNumbers.canonical(text), CanonicalNumbers.canonical(wire));
    assertEquals(CanonicalNumbers.canonical(text), CanonicalNumbers.signed(text));
    assertFalse(CanonicalNumbers.isInteger(wire));
  }

  @DisplayName("A number that is written in more digits than a double holds keeps its decimal value on the wire")
  @ParameterizedTest(name = "{0} travels as {1}")
  @CsvSource({
    "0.1000000000000000055511151231257827,0.1000000000000000055511151231257827",
    "18446744073709551617,18446744073709551617", "1E5,100000.0", "1.50,1.5", "-0,-0.0", "1e-400,1e-400",
    "1e-99999999999,1e-99999999999", "0e99999999999,0.0", "12345678901234567890123,12345678901234567890123"
  })
  void decimalValueKept(String text, String wire) {
    assertEquals(wire, CanonicalNumbers.wire(text));
  }

  @DisplayName("Where no spelling suits both, the canonical text travels and what the reference computes is signed")
  @ParameterizedTest(name = "{0} is signed as the reference reads it")
  @ValueSource(strings = {"0.9658499257329497", "2.7418696489535618e+132", "-2.2552490167963615e+279"})
  void noSpelling(String text) {
    assertEquals(text, CanonicalNumbers.wire(text));
    assertEquals(CanonicalNumbers.print(ReferenceNumbers.read(text)), CanonicalNumbers.signed(text));
    assertEquals(CanonicalNumbers.signed(text), CanonicalNumbers.asReferenceReads(text));
  }

  @DisplayName("At most one in a hundred doubles has no spelling that suits both readers")
  @Test
  void fewLackASpelling() {
    Random random = new Random(20260317);
    int lacking = 0;
    for (int i = 0; i < 20_000; i++) {
      String canonical = CanonicalNumbers.canonical(Double.toString(random.nextDouble() * 2e9));
      lacking += CanonicalNumbers.signed(canonical).equals(canonical) ? 0 : 1;
    }
    assertTrue(lacking < 200, lacking + " of 20000");
  }
}
