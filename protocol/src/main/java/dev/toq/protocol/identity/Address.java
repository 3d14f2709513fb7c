package dev.toq.protocol.identity;

import dev.toq.protocol.Spec;
import dev.toq.protocol.wire.PeerText;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * A toq address, {@code toq://host[:port]/agent} (specification section 3.1, A-53), in canonical form.
 *
 * <p>Two addresses that are {@link #equals equal} are spelled alike; whether two of them mean the same endpoint is
 * {@link #names}, because a domain's port may be left out.
 *
 * @param host lower case: a host name, four decimal numbers, or an IPv6 address in brackets in its shortest form
 * @param port 1 to 65535 where the address gives one; {@code 9009} is dropped except on a domain, where it keeps DNS
 *     from supplying another
 * @param agent 1 to 255 characters of a-z, 0-9 and inner hyphens
 */
public record Address(String host, OptionalInt port, String agent) {
  private static final String SCHEME = "toq://";
  private static final int LONGEST =
      SCHEME.length() + Spec.MAX_HOST_NAME + ":65535/".length() + Spec.MAX_AGENT_NAME;

  /** Throws IllegalArgumentException with a sentence where a part breaks the rules. */
  public Address {
    host = HostText.canonical(host);
    checkAgent(agent);
    if (port.isPresent() && (port.getAsInt() < 1 || port.getAsInt() > 65_535)) {
      throw new IllegalArgumentException("the port of an address is a number from 1 to 65535");
    }
    if (port.isPresent() && port.getAsInt() == Spec.DEFAULT_PORT && !HostText.isDomain(host)) {
      port = OptionalInt.empty();
    }
  }

  /** As the constructor, but an IPv6 address may also come without its brackets, as configuration files have it. */
  public static Address of(String host, int port, String agent) {
    boolean bareIpv6 = host.indexOf(':') >= 0 && !host.startsWith("[");
    return new Address(bareIpv6 ? "[" + host + "]" : host, OptionalInt.of(port), agent);
  }

  /**
   * Reads an address. Letters of the host may be of either case; user, query, fragment and further path are refused.
   *
   * @throws IllegalArgumentException with a sentence that says which part is wrong
   */
  public static Address parse(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException("an address has at most " + LONGEST + " characters");
    }
    if (!text.startsWith(SCHEME)) { // R-3.1-01
      throw new IllegalArgumentException("an address begins with toq://, as in toq://example.com/agent");
    }
    int slash = text.indexOf('/', SCHEME.length());
    if (slash < 0) {
      throw new IllegalArgumentException("an address ends with /agent-name, as in toq://example.com/agent");
    }
    String place = text.substring(SCHEME.length(), slash);
    int colon = place.startsWith("[") ? place.indexOf(':', place.indexOf(']') + 1) : place.indexOf(':');
    if (place.startsWith("[") && place.indexOf(']') < 0) {
      throw new IllegalArgumentException("the host of this address has no closing bracket");
    }
    String agent = text.substring(slash + 1);
    return colon < 0
        ? new Address(place, OptionalInt.empty(), agent)
        : new Address(place.substring(0, colon), OptionalInt.of(readPort(place.substring(colon + 1))), agent);
  }

  private static int readPort(String digits) {
    boolean plain = !digits.isEmpty() && digits.length() <= 5 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!plain || digits.charAt(0) == '0') {
      throw new IllegalArgumentException(
          digits.indexOf(':') >= 0
              ? "an IPv6 host stands in brackets, as in toq://[::1]:9010/agent"
              : "the port of an address is a number from 1 to 65535");
    }
    return Integer.parseInt(digits);
  }

  private static void checkAgent(String agent) {
    if (agent.isEmpty() || agent.length() > Spec.MAX_AGENT_NAME) {
      throw new IllegalArgumentException("an agent name has 1 to " + Spec.MAX_AGENT_NAME + " characters");
    }
    for (int i = 0; i < agent.length(); i++) {
      char c = agent.charAt(i);
      if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')) { // R-3.1-02
        throw new IllegalArgumentException("an agent name has only a-z, 0-9 and hyphens, not "
            + PeerText.shown(agent, 80));
      }
    }
    if (agent.startsWith("-") || agent.endsWith("-")) { // R-3.1-03
      throw new IllegalArgumentException("an agent name neither begins nor ends with a hyphen");
    }
  }

  /** The port to dial: the explicit one or 9009. R-3.2-01 */
  public int dialPort() {
    return port.orElse(Spec.DEFAULT_PORT);
  }

  /** The host without the brackets of IPv6, as a resolver takes it. */
  public String dialHost() {
    return isIpv6() ? host.substring(1, host.length() - 1) : host;
  }

  /**
   * Whether the host is a name of the domain name system: no IP address, not {@code localhost}, not below
   * {@code .local}.
   */
  public boolean isDomain() {
    return HostText.isDomain(host);
  }

  /** Whether the host means this machine: {@code localhost} and names below it, 127.0.0.0/8, {@code [::1]}. */
  public boolean isLoopbackHost() {
    return HostText.isLoopback(host);
  }

  private boolean isIpv6() {
    return host.startsWith("[");
  }

  /**
   * Whether both mean the same agent at the same endpoint: host and name equal, and the ports equal or one of
   * them left out on a domain. The wire spelling leaves it out on an IPv6 host too, so that counts as a domain here.
   */
  public boolean names(Address other) {
    if (!host.equals(other.host) || !agent.equals(other.agent)) {
      return false;
    }
    boolean portMayLack = isDomain() || isIpv6();
    return portMayLack && (port.isEmpty() || other.port.isEmpty()) || dialPort() == other.dialPort();
  }

  /**
   * The spelling for the wire: the deployed reference prints every address anew before it verifies, and then leaves
   * out the port of a domain or IPv6 host, and 9009 everywhere.
   */
  @Override
  public String toString() {
    return isDomain() || isIpv6() ? SCHEME + host + "/" + agent : full();
  }

  /** The spelling that keeps every explicit port, for owners and files. R-3.2-02 */
  public String full() {
    return SCHEME + host + (port.isPresent() ? ":" + port.getAsInt() : "") + "/" + agent;
  }

  /** A host as an address holds it: lower case, IPv6 shortest and in brackets; throws IllegalArgumentException. */
  public static String canonicalHost(String host) {
    return HostText.canonical(host.toLowerCase(Locale.ROOT));
  }
}
