package dev.toq.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlTable;

/** Our reading of TOML beside tomlj's: the same value or a refusal, never another value. */
final class TomlProps {
  static {
    // tomlj asserts that its own recovery after a syntax error went well, which it does not always: without assertions
    // it answers with the error. To be said before its classes are loaded.
    ClassLoader.getSystemClassLoader().setPackageAssertionStatus("org.tomlj", false);
  }

  /** What tomlj read, in the types that we use; dates become texts that equal nothing of ours. */
  private static Object ours(Object value) {
    return switch (value) {
      case TomlTable table -> {
        Map<String, Object> map = new LinkedHashMap<>();
        table.keySet().forEach(key -> map.put(key, ours(String.valueOf(key), table)));
        yield map;
      }
      case TomlArray array -> {
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
          list.add(ours(array.get(i)));
        }
        yield list;
      }
      case Object other -> other;
    };
  }

  private static Object ours(String key, TomlTable table) {
    Object value = table.get(List.of(key));
    return value == null ? "missing" : ours(value);
  }

  private static TomlDocument read(String text) {
    return TomlDocument.read(text.getBytes(StandardCharsets.UTF_8), false);
  }

  /** Equal where both read it; refused by us where tomlj refuses it. */
  private static boolean agree(String text) {
    TomlParseResult oracle = Toml.parse(text);
    TomlDocument document = read(text);
    if (oracle.hasErrors()) {
      assertFalse(document.problems().isEmpty(), () -> "tomlj refuses this with " + oracle.errors() + ":\n" + text);
    }
    if (!document.problems().isEmpty()) {
      return false;
    }
    assertEquals(ours(oracle), document.root(), () -> "of the document\n" + text);
    return true;
  }

  @Provide
  Arbitrary<String> strings() {
    Arbitrary<String> nasty = Arbitraries.of(
        "\\", "\\\\", "'", "''", "'''", "\"", "\"\"\"", "\t", "\n", "\r\n", "\r", "\b", "\f", "\u0000", "\u001f",
            "\u007f",
        "t", "n", "u0041", "U0001F600", "😀", "é", "\u0085", "\u2028", "\uFEFF", " ", "#", "=", "[", "]", "{", "}", ",",
            "a",
        "C:\\new\\table", "$1", "${x}", ".");
    return Arbitraries.oneOf(
        nasty.list().ofMaxSize(8).map(parts -> String.join("", parts)),
        Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(20),
        Arbitraries.strings().ofMaxLength(10).filter(text -> text.codePoints()
            .noneMatch(c -> c >= 0xd800 && c < 0xe000)));
  }

  @Property(tries = 2000)
  @Label("Every text that we write is read back the same by us and by tomlj: as a value, in a list, in a table")
  void written(@ForAll("strings") String text) {
    var spelled = TomlText.string(text);
    Statistics.label("spelled").collect(spelled.isPresent());
    if (spelled.isEmpty()) {
      return;
    }
    String document = "a = " + spelled.get() + "\nb = [" + spelled.get() + ", " + spelled.get() + "]\n[[c]]\nd = "
        + spelled.get() + "\n[[c]]\nd = { e = " + spelled.get() + " }\n";
    TomlDocument found = read(document);
    assertEquals(List.of(), found.problems(), () -> document);
    assertEquals(
        Map.of("a", text, "b", List.of(text, text), "c", List.of(Map.of("d", text), Map.of("d", Map.of("e", text)))),
        found.root(),
        () -> document);
    assertEquals(found.root(), ours(Toml.parse(document)), () -> document);
  }

  /** A text as a person may write it: every kind of string, with every kind of escape. */
  @Provide
  Arbitrary<String> spelledStrings() {
    Arbitrary<String> basic = Arbitraries.of(
            "\\\\", "\\\"", "\\n", "\\t", "\\b", "\\f", "\\r", "\\u0041", "\\u00e9", "\\U0001F600", "\\u0000",
                "\\u005C",
            "\\x", "\\u12", "\\uD800", "\\", "'", "''", "a", "é", "😀", "\\tmp", "\\new", " ", "\t", "\u0001", "#", "\"")
        .list().ofMaxSize(6).map(parts -> String.join("", parts));
    Arbitrary<String> literal = Arbitraries.of("\\", "\\n", "\\u0041", "a", "\"", "é", " ", "\t", "#", "'", "\u0001",
        "''")
        .list().ofMaxSize(6).map(parts -> String.join("", parts));
    Arbitrary<String> lines = Arbitraries.of("\n", "\r\n", "\r", "\\\n", "\\  \n  ", "\\\r\n\t", "\\ x", "a", "\"",
        "\"\"", "'")
        .list().ofMaxSize(4).map(parts -> String.join("", parts));
    return Arbitraries.oneOf(
        basic.map(text -> '"' + text + '"'),
        literal.map(text -> "'" + text + "'"),
        Combinators.combine(lines, basic, lines).as((a, b, c) -> "\"\"\"" + a + b + c + "\"\"\""),
        Combinators.combine(lines, literal, lines).as((a, b, c) -> "'''" + a + b + c + "'''"));
  }

  @Provide
  Arbitrary<String> plainValues() {
    return Arbitraries.of(
        "0", "1", "-1", "+7", "-0", "00", "01", "-01", "1_000", "1__0", "_1", "1_", "0x1F", "0xdead_beef", "0o17",
            "0b101",
        "0x", "+0x1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1.5", "-0.0", "+1.0", ".5",
        "5.", "1e3", "1E-2", "1.5e+300", "1e400", "6.02_2e2_3", "1e06", "01.5", "inf", "-nan", "true", "false", "True",
            "yes",
        "1979-05-27", "1979-05-27T07:32:00Z", "07:32:00", "", "abc", "1 2", "123456789012345678.25", "5e-324", "0.1",
            "0e0");
  }

  @Provide
  Arbitrary<String> values() {
    return Arbitraries.lazyOf(
        this::plainValues,
        this::spelledStrings,
        this::spelledStrings,
        () -> values().list().ofMaxSize(3).map(items -> "[" + String.join(", ", items) + "]"),
        () -> Combinators.combine(values().list().ofMaxSize(2), Arbitraries.of(",", "", " # c\n", "\n", ",\n # x\n"))
            .as((items, end) -> "[\n" + String.join(" ,\n", items) + end + "]"),
        () -> Combinators.combine(keys(), values(), keys(), values())
            .as((a, b, c, d) -> "{ " + a + " = " + b + ", " + c + "=" + d + "}"),
        () -> Arbitraries.of("{}", "[]", "{ }", "[ ]", "[[]]", "[[1], [\"a\"]]", "{a=1,}", "[,]", "[1,,2]", "{\n}"));
  }

  @Provide
  Arbitrary<String> keys() {
    return Arbitraries.of(
        "a", "b", "c", "d", "A-1", "_", "1", "\"a\"", "'b'", "\"a.b\"", "'a.b'", "\"\"", "a.b", "\"\\u0061\"", "\"é\"",
            "é", "",
        "\"q\\\"\"", "alias-0", "\"x y\"", "-", "\"\"\"a\"\"\"", "\"alias-1\"");
  }

  @Provide
  Arbitrary<String> documents() {
    Arbitrary<String> pair = Combinators.combine(keys(), Arbitraries.of(" = ", "=", "\t=  ", " "), values())
        .as((key, sign, value) -> key + sign + value);
    Arbitrary<String> header = Combinators.combine(keys(), keys(),
        Arbitraries.of("[%s]", "[%s.%s]", "[[%s]]", "[[%s.%s]]",
            "[ %s . %s ]", "[%s", "[[%s]", "[%s]]", "[ [%s] ]"))
        .as((a, b, form) -> String.format(form, a, b));
    Arbitrary<String> line = Arbitraries.frequencyOf(
        Tuple.of(6, pair),
        Tuple.of(3, header),
        Tuple.of(1, Arbitraries.of("# comment", "", "   ", "# \u0001", "\u0000", "é", "}", "a")));
    Arbitrary<String> end = Arbitraries.of("\n", "\r\n", " # c\n", "\t\n", " x\n", "\n\n");
    return Combinators.combine(line, end).as((text, mark) -> text + mark).list().ofMaxSize(6)
        .map(lines -> String.join("", lines));
  }

  @Property(tries = 4000)
  @Label("A generated document is read as tomlj reads it, or refused; and refused where tomlj refuses it")
  void sameOrRefused(@ForAll("documents") String text) {
    Statistics.label("read").collect(agree(text));
  }

  @Example
  @Label("A line that tomlj recovers from badly is refused by both")
  void recoveredBadly() {
    assertFalse(agree("a [ [''#'],] \n[b] # c\n"));
    assertFalse(agree("\"\"\"a\"\"\" [\n[[\n'a' ,\n['b'#', [\n[a]\n"));
  }

  @Property(tries = 2000)
  @Label("A document of one value of any kind is read as tomlj reads it, or refused")
  void oneValue(@ForAll("values") String value) {
    Statistics.label("read").collect(agree("key = " + value + "\nnext = 1\n"));
  }

  @Property(tries = 1000)
  @Label("Any change of one character of the specification's sample gives the same value as tomlj's, or a refusal")
  void changedSample(@ForAll("places") int place, @ForAll("characters") char c,
      @ForAll boolean insert) throws Exception {
    String text = ConfigSample.text().replace("[adapter.", "[other.");
    int at = place % text.length();
    Statistics.label("read").collect(agree(text.substring(0, at) + c + text.substring(insert ? at : at + 1)));
  }

  @Provide
  Arbitrary<Integer> places() {
    return Arbitraries.integers().between(0, 1_000_000);
  }

  @Provide
  Arbitrary<Character> characters() {
    return Arbitraries.of('"', '\'', '\\', '[', ']', '{', '=', '.', ',', '#', '\n', '\r', '\t', ' ', '0', '_', '-',
        'e', 'x', 'é', '\u0001');
  }

  @Property(tries = 2000)
  @Label("No text at all makes the reader fail other than by telling problems")
  void neverThrows(@ForAll("strings") String a, @ForAll("documents") String b, @ForAll("strings") String c) {
    TomlDocument document = read(a + b + c);
    document.problems().forEach(problem -> assertFalse(problem.line() < 1 || problem.column() < 1, problem.toString()));
  }
}
