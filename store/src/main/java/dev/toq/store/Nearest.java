package dev.toq.store;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Finds what a person may have meant by a misspelled name. */
public final class Nearest {
  private Nearest() {}

  /**
   * The name that needs the fewest single changes, where these are at most a third of its letters, and at most three.
   */
  public static Optional<String> of(String given, List<String> names) {
    return names.stream()
        .filter(name -> distance(given, name) <= Math.min(3, Math.max(1, name.length() / 3)))
        .min(Comparator.comparingInt(name -> distance(given, name)));
  }

  /** Insertions, deletions, replacements and swaps of neighbours between two texts. */
  static int distance(String a, String b) {
    if (Math.abs(a.length() - b.length()) > 3) {
      return Integer.MAX_VALUE;
    }
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
        if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
