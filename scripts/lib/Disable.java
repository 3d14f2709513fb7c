import com.sun.source.tree.*;
import com.sun.source.util.*;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.*;
import javax.lang.model.element.*;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.tools.*;

/**
 * Disables the check on one line of a source file, by rules that know nothing of the check, and compiles the result.
 *
 * <p>{@code java Disable CLASSPATH SOURCE LINE OUT}: prints each variant as {@code OUT/n<TAB>rule<TAB>text
 * before<TAB>text after}; the classes stand in {@code OUT/n}. Two variants are made where a yes or no is made constant,
 * once each way. Exit code 3: no rule fits the line, or nothing that a rule makes compiles.
 *
 * <p>The rules, first that fits and compiles:
 * <pre>
 *   if (c)                      the branch never runs
 *   a && b, a || b              the operand that begins on the line decides nothing
 *   x.filter(p)                 everything passes
 *   x.orElseThrow(e)            what is missing is null
 *   x.put(y), same type as x    the call is left out
 *   case A -> s                 nothing happens
 *   a statement, a void method  is left out
 *   c ? a : b                   always b
 *   a yes or no                 always no, and always yes
 *   an enum constant            is another
 *   a number or its name        is another
 *   a text                      is another
 *   an Optional, a list         is empty
 * </pre>
 */
final class Disable {
  private record Edit(long from, long to, String text) {}

  /** One way to disable: each inner list is one variant. */
  private record Way(String rule, List<List<Edit>> variants) {
    static Way of(String rule, Edit... edits) {
      return new Way(rule, List.of(List.of(edits)));
    }
  }

  private final String source;
  private final CompilationUnitTree unit;
  private final Trees trees;
  private final SourcePositions positions;
  private final JavacTask task;
  private final long line;

