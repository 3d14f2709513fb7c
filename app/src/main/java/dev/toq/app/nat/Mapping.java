package dev.toq.app.nat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * What a router granted.
 *
 * @param outside its address on the other side; empty where it does not tell
 * @param port the port there, 1 to 65535
 * @param lifetime how long it lasts from now if nobody renews it, at least a second; empty where it lasts until removed
 */
record Mapping(Optional<InetAddress> outside, int port, Optional<Duration> lifetime) {
  /** No router's word counts for longer than this. */
  static final Duration LONGEST = Duration.ofDays(7);

  Mapping {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("a router gave port " + port);
    }
    lifetime = lifetime.map(time -> time.compareTo(LONGEST) > 0 ? LONGEST : time);
  }

  /** Of whole seconds as a router's 32-bit number tells them, which counts unsigned. */
  static Duration seconds(int unsigned) {
    return Duration.ofSeconds(Integer.toUnsignedLong(unsigned));
  }
}
