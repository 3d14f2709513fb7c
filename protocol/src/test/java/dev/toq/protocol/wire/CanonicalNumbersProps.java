package dev.toq.protocol.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class CanonicalNumbersProps {
  @Property
  @Label("A double keeps its value in the canonical spelling, in the fewest digits")
  void roundTrip(@ForAll("doubles") double value) {
    String text = CanonicalNumbers.print(value);
    assertEquals(Double.doubleToLongBits(value), Double.doubleToLongBits(Double.parseDouble(text)));
    Decimal decimal = Decimal.of(text);
    Assume.that(decimal.digits().length() > 1);
    // One digit fewer, rounded either way, is another double.
    int fewer = decimal.digits().length() - 1;
    BigDecimal exact = new BigDecimal(Math.abs(value));
    for (RoundingMode mode : List.of(RoundingMode.DOWN, RoundingMode.UP)) {
      double shorter = exact.round(new MathContext(fewer, mode)).doubleValue();
      assertFalse(shorter == Math.abs(value), text);
    }
  }

  @Property
  @Label("R-4.4-01: the canonical text of a number is its own canonical text")
  void idempotent(@ForAll("numberTexts") String text) {
    Assume.that(Double.isFinite(Double.parseDouble(text)));
    String canonical = CanonicalNumbers.canonical(text);
    assertEquals(canonical, CanonicalNumbers.canonical(canonical));
    if (!CanonicalNumbers.isInteger(text)) {
      assertEquals(Double.parseDouble(text), Double.parseDouble(canonical));
      assertFalse(CanonicalNumbers.isInteger(canonical));
    }
  }

  @Property
  @Label("A caller's number is the same double for a correct reader, and the reference computes the signed text")
  void wire(@ForAll("numberTexts") String text) {
    Assume.that(Double.isFinite(Double.parseDouble(text)));
    String wire = CanonicalNumbers.wire(text);
    assertEquals(CanonicalNumbers.canonical(text), CanonicalNumbers.canonical(wire));
    assertEquals(CanonicalNumbers.signed(text), CanonicalNumbers.asReferenceReads(wire));
  }

  @Property
  @Label("The reference misreads nothing of at most 15 digits, .0 included, so none of it is spelled anew")
  void shortNumbersAreStable(@ForAll("shortNumbers") String text) {
    assertEquals(CanonicalNumbers.canonical(text), CanonicalNumbers.wire(text));
  }

  @Property
  @Label("Two texts are one decimal number exactly where a decimal type says so")
  void decimals(@ForAll("numberTexts") String left, @ForAll("numberTexts") String right) {
    BigDecimal a = new BigDecimal(left);
    BigDecimal b = new BigDecimal(right);
    Assume.that(a.signum() != 0 && b.signum() != 0); // a decimal type has no negative zero
    assertEquals(a.compareTo(b) == 0, Decimal.of(left).equals(Decimal.of(right)));
    assertEquals(Decimal.of(left), Decimal.of(a.unscaledValue() + "000e" + (-a.scale() - 3L)));
  }

  @Provide
  Arbitrary<Double> doubles() {
    return Arbitraries.oneOf(
        Arbitraries.longs().map(Double::longBitsToDouble).filter(Double::isFinite),
        Arbitraries.longs().between(1, 4096).map(Double::longBitsToDouble),
        Arbitraries.doubles().between(-1e9, 1e9),
        Arbitraries.integers().between(-1074, 1023).map(power -> Math.scalb(1.0, power)));
  }

  @Provide
  Arbitrary<String> shortNumbers() {
    return Combinators.combine(
            Arbitraries.longs().between(-99_999_999_999_999L, 99_999_999_999_999L),
            Arbitraries.integers().between(-8, 0))
        .as((digits, power) -> digits + "e" + power);
  }

  @Provide
  Arbitrary<String> numberTexts() {
    Arbitrary<String> whole = Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(25)
        .map(text -> text.replaceFirst("^0+(?=.)", ""));
    Arbitrary<String> fraction =
        Arbitraries.strings().numeric().ofMinLength(1).ofMaxLength(25).map(text -> "." + text).injectNull(0.3)
            .map(text -> text == null ? "" : text);
    Arbitrary<String> exponent = Combinators.combine(Arbitraries.of("e", "E"), Arbitraries.of("", "+", "-"),
            Arbitraries.integers().between(0, 330))
        .as((letter, sign, power) -> letter + sign + power);
    return Combinators.combine(Arbitraries.of("", "-"), whole, fraction,
            Arbitraries.oneOf(Arbitraries.just(""), exponent))
        .as((sign, digits, part, power) -> sign + digits + part + power);
  }
}
