package dev.toq.launcher;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * Finds a Java runtime that can run toq, by the {@code release} file that each one carries.
 *
 * <p>Order: {@code TOQ_JAVA_HOME} (alone, if it is set); the runtime that runs this; {@code JAVA_HOME}; then the lowest
 * major version among {@code JAVA_HOME_*} and the usual places, because the lowest is the one that toq is tested with.
 * Plain loops and {@link File}: on an old runtime each further class of the library costs start-up time.
 */
public final class JdkFinder {
  /** The lowest major version of Java that runs toq. */
  public static final int LOWEST_MAJOR = 25;

  /** Directories whose children are runtimes. */
  private static final String[] ROOTS = {
    "/usr/lib/jvm", "/usr/lib64/jvm", "/usr/java", "/opt", "/opt/java", "/opt/homebrew/opt", "/usr/local/opt",
    "/Library/Java/JavaVirtualMachines", "~/Library/Java/JavaVirtualMachines", "~/.sdkman/candidates/java", "~/.jdks",
    "~/.local/share/mise/installs/java", "~/.asdf/installs/java", "~/.jenv/versions", "C:\\Program Files\\Java",
    "C:\\Program Files\\Eclipse Adoptium", "C:\\Program Files\\Amazon Corretto", "C:\\Program Files\\Microsoft",
    "C:\\Program Files\\Zulu",
  };

  /** Where in such a child the runtime itself may stand. */
  private static final String[] INSIDE = {"", "Contents/Home", "libexec/openjdk.jdk/Contents/Home"};

  private JdkFinder() {}

  /** The home of a runtime of at least {@link #LOWEST_MAJOR} that has a {@code bin/java}; null if there is none. */
  public static File find() {
    Map<String, String> env = System.getenv();
    String named = env.get("TOQ_JAVA_HOME");
    if (named != null && !named.isEmpty()) {
      File home = new File(named);
      return majorOf(home) >= LOWEST_MAJOR ? home : null;
    }
    File running = new File(System.getProperty("java.home"));
    if (major(System.getProperty("java.version")) >= LOWEST_MAJOR && java(running).canExecute()) {
      return running;
    }
    String javaHome = env.get("JAVA_HOME");
    if (javaHome != null && majorOf(new File(javaHome)) >= LOWEST_MAJOR) {
      return new File(javaHome);
    }
    return lowest(candidates(env));
  }

  private static List<File> candidates(Map<String, String> env) {
    List<File> homes = new ArrayList<File>();
    for (Map.Entry<String, String> variable : env.entrySet()) {
      if (variable.getKey().startsWith("JAVA_HOME_")) {
        homes.add(new File(variable.getValue()));
      }
    }
    String userHome = System.getProperty("user.home");
    for (String root : ROOTS) {
      File[] children = new File(root.startsWith("~") ? userHome + root.substring(1) : root).listFiles();
      if (children != null) {
        for (File child : children) {
          for (String inside : INSIDE) {
            homes.add(inside.isEmpty() ? child : new File(child, inside));
          }
        }
      }
    }
    return homes;
  }

  private static File lowest(List<File> homes) {
    File best = null;
    int bestMajor = Integer.MAX_VALUE;
    for (File home : homes) {
      int major = majorOf(home);
      if (major >= LOWEST_MAJOR && major < bestMajor) {
        best = home;
        bestMajor = major;
      }
    }
    return best;
  }

  /** The {@code java} program of a runtime's home. */
  static File java(File home) {
    return new File(home, File.separatorChar == '\\' ? "bin\\java.exe" : "bin/java");
  }

  /** The major version that a home's release file names; 0 if it is no usable runtime. */
  private static int majorOf(File home) {
    File release = new File(home, "release");
    if (!release.isFile() || !java(home).canExecute()) {
      return 0;
    }
    Properties properties = new Properties();
    try (FileInputStream in = new FileInputStream(release)) {
      properties.load(in);
    } catch (IOException | IllegalArgumentException e) {
      return 0; // unreadable or not a release file: not a runtime that we could name as one
    }
    String version = properties.getProperty("JAVA_VERSION", "");
    return major(version.startsWith("\"") ? version.substring(1) : version);
  }

  /** The leading number of a version such as 25.0.3, 26-ea or 1.8.0_412; 0 if there is none. */
  static int major(String version) {
    int major = 0;
    int at = 0;
    while (at < version.length() && at < 4 && version.charAt(at) >= '0' && version.charAt(at) <= '9') {
      major = major * 10 + (version.charAt(at) - '0');
      at++;
    }
    return major;
  }
}
