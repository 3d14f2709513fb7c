package dev.toq.launcher;

import java.io.File;
import java.io.IOException;
import java.util.Collections;
import java.util.List;

/**
 * Entry point of {@code toq.jar}: finds a Java of at least {@link JdkFinder#LOWEST_MAJOR} and runs the same command
 * line in it, with the flags of {@link Relaunch}.
 *
 * <p>This package is compiled for release 8, so that an old {@code java} can start it and say what to install. It
 * starts a second process also where {@code java} is new enough: a manifest can name neither a memory ceiling nor the
 * cache that halves the start. The child's main class is the command line itself, never this one, so no loop is
 * possible.
 */
public final class Main {
  /** Exit status where no fitting Java was found or it could not be started. */
  private static final int NO_JAVA = 3;

  private static final Object LOCK = new Object();
  private static boolean stopping; // under LOCK
  private static Process child; // under LOCK

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
          "install a JDK " + JdkFinder.LOWEST_MAJOR
              + " (https://adoptium.net), or name one: TOQ_JAVA_HOME=/path/to/jdk");
      return;
    }
    List<String> command = Relaunch.command(javaHome, Relaunch.kindOf(args));
    Collections.addAll(command, args);
    // Before the child is there: a signal that comes between the two must not leave it alone in the world.
    Runtime.getRuntime().addShutdownHook(new Thread("toq-stop") {
      @Override
      public void run() {
        endGently();
      }
    });
    Process started;
    try {
      started = launch(command);
    } catch (IOException e) {
      fail("cannot start " + command.get(0) + ": " + e.getMessage(), "name another JDK: TOQ_JAVA_HOME=/path/to/jdk");
      return;
    }
    if (started != null) {
      System.exit(statusOf(started));
    }
  }

  /** Null if this process was asked to end meanwhile. */
  private static Process launch(List<String> command) throws IOException {
    synchronized (LOCK) {
      if (!stopping) {
        child = new ProcessBuilder(command).inheritIO().start();
      }
      return child;
    }
  }

  /** A signal to this process ends the child gently; this process ends after it and with its status. */
  private static void endGently() {
    Process running;
    synchronized (LOCK) {
      stopping = true;
      running = child;
    }
    if (running != null && running.isAlive()) {
      running.destroy();
      Runtime.getRuntime().halt(statusOf(running));
    }
  }

  private static int statusOf(Process process) {
    while (true) {
      try {
        return process.waitFor();
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
