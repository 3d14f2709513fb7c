package dev.toq.app.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Locale;

/** Looks whether the daemon could listen. */
final class Ports {
  private Ports() {}

  /**
   * Whether nobody listens where the daemon would. Port 0, chosen by the system, is always free.
   *
   * @throws Failure where something else forbids to listen there: the address is not this machine's, say
   */
  static boolean isFree(InetSocketAddress address) throws Failure {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(address);
      return true;
    } catch (IOException e) {
      String reason = e.getMessage() == null ? "unknown" : e.getMessage().toLowerCase(Locale.ROOT);
      if (reason.contains("already in use")) {
        return false;
      }
      throw Failure.of(
          "cannot listen on " + address.getAddress().getHostAddress() + " port " + address.getPort() + ": " + reason,
          "set another bind or port in config.toml");
    }
  }
}
