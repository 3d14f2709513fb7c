package dev.toq.protocol.identity;

/**
 * Patterns over addresses, as permission rules and filters use them: {@code *}, {@code toq://host/agent},
 * {@code toq://host/*}, {@code toq://host} (any agent), {@code toq://*}{@code /agent}. A part is {@code *} or literal.
 * A host without a port matches every port.
 */
public final class AddressPattern {
  private static final String SCHEME = "toq://";

  private AddressPattern() {}

  /**
   * Checks that there are addresses which the pattern can cover.
   *
   * @throws IllegalArgumentException with a sentence that says which part no address can have
   */
  public static void check(String pattern) {
    if (!coversAll(pattern)) {
      Parts parts = Parts.of(pattern);
      Address.parse(SCHEME + (parts.host.equals("*") ? "any" : parts.host) + "/"
          + (parts.agent.equals("*") ? "any" : parts.agent));
    }
  }

  /** Whether the pattern covers every address there is. */
  public static boolean coversAll(String pattern) {
    Parts parts = Parts.of(pattern);
    return parts.host.equals("*") && parts.agent.equals("*");
  }

  /** Whether the pattern covers the address, however either of them is spelled (A-53). */
  public static boolean matches(String pattern, Address address) {
    return matches(pattern, address.full()) || matches(pattern, address.toString())
        || Parts.of(pattern).names(address);
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
    Parts parts = Parts.of(pattern);
    return hostMatches(parts.host, given.substring(0, slash))
        && (parts.agent.equals("*") || parts.agent.equals(given.substring(slash + 1)));
  }

  /** A pattern's host, with its port where it has one, and agent; a part that is not there is a star. */
  private record Parts(String host, String agent) {
    static Parts of(String pattern) {
      String bare = withoutScheme(pattern);
      int slash = bare.indexOf('/');
      return slash < 0 ? new Parts(bare, "*") : new Parts(bare.substring(0, slash), bare.substring(slash + 1));
    }

    boolean names(Address address) {
      if (host.equals("*")) {
        return false; // compared as text
      }
      try {
        return Address.parse(SCHEME + host + "/" + (agent.equals("*") ? address.agent() : agent)).names(address);
      } catch (IllegalArgumentException impossible) {
        return false; // a pattern that covers nothing
      }
    }
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
