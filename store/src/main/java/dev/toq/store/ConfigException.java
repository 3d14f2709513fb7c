package dev.toq.store;

import java.nio.file.Path;
import java.util.List;

/** A file of settings that cannot be used, with everything that is wrong in it at once. */
public final class ConfigException extends StoreException {
  private static final long serialVersionUID = 1;

  private final List<String> problems;

  /** @param problems each as {@code FILE:LINE:COLUMN: what}, at least one */
  public ConfigException(Path file, List<String> problems) {
    super(
        problems.size() == 1
            ? problems.getFirst()
            : problems.size() + " things are wrong in " + file + ": " + String.join("; ", problems),
        "correct " + file + " at the line and column named, and try again");
    this.problems = List.copyOf(problems);
  }

  /** What is wrong, in the order of the file: {@code config.toml:LINE:COLUMN: what}. */
  public List<String> problems() {
    return problems;
  }
}
