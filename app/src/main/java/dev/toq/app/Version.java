package dev.toq.app;

/** Which toq this is. */
public final class Version {
  /** The version of this program, as {@code toq --version} and the API print it; the reactor's without a suffix. */
  public static final String NUMBER = "0.1.0";

  private Version() {}
}