  private Disable(String source, CompilationUnitTree unit, JavacTask task, long line) {
    this.source = source;
    this.unit = unit;
    this.task = task;
    this.trees = Trees.instance(task);
    this.positions = trees.getSourcePositions();
    this.line = line;
  }

  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[1]);
    String source = Files.readString(file);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    JavacTask task = (JavacTask) compiler.getTask(
        new StringWriter(), null, problem -> {}, options(args[0]), null, List.of(text(file, source)));
    CompilationUnitTree unit = task.parse().iterator().next();
    task.analyze();
    for (Way way : new Disable(source, unit, task, Long.parseLong(args[2])).ways()) {
      List<String> made = new ArrayList<>();
      for (List<Edit> variant : way.variants()) {
        Path out = Path.of(args[3], Integer.toString(made.size() + 1));
        Files.createDirectories(out);
        List<String> into = new ArrayList<>(options(args[0]));
        into.addAll(List.of("-d", out.toString()));
        if (compiler.getTask(new StringWriter(), null, problem -> {}, into, null,
            List.of(text(file, changed(source, variant)))).call()) {
          Edit first = variant.getFirst();
          String before = source.substring((int) first.from(), (int) first.to()).strip();
          made.add(out + "\t" + way.rule() + "\t" + flat(before) + "\t" + flat(first.text()));
        }
      }
      if (made.size() == way.variants().size()) {
        made.forEach(System.out::println);
        return;
      }
    }
    System.exit(3);
  }

  private static String flat(String text) {
    return text.replaceAll("\\s+", " ");
  }

  private static List<String> options(String classpath) {
    return List.of(
        "-cp", classpath, "-proc:none", "-parameters", "-nowarn", "-implicit:none", "-sourcepath", "/nonexistent");
  }

  private static JavaFileObject text(Path file, String source) {
    return new SimpleJavaFileObject(URI.create("string:///" + file.getFileName()), JavaFileObject.Kind.SOURCE) {
      @Override public CharSequence getCharContent(boolean ignore) {
        return source;
      }
    };
  }

  private static String changed(String source, List<Edit> edits) {
    StringBuilder text = new StringBuilder(source);
    edits.stream().sorted(Comparator.comparingLong(Edit::from).reversed())
        .forEach(edit -> text.replace((int) edit.from(), (int) edit.to(), edit.text()));
    return text.toString();
  }

  // The trees on the line.

  private long start(Tree tree) {
    return positions.getStartPosition(unit, tree);
  }

  private long end(Tree tree) {
    return positions.getEndPosition(unit, tree);
  }

  private boolean onLine(long position) {
    return position >= 0 && unit.getLineMap().getLineNumber(position) == line;
  }

  /**
   * The outermost member, statement or case that begins on the line; annotations and modifiers count as its beginning.
   */
  private Optional<TreePath> opening() {
    TreePath[] found = new TreePath[1];
    new TreePathScanner<Void, Void>() {
      @Override public Void scan(Tree tree, Void none) {
        if (tree != null && found[0] == null) {
          boolean kind = tree instanceof StatementTree && !(tree instanceof BlockTree) && !(tree instanceof ClassTree)
              || tree instanceof MethodTree || tree instanceof CaseTree;
          if (kind && (onLine(start(tree)) || tree instanceof MethodTree method && onLine(nameOf(method)))) {
            found[0] = new TreePath(getCurrentPath(), tree);
            return null;
          }
        }
        return super.scan(tree, none);
      }
    }.scan(new TreePath(unit), null);
    return Optional.ofNullable(found[0]);
  }

  private long nameOf(MethodTree method) {
    return method.getReturnType() == null ? start(method) : end(method.getReturnType());
  }

  private List<Way> ways() {
    List<Way> ways = new ArrayList<>();
    Optional<TreePath> opening = opening();
    opening.ifPresent(path -> statement(path, ways));
    inExpressions(new TreePath(unit), this::onLine, ways);
    opening.ifPresent(path -> emptied(path, ways));
    return ways;
  }

  private void statement(TreePath path, List<Way> ways) {
    switch (path.getLeaf()) {
      case IfTree branch -> ways.add(never(branch));
      case MethodTree method -> method(path, method, ways);
      case CaseTree arm -> arm(path, arm, ways);
      case ReturnTree result when result.getExpression() != null ->
          answer(new TreePath(path, result.getExpression()), ways);
      case ExpressionStatementTree call ->
          ways.add(Way.of("the statement is left out", new Edit(start(call), end(call), ";")));
      case ThrowTree refusal ->
          ways.add(Way.of("the statement is left out", new Edit(start(refusal), end(refusal), ";")));
      case ForLoopTree loop -> ways.add(Way.of("the loop is left out", new Edit(start(loop), end(loop), ";")));
      case EnhancedForLoopTree loop -> ways.add(Way.of("the loop is left out", new Edit(start(loop), end(loop), ";")));
      case SwitchTree choice -> ways.add(Way.of("the switch is left out", new Edit(start(choice), end(choice), ";")));
      default -> { }
    }
  }

  private Way never(IfTree branch) {
    ExpressionTree condition = branch.getCondition();
    return Way.of(
        "the branch never runs", new Edit(start(condition), end(condition), "(false && " + source(condition) + ")"));
  }

  private String source(Tree tree) {
    return source.substring((int) start(tree), (int) end(tree));
  }

  private void method(TreePath path, MethodTree method, List<Way> ways) {
    if (method.getBody() == null) {
      return;
    }
    List<Edit> branches = new ArrayList<>();
    List<TreePath> results = new ArrayList<>();
    new TreePathScanner<Void, Void>() {
      @Override public Void visitIf(IfTree branch, Void none) {
        branches.addAll(never(branch).variants().getFirst());
        return null;
      }
      @Override public Void visitReturn(ReturnTree result, Void none) {
        if (result.getExpression() != null) {
          results.add(new TreePath(getCurrentPath(), result.getExpression()));
        }
        return null;
      }
      @Override public Void visitLambdaExpression(LambdaExpressionTree lambda, Void none) {
        return null;
      }
      @Override public Void visitClass(ClassTree inner, Void none) {
        return null;
      }
    }.scan(path, null);
    boolean isVoid = method.getReturnType() == null || "void".equals(method.getReturnType().toString());
    if (isVoid) {
      ways.add(Way.of("the method does nothing", new Edit(start(method.getBody()), end(method.getBody()), "{ }")));
    } else if ("boolean".equals(method.getReturnType().toString())) {
      ways.add(constant(method.getBody(), "{ return %s; }"));
    }
    if (!branches.isEmpty()) {
      ways.add(new Way("no branch of the method runs", List.of(branches)));
    }
    for (TreePath result : results) {
      answer(result, ways);
      inExpressions(result, position -> true, ways);
    }
    inExpressions(new TreePath(path, method.getBody()), position -> true, ways);
    results.forEach(result -> empty(result, ways));
  }

  private Way constant(Tree tree, String form) {
    return new Way("always no, and always yes", List.of(
        List.of(new Edit(start(tree), end(tree), form.formatted("false"))),
        List.of(new Edit(start(tree), end(tree), form.formatted("true")))));
  }

  private void arm(TreePath path, CaseTree arm, List<Way> ways) {
    if (arm.getBody() instanceof ExpressionTree value) {
      answer(new TreePath(path, value), ways);
      inExpressions(new TreePath(path, value), position -> true, ways);
      empty(new TreePath(path, value), ways);
    } else if (arm.getBody() != null) {
      ways.add(Way.of("nothing happens", new Edit(start(arm.getBody()), end(arm.getBody()), "{ }")));
      inExpressions(new TreePath(path, arm.getBody()), position -> true, ways);
    }
  }

  /** A yes or no is made constant. */
  private void answer(TreePath value, List<Way> ways) {
    TypeMirror type = trees.getTypeMirror(value);
    if (type != null && type.getKind() == TypeKind.BOOLEAN) {
      ways.add(constant(value.getLeaf(), "%s"));
    }
  }

  private void emptied(TreePath path, List<Way> ways) {
    switch (path.getLeaf()) {
      case ReturnTree result when result.getExpression() != null ->
          empty(new TreePath(path, result.getExpression()), ways);
      case VariableTree variable when variable.getInitializer() != null -> {
        answer(new TreePath(path, variable.getInitializer()), ways);
        empty(new TreePath(path, variable.getInitializer()), ways);
      }
      default -> { }
    }
  }

  private void empty(TreePath value, List<Way> ways) {
    TypeMirror type = trees.getTypeMirror(value);
    String name = type == null ? "" : type.toString();
    String empty = name.startsWith("java.util.Optional<") ? "java.util.Optional.empty()"
        : name.startsWith("java.util.List<") ? "java.util.List.of()" : "";
    if (!empty.isEmpty() && !empty.endsWith(source(value.getLeaf()))) {
      ways.add(Way.of("the value is empty", new Edit(start(value.getLeaf()), end(value.getLeaf()), empty)));
    }
  }

  private interface Where {
    boolean holds(long position);
  }

  /** What the rules for expressions make of those that begin where asked, each rule for all of them before the next. */
  private void inExpressions(TreePath top, Where where, List<Way> ways) {
    List<Way> operands = new ArrayList<>();
    List<Way> links = new ArrayList<>();
    List<Way> choices = new ArrayList<>();
    List<Way> constants = new ArrayList<>();
    List<Way> literals = new ArrayList<>();
    new TreePathScanner<Void, Void>() {
      @Override public Void visitBinary(BinaryTree binary, Void none) {
        boolean and = binary.getKind() == Tree.Kind.CONDITIONAL_AND;
        if (and || binary.getKind() == Tree.Kind.CONDITIONAL_OR) {
          for (ExpressionTree operand : List.of(binary.getRightOperand(), binary.getLeftOperand())) {
            if (where.holds(start(operand))) {
              operands.add(Way.of(
                  "the operand decides nothing", new Edit(start(operand), end(operand), Boolean.toString(and))));
            }
          }
        }
        return super.visitBinary(binary, none);
      }
      @Override public Void visitMethodInvocation(MethodInvocationTree call, Void none) {
        if (call.getMethodSelect() instanceof MemberSelectTree select
            && where.holds(end(select) - select.getIdentifier().length())) {
          link(getCurrentPath(), call, select, links);
        }
        return super.visitMethodInvocation(call, none);
      }
      @Override public Void visitConditionalExpression(ConditionalExpressionTree choice, Void none) {
        if (where.holds(start(choice))) {
          ExpressionTree condition = choice.getCondition();
          choices.add(Way.of("always the second",
              new Edit(start(condition), end(condition), "(false && (" + source(condition) + "))")));
        }
        return super.visitConditionalExpression(choice, none);
      }
      @Override public Void visitMemberSelect(MemberSelectTree select, Void none) {
        if (where.holds(start(select))) {
          another(getCurrentPath(), constants);
        }
        return super.visitMemberSelect(select, none);
      }
      @Override public Void visitIdentifier(IdentifierTree name, Void none) {
        if (where.holds(start(name))) {
          another(getCurrentPath(), constants);
        }
        return null;
      }
      @Override public Void visitLiteral(LiteralTree literal, Void none) {
        if (where.holds(start(literal))) {
          literal(literal, literals);
        }
        return null;
      }
      @Override public Void visitAnnotation(AnnotationTree annotation, Void none) {
        return null;
      }
    }.scan(top, null);
    ways.addAll(operands);
    ways.addAll(links);
    ways.addAll(choices);
    ways.addAll(constants);
    ways.addAll(literals);
  }

  private void link(TreePath path, MethodInvocationTree call, MemberSelectTree select, List<Way> links) {
    switch (select.getIdentifier().toString()) {
      case "filter" -> links.addFirst(Way.of("everything passes",
          new Edit(start(call.getArguments().getFirst()), end(call.getArguments().getFirst()), "anything -> true")));
      case "orElseThrow" -> links.add(Way.of("what is missing is null",
          new Edit(end(select.getExpression()), end(call), ".orElse(null)")));
      default -> {
        TypeMirror before = trees.getTypeMirror(new TreePath(new TreePath(path, select), select.getExpression()));
        TypeMirror after = trees.getTypeMirror(path);
        if (before != null && after != null && task.getTypes().isSameType(before, after)) {
          links.add(Way.of("the call is left out", new Edit(end(select.getExpression()), end(call), "")));
        }
      }
    }
  }

  private void another(TreePath path, List<Way> constants) {
    Element element = trees.getElement(path);
    boolean isLabel = path.getParentPath().getLeaf() instanceof ConstantCaseLabelTree;
    if (!isLabel && element instanceof VariableElement named && named.getConstantValue() instanceof Number) {
      Tree tree = path.getLeaf();
      constants.add(Way.of("another value", new Edit(start(tree), end(tree), "(" + source(tree) + " + 1)")));
    }
    if (element == null || element.getKind() != ElementKind.ENUM_CONSTANT || isLabel
        || path.getParentPath().getLeaf() instanceof VariableTree) {
      return;
    }
    List<? extends Element> all = element.getEnclosingElement().getEnclosedElements().stream()
        .filter(other -> other.getKind() == ElementKind.ENUM_CONSTANT).toList();
    if (all.size() == 1) {
      return;
    }
    Element other = all.get((all.indexOf(element) + 1) % all.size());
    Tree tree = path.getLeaf();
    String type = ((TypeElement) element.getEnclosingElement()).getQualifiedName().toString();
    constants.add(Way.of("another constant", new Edit(start(tree), end(tree), type + "." + other.getSimpleName())));
  }

  private void literal(LiteralTree literal, List<Way> literals) {
    String text = source(literal);
    String other = switch (literal.getValue()) {
      case Boolean yes -> Boolean.toString(!yes);
      case Number number -> "(" + text + " + 1)";
      case String words ->
          text.startsWith("\"\"\"") ? "(" + text + " + \"~\")" : text.substring(0, text.length() - 1) + "~\"";
      case Character c -> "(char) (" + text + " + 1)";
      case null, default -> "";
    };
    if (!other.isEmpty()) {
      literals.add(Way.of("another value", new Edit(start(literal), end(literal), other)));
    }
  }
}
