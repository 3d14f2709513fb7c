package dev.toq.launcher;

/** Entry point of {@code toq.jar}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.exit(0);
  }
}
