package dev.toq.app.daemon;

import java.util.function.Supplier;

/**
 * What is around this machine.
 *
 * @param nearby who else is on its networks
 * @param portMapping what the router in front of it does for this agent now
 */
public record Surroundings(Nearby nearby, Supplier<PortMapping> portMapping) {
  /** Where neither is asked. */
  public static final Surroundings NONE = new Surroundings(Nearby.OFF, PortMapping.Off::new);
}
