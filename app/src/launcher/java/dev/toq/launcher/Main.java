package dev.toq.launcher;

import java.io.File;
import java.io.IOException;
import java.util.Collections;
import java.util.List;

/**
 * Entry point of {@code toq.jar}: finds a Java of at least {@link JdkFinder#LOWEST_MAJOR} and runs the same command line
 * in it, with the flags of {@link Relaunch}.
 *
 * <p>This package is compiled for release 8, so that an old {@code java} can start it and say what to install. It starts
 * a second process also where {@code java} is new enough: a manifest can name neither a memory ceiling nor the cache
 * that halves the start. The child's main class is the command line itself, never this one, so no loop is possible.
 */
public final class Main {
  /** Exit status where no fitting Java was found or it could not be started. */
  private static final int NO_JAVA = 3;

  private Main() {}

  /** Runs the command line and exits with its status. */
  public static void main(String[] args) {
    File javaHome = JdkFinder.find();
    if (javaHome == null) {
      String named = System.getenv("TOQ_JAVA_HOME");
      fail(
          "toq needs Java " + JdkFinder.LOWEST_MAJOR + " or newer; "
              + (named == null || named.isEmpty()
                  ? "this is Java " + System.getProperty("java.version") + ", and no other was found"
                  : "TOQ_JAVA_HOME names none: " + named),
          "install a JDK " + JdkFinder.LOWEST_MAJOR + " (https://adoptium.net), or name one: TOQ_JAVA_HOME=/path/to/jdk");
      return;
    }
    List<String> command = Relaunch.command(javaHome, Relaunch.kindOf(args));
    Collections.addAll(command, args);
    final Process child;
    try {
      child = new ProcessBuilder(command).inheritIO().start();
    } catch (IOException e) {
      fail("cannot start " + command.get(0) + ": " + e.getMessage(), "name another JDK: TOQ_JAVA_HOME=/path/to/jdk");
      return;
    }
    Runtime.getRuntime().addShutdownHook(new Thread("toq-stop") {
      @Override
      public void run() {
        endGently(child);
      }
    });
    System.exit(statusOf(child));
  }

  /** A signal to this process ends the child gently; this process ends after it and with its status. */
  private static void endGently(Process child) {
    if (child.isAlive()) {
      child.destroy();
      Runtime.getRuntime().halt(statusOf(child));
    }
  }

  private static int statusOf(Process child) {
    while (true) {
      try {
        return child.waitFor();
      } catch (InterruptedException e) {
        // Nobody in this program interrupts; the child's status is the only way out.
        continue;
      }
    }
  }

  private static void fail(String error, String hint) {
    System.err.println("toq: error: " + error);
    System.err.println("toq: hint: " + hint);
    System.exit(NO_JAVA);
  }
}
