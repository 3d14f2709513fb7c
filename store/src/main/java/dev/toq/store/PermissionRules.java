package dev.toq.store;

import dev.toq.protocol.identity.PublicKey;
import dev.toq.store.Permissions.Pending;
import dev.toq.store.Permissions.Rule;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code permissions.toml} holds: three lists of entries, each as it was written and as what it means.
 *
 * @param warnings about requests that name no key; they are kept
 */
record PermissionRules(
    List<Entry<Rule>> approved, List<Entry<Rule>> blocked, List<Entry<Pending>> pending, List<String> warnings) {
  /** One table of the file: its members, also those that we do not know, and its meaning where it has one. */
  record Entry<T>(Map<String, Object> members, Optional<T> meaning) {}

  private static final List<String> NAMES = List.of("approved", "blocked", "pending");
  private static final String HEADER = """
      # Who may connect. "toq approve", "toq block" and the like write this file; you may edit it too, also while toq
      # runs. A rule has a type ("key" or "address") and a value. Comments of your own are lost when toq writes.

      """;

  PermissionRules {
    approved = List.copyOf(approved);
    blocked = List.copyOf(blocked);
    pending = List.copyOf(pending);
    warnings = List.copyOf(warnings);
  }

  static PermissionRules none() {
    return new PermissionRules(List.of(), List.of(), List.of(), List.of());
  }

  /**
   * Reads the file.
   *
   * @throws ConfigException with all that is wrong in it: a list that was misspelled must not become an empty one
   */
  static PermissionRules read(Path file, byte[] bytes) throws ConfigException {
    TomlDocument document = TomlDocument.read(bytes, false);
    if (document.text().isBlank()) { // what a writer leaves that died after it cut the file; ours is never empty
      throw new ConfigException(file, List.of(file.getFileName() + ":1:1: the file is empty, its rules are lost:"
          + " bring it back from a backup, or delete it to begin without rules"));
    }
    List<TomlPrepass.Problem> problems = new ArrayList<>(document.problems());
    document.root().forEach((name, value) -> {
      boolean tables = value instanceof List<?> items && items.stream().allMatch(item -> item instanceof Map);
      if (!NAMES.contains(name)) {
        String meant = Nearest.of(name, NAMES).map(near -> "; did you mean \"" + near + "\"?").orElse("");
        String what = "the file holds approved, blocked and pending, not " + ValueRule.shown(name) + meant;
        problems.add(document.places().problemAt(List.of(name), what));
      } else if (!tables) {
        problems.add(document.places().problemAt(List.of(name), name + " must be a list of tables: [[" + name + "]]"));
      }
    });
    for (String name : NAMES) {
      List<Map<String, Object>> tables = document.tables(name);
      for (int i = 0; i < tables.size(); i++) {
        String at = Integer.toString(i);
        tables.get(i).forEach((key, value) -> {
          if (!TomlText.isPlain(value)) {
            String what = key + " must be a text, number or truth value";
            problems.add(document.places().problemAt(List.of(name, at, key), what));
          }
        });
      }
    }
    List<Entry<Rule>> approved = rules(document, "approved", problems);
    List<Entry<Rule>> blocked = rules(document, "blocked", problems);
    if (!problems.isEmpty()) {
      throw new ConfigException(file, ConfigFile.lines(file, problems));
    }
    List<String> warnings = new ArrayList<>();
    return new PermissionRules(approved, blocked, pending(file, document, warnings), warnings);
  }

  /** A rule that means nothing is a problem: a block with a slip in its key must not stand for no block. */
  private static List<Entry<Rule>> rules(TomlDocument document, String name, List<TomlPrepass.Problem> problems) {
    List<Entry<Rule>> entries = new ArrayList<>();
    for (Map<String, Object> table : document.tables(name)) {
      String at = Integer.toString(entries.size());
      Optional<Rule> rule = Optional.empty();
      try {
        rule = Optional.of(rule(table));
      } catch (IllegalArgumentException e) {
        String what = "this entry of " + name + " is no rule: " + e.getMessage();
        problems.add(document.places().problemAt(List.of(name, at), what));
      }
      entries.add(new Entry<>(table, rule));
    }
    return entries;
  }

  /** Throws IllegalArgumentException with the reason where the entry is no rule of this version. */
  private static Rule rule(Map<String, Object> table) {
    if (!(table.get("type") instanceof String type)) {
      throw new IllegalArgumentException("its type is missing, key or address");
    }
    if (!(table.get("value") instanceof String value)) {
      throw new IllegalArgumentException("its value is missing, a text");
    }
    if (type.equals("key")) {
      return new Rule.ByKey(PublicKey.parse(value));
    }
    if (type.equals("address")) {
      return new Rule.ByAddress(value);
    }
    throw new IllegalArgumentException("its type is key or address, not " + ValueRule.shown(type));
  }

  private static Optional<PublicKey> key(String text) {
    try {
      return Optional.of(PublicKey.parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // the caller keeps the entry and warns
    }
  }

  private static List<Entry<Pending>> pending(Path file, TomlDocument document, List<String> warnings) {
    List<Entry<Pending>> entries = new ArrayList<>();
    for (Map<String, Object> table : document.tables("pending")) {
      Optional<Pending> request = key(String.valueOf(table.get("key"))).map(key -> new Pending(
          key, table.get("address") instanceof String address ? address : "",
          time(table.getOrDefault("requested_at", ""))));
      if (request.isEmpty()) {
        warnings.add(skipped(file, document, "pending", entries.size(), "names no readable key"));
      }
      entries.add(new Entry<>(table, request));
    }
    return entries;
  }

  private static Instant time(Object text) {
    try {
      return DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(String.valueOf(text), Instant::from);
    } catch (DateTimeException e) {
      return Instant.EPOCH; // nothing depends on it but the order in which an owner sees requests
    }
  }

  private static String skipped(Path file, TomlDocument document, String name, int index, String why) {
    var problem = document.places().problemAt(List.of(name, Integer.toString(index)), "");
    return file.getFileName() + ":" + problem.line() + ": this entry of " + name + " " + why + ", so it has no effect";
  }

  static Entry<Rule> entry(Rule rule) {
    Map<String, Object> members = new LinkedHashMap<>();
    switch (rule) {
      case Rule.ByKey(PublicKey key) -> {
        members.put("type", "key");
        members.put("value", key.toString());
      }
      case Rule.ByAddress(String pattern) -> {
        members.put("type", "address");
        members.put("value", pattern);
      }
    }
    return new Entry<>(members, Optional.of(rule));
  }

  static Entry<Pending> entry(Pending request) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("key", request.key().toString());
    members.put("address", request.address());
    members.put("requested_at", request.requestedAt().toString());
    return new Entry<>(members, Optional.of(request));
  }

  /**
   * The file's bytes.
   *
   * @throws StoreException where a text cannot be spelled so that it is read back the same
   */
  byte[] bytes() throws StoreException {
    StringBuilder empty = new StringBuilder();
    StringBuilder full = new StringBuilder();
    append("approved", approved, empty, full);
    append("blocked", blocked, empty, full);
    append("pending", pending, empty, full);
    return (HEADER + empty + full).getBytes(StandardCharsets.UTF_8);
  }

  /** Empty lists must stand before the first table, or they would belong to it. */
  private static <T> void append(String name, List<Entry<T>> entries, StringBuilder empty, StringBuilder full)
      throws StoreException {
    if (entries.isEmpty()) {
      empty.append(name).append(" = []\n");
    }
    for (Entry<T> entry : entries) {
      full.append("\n[[").append(name).append("]]\n");
      for (Map.Entry<String, Object> member : entry.members.entrySet()) {
        try {
          full.append(TomlText.key(member.getKey())).append(" = ").append(TomlText.value(member.getValue()))
              .append('\n');
        } catch (IllegalArgumentException e) {
          throw new StoreException(
              ValueRule.shown(member.getValue()) + " cannot be stored", "write it without backslashes and quotes", e);
        }
      }
    }
  }
}
