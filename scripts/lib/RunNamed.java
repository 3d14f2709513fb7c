import java.util.*;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.*;
import org.junit.platform.launcher.core.*;

/**
 * Runs the tests that name a requirement: {@code java RunNamed ID CLASS...} prints {@code ID<TAB>green<TAB>red}, the
 * numbers of tests of those classes with the id in their name, or in the name of what they belong to, that ended so.
 * Several requirements: {@code ID CLASS... -- ID CLASS...}.
 */
final class RunNamed {
  public static void main(String[] args) {
    List<String> group = new ArrayList<>();
    for (String arg : args) {
      if (arg.equals("--")) {
        run(group);
        group.clear();
      } else {
        group.add(arg);
      }
    }
    run(group);
    System.exit(0);
  }

  private static void run(List<String> group) {
    String id = group.getFirst();
    try (LauncherSession session = LauncherFactory.openSession()) {
      Launcher launcher = session.getLauncher();
      TestPlan all = launcher.discover(
          request(group.subList(1, group.size()).stream().map(DiscoverySelectors::selectClass).toList()));
      List<UniqueId> wanted = new ArrayList<>();
      for (TestIdentifier root : all.getRoots()) {
        for (TestIdentifier test : all.getDescendants(root)) {
          boolean isMethod = test.getSource().filter(MethodSource.class::isInstance).isPresent();
          // A parameterized test gives its runs their names, which may bear the id, only once it runs.
          if (isMethod && (isNamed(test.getDisplayName(), id) || test.isContainer())) {
            wanted.add(test.getUniqueIdObject());
          }
        }
      }
      AtomicInteger green = new AtomicInteger();
      AtomicInteger red = new AtomicInteger();
      if (!wanted.isEmpty()) {
        launcher.execute(request(
            wanted.stream().map(DiscoverySelectors::selectUniqueId).toList()), new TestExecutionListener() {
          private TestPlan plan;
          @Override public void testPlanExecutionStarted(TestPlan started) {
            plan = started;
          }
          @Override public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            boolean failed = result.getStatus() == TestExecutionResult.Status.FAILED;
            // What a class prepares for all its tests may fail: then those that bear the id are not even begun.
            if ((failed || test.isTest()) && bears(plan, test, id)
                || failed && plan.getDescendants(test).stream().anyMatch(one -> one.isTest() && bears(plan, one, id))) {
              (failed ? red : green).incrementAndGet();
            }
          }
        });
      }
      System.out.println(id + "\t" + green + "\t" + red);
      System.out.flush();
    }
  }

  private static boolean bears(TestPlan plan, TestIdentifier test, String id) {
    return isNamed(test.getDisplayName(), id)
        || plan.getParent(test).filter(parent -> bears(plan, parent, id)).isPresent();
  }

  private static boolean isNamed(String name, String id) {
    int at = name.indexOf(id);
    return at >= 0 && (at + id.length() == name.length() || !Character.isDigit(name.charAt(at + id.length())));
  }

  private static LauncherDiscoveryRequest request(
      List<? extends org.junit.platform.engine.DiscoverySelector> selectors) {
    return LauncherDiscoveryRequestBuilder.request().selectors(selectors)
        .configurationParameter("jqwik.database", System.getProperty("java.io.tmpdir") + "/jqwik-database")
        .configurationParameter("jqwik.reporting.onlyfailures", "true")
        .build();
  }
}
