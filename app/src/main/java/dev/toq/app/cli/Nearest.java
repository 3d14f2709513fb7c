package dev.toq.app.cli;

import java.util.List;

/** Finds the name that a mistyped word was meant to be. */
final class Nearest {
  private Nearest() {}

  /** A hint that names the nearest known name where one is near, before the general advice. */
  static String hint(String word, List<String> names, String advice) {
    String best = "";
    int bestDistance = Math.max(2, word.length() / 3) + 1;
    for (String name : names) {
      int distance = distance(word, name);
      if (distance < bestDistance) {
        best = name;
        bestDistance = distance;
      }
    }
    return best.isEmpty() ? advice : "did you mean \"" + best + "\"? " + advice;
  }

  /** How many single-character insertions, deletions and replacements turn one into the other. */
  static int distance(String from, String to) {
    int[] previous = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int[] row = new int[to.length() + 1];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(previous[j], row[j - 1]) + 1);
      }
      previous = row;
    }
    return previous[to.length()];
  }
}
