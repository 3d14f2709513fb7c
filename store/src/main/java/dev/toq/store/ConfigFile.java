package dev.toq.store;

import dev.toq.store.TomlPrepass.Place;
import dev.toq.store.TomlPrepass.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code config.toml}: what the owner set (specification 25.3).
 *
 * <p>Promise: the file belongs to the owner. It is written whole only at setup; later changes touch the characters of
 * one value and keep every comment, unknown key and layout. A file that cannot be read in full is not read in part.
 *
 * <p>Limit: 4 MiB; values nested 16 deep. No dates, dotted keys, arrays of mixed kinds, inf or nan.
 *
 * <p>Format: TOML, one key a line; adapters are tables with a quoted name. {@code [adapter.x]} is read as well (A-72).
 *
 * <pre>
 * agent_name = "scout"
 * port = 9009
 * ["adapter.http"]
 * callback_url = "http://localhost:8080/toq"
 * </pre>
 *
 * <p>Commit point: the rename of a forced temporary file. Recovery: none is needed; a file left half-written by another
 * program is refused with line and column, and never replaced.
 */
public final class ConfigFile {
  /** A configuration and what its owner should know about the file, one sentence each. */
  public record Loaded(Config config, List<String> warnings) {
    public Loaded {
      warnings = List.copyOf(warnings);
    }
  }

  private static final List<String> KEYS = Arrays.stream(ConfigKey.values()).map(ConfigKey::toml).toList();
  private static final String PREFIX = "adapter.";
  private static final String HEADER = """
      # toq configuration, written by "toq setup". Change it as you like: toq keeps your comments where it writes.
      # A key that is not here has its default. Tables such as ["adapter.http"] belong at the end.

      """;

  /** The settings of each adapter, with their defaults; a text without one is empty. */
  private static final Map<String, Map<String, String>> ADAPTERS = Map.of(
      "http", Map.of("callback_url", "http://localhost:8080/toq"), // R-25.3-31
      "grpc", Map.of("address", "localhost:50051"), // R-25.3-32
      "unix", Map.of("socket_path", "/tmp/toq.sock"), // R-25.3-33
      "stdin", Map.of("command", ""));

  private ConfigFile() {}

  /**
   * Reads the file.
   *
   * @throws ConfigException with every error of syntax, type and range at once, by line and column
   * @throws StoreException where there is no file, or it cannot be read
   */
  public static Loaded load(Path file) throws IOException {
    return read(file, bytes(file));
  }

  private static byte[] bytes(Path file) throws IOException {
    return WholeFile.read(file, TomlDocument.MOST_BYTES)
        .orElseThrow(() -> new StoreException("there is no configuration " + file, "run 'toq setup' to make one"));
  }

  static Loaded read(Path file, byte[] bytes) throws ConfigException {
    Reading reading = new Reading(TomlDocument.read(bytes, true));
    Config config = reading.config();
    if (!reading.problems.isEmpty()) {
      throw new ConfigException(file, lines(file, reading.problems));
    }
    return new Loaded(config, lines(file, reading.warnings));
  }

