package dev.toq.protocol.identity;

/**
 * Patterns over addresses, as permission rules and filters use them: {@code *}, {@code toq://host/agent},
 * {@code toq://host/*}, {@code toq://host} (any agent), {@code toq://*}{@code /agent}. A part is {@code *} or literal.
 * A host without a port matches every port.
 */
public final class AddressPattern {
  private static final String SCHEME = "toq://";

  private AddressPattern() {}

  /** Whether the pattern covers the address. */
  public static boolean matches(String pattern, Address address) {
    return matches(pattern, address.toString());
  }

  /** The same for an address as text; text that is no address matches only {@code *} and its own spelling. */
  public static boolean matches(String pattern, String address) {
    String wanted = withoutScheme(pattern);
    String given = withoutScheme(address);
    if (wanted.equals("*") || wanted.equals(given)) {
      return true;
    }
    int slash = given.indexOf('/');
    if (slash < 0) {
      return false;
    }
    int wantedSlash = wanted.indexOf('/');
    String host = wantedSlash < 0 ? wanted : wanted.substring(0, wantedSlash);
    String agent = wantedSlash < 0 ? "*" : wanted.substring(wantedSlash + 1);
    return hostMatches(host, given.substring(0, slash))
        && (agent.equals("*") || agent.equals(given.substring(slash + 1)));
  }

  private static boolean hostMatches(String pattern, String host) {
    return pattern.equals("*") || pattern.equalsIgnoreCase(host) || pattern.equalsIgnoreCase(withoutPort(host));
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    return colon < 0 || colon < host.lastIndexOf(']') ? host : host.substring(0, colon);
  }

  private static String withoutScheme(String text) {
    return text.startsWith(SCHEME) ? text.substring(SCHEME.length()) : text;
  }
}
