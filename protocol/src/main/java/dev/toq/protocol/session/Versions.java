package dev.toq.protocol.session;

import dev.toq.protocol.Spec;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The choice of a protocol version (specification section 6.2). */
final class Versions {
  static final List<String> OURS = List.of(Spec.VERSION);

  private static final Pattern NUMBERS = Pattern.compile("\\d{1,9}(?:\\.\\d{1,9}){0,3}");

  private Versions() {}

  /** The highest version in both lists; components compare as numbers, so 0.10 is above 0.9 (A-17, R-6.2-02). */
  static Optional<String> highestCommon(List<String> theirs, List<String> ours) {
    Comparator<String> byNumbers = (left, right) -> Arrays.compare(components(left), components(right));
    return theirs.stream().filter(ours::contains).filter(text -> NUMBERS.matcher(text).matches()).max(byNumbers);
  }

  private static int[] components(String version) {
    return Pattern.compile("\\.").splitAsStream(version).mapToInt(Integer::parseInt).toArray();
  }
}
