package dev.toq.app.daemon;

import java.time.Instant;
import java.util.Optional;

/** Whether the router in front of this machine leads a port to this agent (specification 8.8). */
public sealed interface PortMapping {
  /** No router is asked. */
  record Off() implements PortMapping {}

  /** A router is being asked. */
  record Asking() implements PortMapping {}

  /**
   * It does.
   *
   * @param protocol by which it was asked
   * @param address the router's address outside; empty where it does not tell
   * @param port the port there
   * @param until when it ends if it is not renewed; empty where it lasts until it is removed
   */
  record Mapped(String protocol, Optional<String> address, int port, Optional<Instant> until) implements PortMapping {}

  /** It does not, for this reason; it is asked again from time to time. */
  record Failed(String reason) implements PortMapping {}
}
