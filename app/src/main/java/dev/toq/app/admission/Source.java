package dev.toq.app.admission;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Where a connection comes from, as it is counted: an IPv4 address, or the first 64 bits of an IPv6 address, because
 * one host may have all the others.
 *
 * @param bits an IPv4 address is below every 64-bit prefix that is given to hosts (RFC 4291: 2000::/3, fc00::/7,
 *     fe80::/10), so no two sources have the same
 */
public record Source(long bits, boolean isLoopback) {
  /** The source of a connection from this address. */
  public static Source of(InetAddress address) {
    ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
    long bits = address instanceof Inet6Address ? bytes.getLong() : Integer.toUnsignedLong(bytes.getInt());
    return new Source(bits, address.isLoopbackAddress());
  }
}
