package dev.toq.app.nat;

import dev.toq.protocol.identity.Address;
import java.net.Inet4Address;
import java.net.InetAddress;

/** Tells addresses that the internet leads to from those that it does not. */
public final class Outside {
  private Outside() {}

  /** Whether this is an address inside of some network: private, shared by a provider's customers, or of one link. */
  public static boolean isPrivate(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean shared = address instanceof Inet4Address && (bytes[0] & 0xFF) == 100 && (bytes[1] & 0xC0) == 64; // RFC 6598
    boolean uniqueLocal = bytes.length == 16 && (bytes[0] & 0xFE) == 0xFC; // RFC 4193
    return shared || uniqueLocal || address.isSiteLocalAddress() || address.isLinkLocalAddress()
        || address.isLoopbackAddress() || address.isAnyLocalAddress();
  }

  /** Whether a host of an address is one for the internet: a domain, or an IP address that is not private. */
  public static boolean isPublic(Address address) {
    if (address.isDomain()) {
      return true;
    }
    try {
      return !isPrivate(InetAddress.ofLiteral(address.dialHost()));
    } catch (IllegalArgumentException aName) {
      return false; // localhost, and names below .local
    }
  }
}