  /** Problems as an owner reads them, in the order of the file. */
  static List<String> lines(Path file, List<Problem> problems) {
    return problems.stream()
        .distinct()
        .sorted(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column))
        .map(problem -> file.getFileName() + ":" + problem.line() + ":" + problem.column() + ": " + problem.what())
        .toList();
  }

  /**
   * Writes a new file, as {@code toq setup} does; an old one is replaced. Every key of 25.3 that has a value is named.
   */
  public static void write(Path file, Config config) throws IOException {
    write(RealFiles.INSTANCE, file, config);
  }

  static void write(FileLayer files, Path file, Config config) throws IOException {
    WholeFile.write(files, file, text(config).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The text of a new file. Test suites of the SDKs replace {@code port = 9009} and {@code a2a_enabled = false} in it
   * and append keys: so it has these spellings, and does not end inside a table.
   */
  static String text(Config config) {
    StringBuilder text = new StringBuilder(HEADER);
    for (ConfigKey key : ConfigKey.values()) {
      Optional<Object> value = config.value(key);
      if (value.isPresent() && (key.writtenAtSetup() || !value.equals(key.standard()))) {
        text.append(key.toml()).append(" = ").append(TomlText.value(value.get())).append('\n');
      }
    }
    return text.toString();
  }

  /** Writes the port into an existing file, as the first start does where 9009 is taken. */
  public static void setPort(Path file, int port) throws IOException {
    set(file, ConfigKey.PORT, (long) port);
  }

  /**
   * Changes one value in an existing file and keeps the rest as it is: comments, unknown keys, layout. A key that is
   * not in the file is added at the end of the keys that stand before the first table.
   *
   * @param value a Long, Boolean, String or List of String
   * @throws IllegalArgumentException with a sentence where the key does not take this value
   * @throws ConfigException where the file cannot be used
   */
  public static void set(Path file, ConfigKey key, Object value) throws IOException {
    set(RealFiles.INSTANCE, file, key, value);
  }

  static void set(FileLayer files, Path file, ConfigKey key, Object value) throws IOException {
    key.complaint(value).ifPresent(why -> {
      throw new IllegalArgumentException(key.toml() + " " + why);
    });
    byte[] before = bytes(file);
    read(file, before); // a file with errors is not edited: the place of the key may not be where it seems
    TomlDocument document = TomlDocument.read(before, true);
    String edited = edit(document, key.toml(), TomlText.value(value));
    byte[] after = ((document.byteOrderMark() ? "\uFEFF" : "") + edited).getBytes(StandardCharsets.UTF_8);
    read(file, after);
    WholeFile.write(files, file, after);
  }

  private static String edit(TomlDocument document, String key, String value) {
    String text = document.text();
    Optional<Place> place = document.places().place(List.of(key));
    if (place.isPresent()) {
      return text.substring(0, place.get().valueStart()) + value + text.substring(place.get().valueEnd());
    }
    String lineEnd = text.contains("\r\n") ? "\r\n" : "\n";
    int at = document.places().firstHeader().orElse(text.length());
    for (int line = lineBefore(text, at); at > 0 && text.startsWith("#", line); line = lineBefore(text, at)) {
      at = line; // comments right above a table belong to it
    }
    String before = text.substring(0, at);
    String gap = before.isEmpty() || before.endsWith("\n") ? "" : lineEnd;
    return before + gap + key + " = " + value + lineEnd + text.substring(at);
  }

  private static int lineBefore(String text, int lineStart) {
    return lineStart < 2 ? 0 : text.lastIndexOf('\n', lineStart - 2) + 1;
  }

  /** One pass over what the file holds. */
  private static final class Reading {
    private final TomlDocument document;
    private final List<Problem> problems;
    private final List<Problem> warnings = new ArrayList<>();

    Reading(TomlDocument document) {
      this.document = document;
      this.problems = new ArrayList<>(document.problems());
    }

    Config config() {
      Map<ConfigKey, Object> values = new EnumMap<>(ConfigKey.class);
      Map<String, Map<String, String>> adapters = new HashMap<>();
      document.root().forEach((name, value) -> {
        Optional<ConfigKey> key = ConfigKey.of(name);
        Optional<Map<String, Object>> table = TomlDocument.asTable(value);
        if (name.startsWith(PREFIX)) {
          adapter(List.of(name), name.substring(PREFIX.length()), value, adapters);
        } else if (key.equals(Optional.of(ConfigKey.ADAPTER)) && table.isPresent()) {
          table.get().forEach((adapter, settings) -> adapter(List.of(name, adapter), adapter, settings, adapters));
        } else if (key.isPresent()) {
          key.get().complaint(value).ifPresentOrElse(
              why -> problems.add(document.places().problemAt(List.of(name), name + " " + why)),
              () -> values.put(key.get(), value));
        } else {
          unknown(List.of(name), KEYS);
        }
      });
      Config config = new Config(values, adapters);
      if (config.heartbeatTimeout().compareTo(config.heartbeatInterval()) <= 0) {
        warnings.add(document.places().problemAt(
            List.of("heartbeat_timeout"),
            "heartbeat_timeout is not longer than heartbeat_interval: idle connections will be closed"));
      }
      return config;
    }

    private void unknown(List<String> path, List<String> known) { // A-73
      String name = path.getLast();
      String meant = Nearest.of(name, known).map(found -> "; did you mean \"" + found + "\"?").orElse("");
      warnings.add(document.places().problemAt(path, "unknown key " + ValueRule.shown(name) + " is ignored" + meant));
    }

    private void adapter(List<String> path, String name, Object value, Map<String, Map<String, String>> adapters) {
      Optional<Map<String, Object>> table = TomlDocument.asTable(value);
      if (table.isEmpty()) {
        problems.add(document.places().problemAt(path, path.getLast() + " must be a table"));
        return;
      }
      Map<String, String> known = ADAPTERS.getOrDefault(name, Map.of());
      Map<String, String> settings = new LinkedHashMap<>(known);
      settings.values().removeIf(String::isEmpty);
      table.get().forEach((key, setting) -> {
        List<String> at = new ArrayList<>(path);
        at.add(key);
        if (!known.containsKey(key)) {
          unknown(at, List.copyOf(known.keySet()));
        } else if (setting instanceof String text) {
          settings.put(key, text);
        } else {
          String what = key + " must be a text in quotes, not " + ValueRule.shown(setting);
          problems.add(document.places().problemAt(at, what));
        }
      });
      adapters.put(name, Map.copyOf(settings));
    }
  }
}
