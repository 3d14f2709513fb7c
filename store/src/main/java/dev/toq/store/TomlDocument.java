package dev.toq.store;

import com.moandjiezana.toml.Toml;
import dev.toq.store.TomlPrepass.Problem;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One TOML file, read: the only place that knows toml4j. Values are Long, Double, Boolean, String, List and Map.
 *
 * @param text the file's text without its byte order mark
 * @param root what could be read; complete where there are no problems
 * @param problems everything that is wrong, in the order of the file
 */
record TomlDocument(
    String text, boolean byteOrderMark, TomlPrepass places, Map<String, Object> root, List<Problem> problems) {
  /** Larger files are refused: no configuration or list of rules comes near it. */
  static final int MOST_BYTES = 4 << 20;

  static TomlDocument read(byte[] bytes, boolean adapterTables) {
    CharBuffer decoded = CharBuffer.allocate(bytes.length);
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CoderResult result = decoder.decode(ByteBuffer.wrap(bytes), decoded, true);
    String all = decoded.flip().toString();
    if (result.isError()) {
      TomlSource source = new TomlSource(all);
      Problem broken =
          new Problem(source.line(all.length()), source.column(all.length()), "the bytes here are not UTF-8 text");
      return new TomlDocument(all, false, TomlPrepass.of("", adapterTables), Map.of(), List.of(broken));
    }
    boolean marked = all.startsWith("\uFEFF");
    String text = marked ? all.substring(1) : all;
    TomlPrepass pass = TomlPrepass.of(text, adapterTables);
    List<Problem> problems = new ArrayList<>(pass.problems());
    Map<String, Object> root = Map.of();
    try {
      root = renamed(new Toml().read(pass.rewritten()).toMap(), pass, List.of());
      Set<List<String>> found = new HashSet<>();
      collect(root, pass, List.of(), found);
      if (!found.equals(pass.paths())) { // toml4j puts the inline tables of nested arrays of tables elsewhere
        problems.add(new Problem(1, 1, "these tables inside tables cannot be read here: write them flatter"));
      }
    } catch (RuntimeException | StackOverflowError e) {
      // toml4j has no one type of exception, and recursion without a bound
      problems.add(new Problem(1, 1, "the file cannot be read: " + ValueRule.shown(String.valueOf(e.getMessage()))));
    }
    return new TomlDocument(text, marked, pass, root, List.copyOf(problems));
  }

  /** With the keys as the file spells them, in its order, which toml4j forgets. */
  private static Map<String, Object> renamed(Map<?, ?> table, TomlPrepass pass, List<String> path) {
    Map<String, Object> named = new HashMap<>();
    table.forEach((key, value) -> {
      String name = pass.original((String) key);
      named.put(name, renamedValue(value, pass, longer(path, name)));
    });
    Map<String, Object> ordered = new LinkedHashMap<>();
    named.keySet().stream()
        .sorted(Comparator.comparingInt((String name) -> pass.offset(longer(path, name))).thenComparing(name -> name))
        .forEach(name -> ordered.put(name, named.getOrDefault(name, "")));
    return ordered;
  }

  /** The paths of all tables and values, down to those that the file gives as one value. */
  private static void collect(Map<?, ?> table, TomlPrepass pass, List<String> path, Set<List<String>> found) {
    table.forEach((key, value) -> {
      List<String> at = longer(path, (String) key);
      if (value instanceof Map<?, ?> inner && !pass.isValue(at)) {
        found.add(at);
        collect(inner, pass, at, found);
      } else if (value instanceof List<?> items && !pass.isValue(at)) {
        for (int i = 0; i < items.size(); i++) {
          List<String> element = longer(at, Integer.toString(i));
          found.add(element);
          if (items.get(i) instanceof Map<?, ?> inner) {
            collect(inner, pass, element, found);
          }
        }
      } else {
        found.add(at);
      }
    });
  }

  private static Object renamedValue(Object value, TomlPrepass pass, List<String> path) {
    return switch (value) {
      case Map<?, ?> table -> renamed(table, pass, path);
      case List<?> items -> {
        List<Object> all = new ArrayList<>();
        for (Object item : items) {
          all.add(renamedValue(item, pass, longer(path, Integer.toString(all.size()))));
        }
        yield List.copyOf(all);
      }
      case Object other -> other;
    };
  }

  private static List<String> longer(List<String> path, String name) {
    List<String> longer = new ArrayList<>(path);
    longer.add(name);
    return longer;
  }

  /** The tables of an array of tables; empty where the name is absent or something else. */
  List<Map<String, Object>> tables(String name) {
    List<Map<String, Object>> found = new ArrayList<>();
    if (root.get(name) instanceof List<?> items) {
      for (Object item : items) {
        asTable(item).ifPresent(found::add);
      }
    }
    return found;
  }

  /** The value as a table, where it is one. */
  static Optional<Map<String, Object>> asTable(Object value) {
    if (!(value instanceof Map<?, ?> table)) {
      return Optional.empty();
    }
    Map<String, Object> copy = new LinkedHashMap<>();
    table.forEach((key, member) -> copy.put((String) key, member));
    return Optional.of(copy);
  }
}
