package dev.toq.launcher;

import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.StringTokenizer;

/**
 * The command that runs toq in a fitting Java, with our flags: what {@link Main} executes, and what a command uses to
 * start the daemon in the background. {@code scripts/toq} writes the same flags, as a test compares.
 */
public final class Relaunch {
  /** What the process is for: a short command, or the daemon. */
  public enum Kind { COMMAND, DAEMON }

  private static final String MAIN_CLASS = "dev.toq.app.cli.Toq";

  /** A short command: one compiler stage, a small heap. */
  private static final String[] COMMAND_FLAGS = {"-Xmx128m", "-XX:TieredStopAtLevel=1"};

  /**
   * The daemon: the memory ceiling is ours, never a share of the machine's memory, and leaves room for ten thousand
   * resting connections of some 27 kB each; a small nursery keeps it small, and what is soon garbage shall not leave
   * it. Sockets are waited for by a thread of the system: by a virtual one, the runtime's default, each message wakes
   * one thread more and takes a tenth longer. The HTTP server lists every language at its start and uses none: without
   * their data it is ready a tenth of a second earlier. A daemon whose memory is used up ends: without some of its
   * threads it would answer and not deliver, and nothing that it acknowledged is lost by its end.
   */
  private static final String[] DAEMON_FLAGS = {
    "-Xmx312m", "-Xmn8m", "-XX:TargetSurvivorRatio=90", "-XX:TrimNativeHeapInterval=1000",
    "-XX:+ExitOnOutOfMemoryError", "-Djdk.pollerMode=1", "-Djava.locale.providers=SPI",
  };

  /** Logging is silenced first: where the cache does not fit, the runtime would complain on standard output. */
  private static final String[] COMMON_FLAGS = {
    "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xlog:disable", "-Xlog:all=error:stderr", "-Xlog:aot*=off:stderr",
    "-Xlog:cds*=off:stderr", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow",
  };

  private Relaunch() {}

  /** The command of the daemon, to run in this process's own runtime; the caller appends toq's arguments. */
  public static List<String> daemon() {
    return command(new File(System.getProperty("java.home")), Kind.DAEMON);
  }

  /**
   * The command up to and with the main class; the caller appends toq's arguments.
   *
   * @param javaHome home of a runtime as {@link JdkFinder} finds it
   */
  public static List<String> command(File javaHome, Kind kind) {
    String classPath = classPath();
    List<String> command = new ArrayList<String>();
    command.add(JdkFinder.java(javaHome).getPath());
    command.addAll(flags(kind));
    File cache = cacheBeside(classPath);
    if (cache != null) {
      command.add("-XX:AOTCache=" + cache.getPath());
    }
    String more = System.getenv("TOQ_JAVA_OPTS");
    if (more != null) {
      StringTokenizer words = new StringTokenizer(more);
      while (words.hasMoreTokens()) {
        command.add(words.nextToken());
      }
    }
    command.add("-cp");
    command.add(classPath);
    command.add(MAIN_CLASS);
    return command;
  }

  /** The flags of the runtime, but for what depends on the installation: the cache beside the jar, TOQ_JAVA_OPTS. */
  public static List<String> flags(Kind kind) {
    List<String> flags = new ArrayList<String>();
    Collections.addAll(flags, kind == Kind.DAEMON ? DAEMON_FLAGS : COMMAND_FLAGS);
    Collections.addAll(flags, COMMON_FLAGS);
    return flags;
  }

  /** Only a daemon in the foreground is a daemon itself; {@code up} alone starts one and ends. */
  static Kind kindOf(String[] args) {
    List<String> words = Arrays.asList(args);
    return words.contains("up") && words.contains("--foreground") ? Kind.DAEMON : Kind.COMMAND;
  }

  /**
   * This process's class path; if that is one jar, made absolute and followed by the jars of the {@code lib} directory
   * beside it. The jar stays first and alone decides whether the cache fits, so an optional library does not spoil it.
   */
  private static String classPath() {
    String given = System.getProperty("java.class.path");
    if (given.indexOf(File.pathSeparatorChar) >= 0 || !given.endsWith(".jar")) {
      return given;
    }
    File jar = new File(given).getAbsoluteFile();
    StringBuilder path = new StringBuilder(jar.getPath());
    String[] names = new File(jar.getParentFile(), "lib").list();
    if (names != null) {
      Arrays.sort(names);
      for (String name : names) {
        if (name.endsWith(".jar")) {
          path.append(File.pathSeparatorChar).append(jar.getParent()).append(File.separatorChar);
          path.append("lib").append(File.separatorChar).append(name);
        }
      }
    }
    return path.toString();
  }

  /**
   * {@code toq.aot} beside {@code toq.jar}; null if it is missing. The runtime itself leaves one aside that does not
   * fit.
   */
  private static File cacheBeside(String classPath) {
    int end = classPath.indexOf(File.pathSeparatorChar);
    String first = end < 0 ? classPath : classPath.substring(0, end);
    if (!first.endsWith(".jar")) {
      return null;
    }
    File cache = new File(first.substring(0, first.length() - ".jar".length()) + ".aot");
    return cache.isFile() ? cache : null;
  }
}
