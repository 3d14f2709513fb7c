package dev.toq.store;

import dev.toq.store.TomlSource.Syntax;
import dev.toq.store.TomlValues.Rewritten;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes TOML text safe for toml4j 0.7.2, which reads TOML 0.4 and gets some of it silently wrong: escapes are read
 * twice, quoted keys keep their quotes, a missing value drops its key. This pass reads the whole text by the rules of
 * TOML 1.0, finds every error at once with its line and column, and writes the document anew in the part of the
 * language that toml4j reads right. What it cannot say there (dates, dotted keys, mixed arrays, inf and nan) it
 * refuses.
 *
 * <p>Keys that are not bare get a bare alias, which {@link #original} undoes.
 */
final class TomlPrepass {
  /** Something wrong in the file, at a line and column counted from 1. */
  record Problem(int line, int column, String what) {}

  /** Where a key stands, and its value, as offsets in the text. */
  record Place(int key, int valueStart, int valueEnd) {}

  private static final int MOST_PROBLEMS = 20;
  private static final int MOST_PARTS = 8;

  private enum Role {
    /** Came to be by the name of another table, so it may still be opened itself. */
    IMPLIED_TABLE,
    TABLE,
    TABLE_ARRAY,
    VALUE
  }

  /** What was defined so far: a table has members; of an array of tables they are those of its last one. */
  private static final class Node {
    Role role;
    Map<String, Node> members = new HashMap<>();
    int elements;

    Node(Role role) {
      this.role = role;
    }
  }

  private final TomlSource source;
  private final String text;
  private final TomlValues values;
  private final boolean adapterTables;
  private final StringBuilder rewritten = new StringBuilder();
  private final List<Problem> problems = new ArrayList<>();
  private final Map<List<String>, Place> places = new HashMap<>();
  private final Set<List<String>> implied = new HashSet<>();
  private final Map<String, String> aliases = new HashMap<>();
  private final Map<String, String> originals = new HashMap<>();
  private final Node root = new Node(Role.TABLE);
  private boolean adapterIsText;
  private int firstHeader = -1;

  /** The table that receives keys; empty after a header that could not be read. */
  private Optional<Node> current = Optional.of(root);

  private List<String> currentPath = List.of();

  private TomlPrepass(String text, boolean adapterTables) {
    this.text = text;
    this.source = new TomlSource(text);
    this.values = new TomlValues(source, this::spelling);
    this.adapterTables = adapterTables;
  }

  /**
   * Reads a document.
   *
   * @param text without a byte order mark
   * @param adapterTables whether {@code [adapter.x]} beside {@code adapter = "x"} means {@code ["adapter.x"]}, as in
   * the
   *     specification's own sample
   */
  static TomlPrepass of(String text, boolean adapterTables) {
    TomlPrepass pass = new TomlPrepass(text, adapterTables);
    while (!pass.source.atEnd() && pass.problems.size() < MOST_PROBLEMS) {
      try {
        pass.statement();
      } catch (Syntax e) {
        pass.problems.add(pass.problem(e.offset, String.valueOf(e.getMessage())));
        pass.source.skipToNextLine();
      }
    }
    return pass;
  }

  /** The document without what was wrong in it, for toml4j. */
  String rewritten() {
    return rewritten.toString();
  }

  List<Problem> problems() {
    return List.copyOf(problems);
  }

  /** The key that was written here under an alias, or the same. */
  String original(String key) {
    return originals.getOrDefault(key, key);
  }

  /**
   * Where a key or a table's header stands first.
   *
   * @param path the names of the tables around it, an array of tables followed by a number from 0, and its own name
   */
  Optional<Place> place(List<String> path) {
    return Optional.ofNullable(places.get(path));
  }

  /** Where the key or table of this path, or the first array item in it, stands; 0 where that is not known. */
  int offset(List<String> path) {
    return place(path).or(() -> place(Stream.concat(path.stream(), Stream.of("0")).toList())).map(Place::key).orElse(0);
  }

  /** Whether a key of this path was given a value in one piece, be it an inline table or an array. */
  boolean isValue(List<String> path) {
    return place(path).filter(found -> found.valueEnd > found.valueStart).isPresent();
  }

  /** The paths of all tables and values; of tables also those that only came to be by the name of another. */
  Set<List<String>> paths() {
    Set<List<String>> all = new HashSet<>(implied);
    all.addAll(places.keySet());
    return all;
  }

  /** A problem at the key of this path, or at the beginning of the file. */
  Problem problemAt(List<String> path, String what) {
    return problem(offset(path), what);
  }

  private Problem problem(int offset, String what) {
    return new Problem(source.line(offset), source.column(offset), what);
  }

  /** Where the line of the first table header begins; empty where there is none. */
  OptionalInt firstHeader() {
    return firstHeader < 0 ? OptionalInt.empty() : OptionalInt.of(firstHeader);
  }

  private void statement() throws Syntax {
    source.skipBlanks();
    if (source.peek() == '[') {
      header();
    } else if (source.peek() != '#' && !source.atLineEnd()) {
      pair();
    }
    source.skipBlanks();
    source.skipComment();
    if (!source.atLineEnd()) {
      throw new Syntax(source.at(), "this line should end here");
    }
    source.skipToNextLine();
  }

  private void pair() throws Syntax {
    int keyStart = source.at();
    String key = values.key();
    values.equalsSign(key);
    int valueStart = source.at();
    Rewritten value = values.read();
    if (current.isEmpty()) {
      return; // its table's header was wrong, which is said already
    }
    if (current.get().members.putIfAbsent(key, new Node(Role.VALUE)) != null) {
      throw new Syntax(keyStart, "the key " + ValueRule.shown(key) + " stands here twice");
    }
    List<String> path = new ArrayList<>(currentPath);
    path.add(key);
    places.put(path, new Place(keyStart, valueStart, source.at()));
    adapterIsText |= path.equals(List.of("adapter")) && value.kind() == TomlValues.Kind.TEXT;
    rewritten.append(spelling(key)).append(" = ").append(value.text()).append('\n');
  }

  private void header() throws Syntax {
    int start = source.at();
    firstHeader = firstHeader < 0 ? source.lineStart(start) : firstHeader;
    current = Optional.empty();
    source.next();
    boolean array = source.take("[");
    List<String> name = new ArrayList<>();
    do {
      source.skipBlanks();
      name.add(values.key());
      source.skipBlanks();
    } while (source.take(".") && name.size() < MOST_PARTS);
    if (!source.take(array ? "]]" : "]")) {
      throw new Syntax(source.at(), "this header should end with " + (array ? "]]" : "]"));
    }
    if (adapterTables && adapterIsText && !array && name.size() == 2 && name.getFirst().equals("adapter")) {
      name = List.of("adapter." + name.getLast());
    }
    open(start, name, array);
    String joined = String.join(".", name.stream().map(this::spelling).toList());
    rewritten.append(array ? "[[" + joined + "]]" : "[" + joined + "]").append('\n');
  }

  /** Finds or makes the table of a header, by TOML's rules of what may be defined once. */
  private void open(int start, List<String> name, boolean array) throws Syntax {
    Node node = root;
    List<String> path = new ArrayList<>();
    for (String part : name.subList(0, name.size() - 1)) {
      node = node.members.computeIfAbsent(part, p -> new Node(Role.IMPLIED_TABLE));
      step(path, part, node);
      if (node.role == Role.VALUE) {
        throw new Syntax(start, "the table " + shown(name) + " cannot be: " + shown(path) + " is a value");
      }
      implied.add(List.copyOf(path));
    }
    Role fitting = array ? Role.TABLE_ARRAY : Role.IMPLIED_TABLE;
    Node last = node.members.computeIfAbsent(name.getLast(), p -> new Node(fitting));
    if (last.role != fitting) {
      throw new Syntax(start, "the name " + shown(name) + " is already in use");
    }
    if (array) {
      last.elements++;
      last.members = new HashMap<>();
    } else {
      last.role = Role.TABLE;
    }
    step(path, name.getLast(), last);
    places.putIfAbsent(List.copyOf(path), new Place(start, start, start));
    currentPath = List.copyOf(path);
    current = Optional.of(last);
  }

  private static void step(List<String> path, String part, Node node) {
    path.add(part);
    if (node.role == Role.TABLE_ARRAY) {
      path.add(Integer.toString(node.elements - 1));
    }
  }

  private static String shown(List<String> name) {
    return ValueRule.shown(String.join(".", name));
  }

  private String spelling(String key) {
    boolean bare = !key.isEmpty() && key.chars().allMatch(TomlValues::isBare);
    if (bare) {
      return key;
    }
    return aliases.computeIfAbsent(key, k -> {
      int number = aliases.size();
      String alias = "alias-" + number;
      while (text.contains(alias)) {
        alias = "alias-" + ++number + "-" + aliases.size();
      }
      originals.put(alias, k);
      return alias;
    });
  }
}
